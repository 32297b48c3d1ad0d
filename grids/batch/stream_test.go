package batch_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/batch"
)

// pieces reads a text in small pieces.
type pieces struct {
	text string
	size int
}

func (p *pieces) Read(b []byte) (int, error) {
	if p.text == "" {
		return 0, io.EOF
	}
	n := copy(b, p.text[:min(p.size, len(p.text))])
	p.text = p.text[n:]
	return n, nil
}

func TestGBKIsReadAndAnsweredAsGBK(t *testing.T) {
	t.Parallel()
	s := awkward(t)
	at := inside(s)
	in := "编号,经度,纬度,说明\r\n1," + at + ",\"井盖,破损\"\r\n2,东,34,单元网格\r\n3," + at + ",丄丂\r\n"
	for _, size := range []int{1, 7, 1 << 20} {
		var plain, out bytes.Buffer
		enc := batch.Detect
		_, err := batch.CSV(t.Context(), &plain, strings.NewReader(in), s, batch.Options{})
		_, gerr := batch.CSV(t.Context(), &out, &pieces{gbk(t, in), size}, s, batch.Options{Begin: func(e batch.Encoding) { enc = e }})
		if err != nil || gerr != nil {
			t.Fatal(err, gerr)
		}
		if enc != batch.GB18030 || fromGB(t, out.String()) != plain.String() {
			t.Errorf("%v:\n%s\n%s", enc, fromGB(t, out.String()), plain.String())
		}
		rows := readAll(t, plain.String())
		if !strings.HasPrefix(rows[1][6], "责任\"网格\",") || rows[2][10] != `"东" is no number` {
			t.Errorf("%q", rows)
		}
	}
}

func TestEncodingsAreToldApart(t *testing.T) {
	t.Parallel()
	s := town(t)
	head := "lon,lat,说明\n"
	long := head + strings.Repeat(inside(s)+",井盖破损\n", 10_000)
	for name, c := range map[string]struct {
		in   string
		want batch.Encoding
		why  string
	}{
		"ASCII":      {"lon,lat\n", batch.UTF8, ""},
		"UTF-8":      {head, batch.UTF8, ""},
		"long UTF-8": {long, batch.UTF8, ""},
		"shifted by one, so that 64 KB end in a character": {"x" + long, batch.UTF8, "no column"},
		"by two":   {"xx" + long, batch.UTF8, "no column"},
		"BOM":      {"\ufeff" + head, batch.UTF8, ""},
		"GBK":      {gbk(t, head), batch.GB18030, ""},
		"long GBK": {gbk(t, long), batch.GB18030, ""},
		"UTF-16":   {"\xff\xfel\x00o\x00n\x00", 0, "UTF-16"},
		"binary":   {"PK\x03\x04\x00\x00", 0, "no text"},
		"empty":    {"", 0, "it is empty"},
		"BOM only": {"\ufeff", 0, "it is empty"},
	} {
		got := batch.Detect
		_, err := batch.CSV(t.Context(), io.Discard, strings.NewReader(c.in), s, batch.Options{Begin: func(e batch.Encoding) { got = e }})
		switch {
		case c.why != "":
			if !errors.Is(err, batch.ErrTable) || !strings.Contains(err.Error(), c.why) {
				t.Errorf("%s: %v", name, err)
			}
		case err != nil || got != c.want:
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestHeadersThatCannotBeUsedAreNamed(t *testing.T) {
	t.Parallel()
	s := town(t)
	for in, c := range map[string]struct {
		o    batch.Options
		want string
	}{
		"a,b\n":                          {batch.Options{}, "no column for the longitude (lon, lng, longitude, 经度, x), name it; there are a, b"},
		"lon,b\n":                        {batch.Options{}, "no column for the latitude"},
		"lon,LON,lat\n":                  {batch.Options{}, `two columns "lon"`},
		"LON,lat\n":                      {batch.Options{Lon: "lon"}, `no column "lon"`},
		"p,q\n":                          {batch.Options{Lon: "p", Lat: "p"}, "both"},
		"lon,la\"t\n":                    {batch.Options{}, "header: broken row"},
		strings.Repeat("x,", 1<<20) + "": {batch.Options{}, "longer than 1 MB"},
		"lon," + strings.Repeat("x", 3<<20) + "\n": {batch.Options{}, "longer than 1 MB"},
	} {
		_, err := batch.CSV(t.Context(), io.Discard, strings.NewReader(in), s, c.o)
		if !errors.Is(err, batch.ErrTable) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%.20q: %.300v, want %s", in, err, c.want)
		}
	}
}

func TestSkipGoesOnWhereARunStopped(t *testing.T) {
	t.Parallel()
	s := town(t)
	in, _, _ := table(t, newRand(t, 3), 1000)
	whole, stats := run(t, s, in, batch.Options{})
	for _, skip := range []int64{0, 1, 777, stats.Rows - 1, stats.Rows, stats.Rows + 5} {
		rest, left := run(t, s, in, batch.Options{Skip: skip})
		if left.Rows != max(stats.Rows-skip, 0) {
			t.Errorf("skip %d: %+v", skip, left)
		}
		head := rest[:strings.Index(whole, "error")+len("error\n")]
		if body := rest[len(head):]; !strings.HasSuffix(whole, body) {
			t.Errorf("skip %d: another rest", skip)
		}
	}
}

func TestATruncatedGzipKeepsTheRowsThatCame(t *testing.T) {
	t.Parallel()
	s := town(t)
	r := newRand(t, 4)
	var in strings.Builder
	in.WriteString("lon,lat,n\n")
	for range 50_000 {
		fmt.Fprintf(&in, "%s,\"%x\"\n", inside(s), r.Uint64())
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	io.WriteString(w, in.String())
	w.Close()
	packed, err := gzip.NewReader(bytes.NewReader(z.Bytes()[:z.Len()/2]))
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	stats, err := batch.CSV(t.Context(), &out, packed, s, batch.Options{})
	if !errors.Is(err, batch.ErrRead) || !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), fmt.Sprint("after row ", stats.Rows)) {
		t.Errorf("%v", err)
	}
	whole, _ := run(t, s, in.String(), batch.Options{})
	if stats.Rows < 10_000 || !strings.HasPrefix(whole, out.String()) || int64(len(readAll(t, out.String()))) != stats.Rows+1 {
		t.Errorf("%+v", stats)
	}
}

// endless gives rows until it is told to stop.
type endless struct {
	head, row string
	left      int // bytes; negative for ever
	told      bool
}

func (e *endless) Read(b []byte) (int, error) {
	if !e.told {
		e.told = true
		return copy(b, e.head), nil
	}
	if e.left == 0 {
		return 0, io.EOF
	}
	n := 0
	for n+len(e.row) <= len(b) && e.left != 0 {
		n += copy(b[n:], e.row)
		e.left = max(e.left-len(e.row), min(e.left, 0))
	}
	return n, nil
}

func TestACancelledContextLeavesWholeRows(t *testing.T) {
	t.Parallel()
	s := town(t)
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("enough")
	var out bytes.Buffer
	stats, err := batch.CSV(ctx, &out, &endless{"lon,lat,n\n", inside(s) + ",\"a\nb\"\n", -1, false}, s, batch.Options{
		Progress: func(st batch.Stats) {
			if st.Rows > 50_000 {
				cancel(reason)
			}
		},
	})
	if !errors.Is(err, reason) || errors.Is(err, batch.ErrRead) {
		t.Errorf("%v", err)
	}
	if rows := readAll(t, out.String()); int64(len(rows)-1) != stats.Rows || stats.Rows <= 50_000 {
		t.Errorf("%d rows, %+v", len(rows), stats)
	}
	// A Read that never returns is not waited for.
	ctx, cancel = context.WithCancelCause(t.Context())
	silent, w := io.Pipe()
	defer w.Close()
	cancel(reason)
	if _, err := batch.CSV(ctx, &out, silent, s, batch.Options{}); !errors.Is(err, reason) {
		t.Errorf("%v", err)
	}
}

// refusing is a full disk after some bytes.
type refusing struct{ left int }

var errFull = errors.New("disk full")

func (w *refusing) Write(b []byte) (int, error) {
	if w.left -= len(b); w.left < 0 {
		return 0, errFull
	}
	return len(b), nil
}

func TestAWriterThatFailsEndsTheRun(t *testing.T) {
	t.Parallel()
	s := town(t)
	for _, left := range []int{0, 100, 3 << 20} {
		_, err := batch.CSV(t.Context(), &refusing{left}, &endless{"lon,lat\n", inside(s) + "\n", -1, false}, s, batch.Options{})
		if !errors.Is(err, errFull) || errors.Is(err, batch.ErrRead) {
			t.Errorf("%v", err)
		}
	}
}

func TestRowsAreAnsweredBeforeTheInputEnds(t *testing.T) {
	t.Parallel()
	s := town(t)
	in, feed := io.Pipe()
	answers, out := io.Pipe()
	done := make(chan error, 1)
	go func() {
		_, err := batch.CSV(t.Context(), out, in, s, batch.Options{Encoding: batch.UTF8})
		done <- errors.Join(err, out.Close())
	}()
	buf := make([]byte, 1<<16)
	fmt.Fprint(feed, "lon,lat\n")
	for i := range 5 { // in lockstep: the next row comes only after the answer
		n, err := answers.Read(buf)
		if err != nil || (i > 0 && !strings.Contains(string(buf[:n]), "inside")) {
			t.Fatalf("%d: %q, %v", i, buf[:n], err)
		}
		fmt.Fprintf(feed, "%s\n", inside(s))
	}
	feed.Close()
	io.Copy(io.Discard, answers)
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestMemoryIsFlat(t *testing.T) {
	s := town(t)
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	for name, row := range map[string]string{
		"rows":       inside(s) + "," + strings.Repeat("note", 100) + "\n",
		"long lines": strings.Repeat("x", 200<<10),
		"open quote": inside(s) + ",\"note\n" + strings.Repeat(inside(s)+","+strings.Repeat("note", 100)+"\n", 400),
	} {
		runtime.GC()
		metrics.Read(sample)
		before, most := sample[0].Value.Uint64(), uint64(0)
		_, err := batch.CSV(t.Context(), io.Discard, &endless{"lon,lat,n\n", row, 50 << 20, false}, s, batch.Options{
			Workers: 2, Progress: func(batch.Stats) {
				metrics.Read(sample)
				most = max(most, sample[0].Value.Uint64())
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		const allowed = 40 << 20
		if most > before+allowed {
			t.Errorf("%s: %d MB above the start", name, (most-before)>>20)
		}
	}
}

func TestManyRunsAtOnceShareOneSnapshot(t *testing.T) {
	t.Parallel()
	s := town(t)
	in, _, _ := table(t, newRand(t, 5), 1000)
	due, _ := run(t, s, in, batch.Options{})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var out bytes.Buffer
			if _, err := batch.CSV(t.Context(), &out, &pieces{in, 1000}, s, batch.Options{}); err != nil || out.String() != due {
				t.Errorf("another answer, %v", err)
			}
		})
	}
	wg.Wait()
}
