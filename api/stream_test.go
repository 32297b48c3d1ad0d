package api_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/wanmi-gis/wanmi/grids/batch"
)

// asked makes a request with a streamed body.
func asked(ctx context.Context, tb testing.TB, url, kind string, body io.Reader) (*http.Response, error) {
	tb.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, body)
	if err != nil {
		tb.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	return http.DefaultClient.Do(r)
}

func TestStreamedRowsAreWhatPackageBatchMakesOfThem(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	rnd := rand.New(rand.NewPCG(7, 7))
	var table, objects bytes.Buffer
	table.WriteString("编号,lon,lat\r\n")
	for i := range 3000 {
		at := somewhere(rnd)
		fmt.Fprintf(&table, "%d,%.7f,%.7f\r\n", i, at.Lon(), at.Lat())
		fmt.Fprintf(&objects, `{"id":%d,"lon":%.7f,"lat":%.7f}`+"\n", i, at.Lon(), at.Lat())
	}
	packed, err := simplifiedchinese.GBK.NewEncoder().Bytes(table.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	base := serve(t, d)
	for name, c := range map[string]struct {
		kind, query, answered string
		body                  []byte
		o                     batch.Options
	}{
		"csv":    {"text/csv", "", "text/csv; charset=utf-8", table.Bytes(), batch.Options{}},
		"border": {"text/csv; charset=UTF-8", "?border=true&lon=lon&lat=lat&crs=wgs84", "text/csv; charset=utf-8", table.Bytes(), batch.Options{Border: true}},
		"gbk":    {"text/csv", "", "text/csv; charset=gb18030", packed, batch.Options{}},
		"ndjson": {"application/x-ndjson", "?at=2026-05-01", "application/x-ndjson; charset=utf-8", objects.Bytes(), batch.Options{}},
	} {
		var want bytes.Buffer
		rows := batch.CSV
		if name == "ndjson" {
			rows = batch.NDJSON
		}
		if _, err := rows(t.Context(), &want, bytes.NewReader(c.body), d.snap, c.o); err != nil {
			t.Fatal(err)
		}
		r := d.ask(t, http.MethodPost, "/v1/geocode"+c.query, string(c.body), "Content-Type", c.kind)
		if r.status != http.StatusOK || r.header.Get("Content-Type") != c.answered || !bytes.Equal(r.body, want.Bytes()) {
			t.Errorf("%s: %d %q, %d bytes, want %d", name, r.status, r.header.Get("Content-Type"), len(r.body), want.Len())
		}
		resp, err := asked(t.Context(), t, base+"/v1/geocode"+c.query, c.kind, bytes.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || resp.Header.Get("Content-Type") != c.answered || !bytes.Equal(body, want.Bytes()) {
			t.Errorf("%s by TCP: %v, %q, %d bytes", name, err, resp.Header.Get("Content-Type"), len(body))
		}
	}
}

func TestStreamsThatCannotBeAnsweredAreProblems(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{noOffset: true})
	base := serve(t, d)
	for name, c := range map[string]struct {
		kind, query, body, code, detail string
		status                          int
	}{
		"no columns":        {"text/csv", "", "a,b\n1,2\n", "malformed", "no column for the longitude", 400},
		"empty":             {"text/csv", "", "", "malformed", "it is empty", 400},
		"named column":      {"text/csv", "?lon=east", "lon,lat\n1,2\n", "malformed", `no column "east"`, 400},
		"crs":               {"text/csv", "?crs=mars", "lon,lat\n", "crs-unknown", "mars", 400},
		"switched off":      {"application/x-ndjson", "?crs=gcj02", "{}\n", "not-possible", "switched off", 422},
		"border":            {"text/csv", "?border=yes", "lon,lat\n", "malformed", "true or false", 400},
		"unknown parameter": {"text/csv", "?boundary=true", "lon,lat\n", "malformed", "unknown parameter", 400},
		"at":                {"text/csv", "?at=never", "lon,lat\n", "malformed", "2026-01-31", 400},
		"charset":           {"text/csv; charset=big5", "", "lon,lat\n", "unsupported-media-type", "big5", 415},
		"another kind":      {"text/html", "", "lon,lat\n", "unsupported-media-type", "", 415},
		"binary":            {"text/csv", "", "\x00\x01", "malformed", "no text", 400},
	} {
		r := d.ask(t, http.MethodPost, "/v1/geocode"+c.query, c.body, "Content-Type", c.kind)
		if r.status != c.status || !strings.Contains(string(r.body), `"code":"`+c.code+`"`) || !strings.Contains(string(r.body), strings.ReplaceAll(c.detail, `"`, `\"`)) {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
		resp, err := asked(t.Context(), t, base+"/v1/geocode"+c.query, c.kind, strings.NewReader(c.body))
		if err != nil || resp.StatusCode != c.status {
			t.Errorf("%s by TCP: %v, %v", name, resp, err)
			continue
		}
		resp.Body.Close()
	}
	if r := d.ask(t, http.MethodPost, "/v1/geocode", "lon,lat\n", "Content-Type", "text/csv", "Content-Encoding", "gzip"); r.status != 415 {
		t.Errorf("gzip: %d %s", r.status, r.body)
	}
}

func TestTheAnswerBeginsBeforeTheBodyEndsAndOutlastsTheServersDeadline(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	base := hurried(t, d) // 3 s for a whole request
	at := d.snap.City.Cells[3].At
	row := fmt.Sprintf("%.7f,%.7f\n", at.Lon(), at.Lat())
	body, feed := io.Pipe()
	answers := make(chan *bufio.Reader, 1)
	go func() {
		resp, err := asked(t.Context(), t, base+"/v1/geocode", "text/csv; charset=utf-8", body)
		if err != nil {
			t.Errorf("no answer: %v", err)
			close(answers)
			return
		}
		answers <- bufio.NewReader(resp.Body)
	}()
	fmt.Fprint(feed, "lon,lat\n")
	lines, ok := <-answers
	if !ok {
		return
	}
	if head, err := lines.ReadString('\n'); err != nil || !strings.HasPrefix(head, "lon,lat,status") {
		t.Fatalf("%q, %v", head, err)
	}
	for range 12 {
		fmt.Fprint(feed, row)
		got, err := lines.ReadString('\n')
		if err != nil || !strings.Contains(got, ",inside,") {
			t.Fatalf("%q, %v", got, err)
		}
		pause(t) // 12 of them last longer than the server's patience with one request
	}
	feed.Close()
	if rest, err := io.ReadAll(lines); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v", rest, err)
	}
}

// pause lets some time go by, by a timer: no event of the server's marks it.
func pause(tb testing.TB) {
	tb.Helper()
	timer, cancel := context.WithTimeout(tb.Context(), 300*time.Millisecond)
	defer cancel()
	<-timer.Done()
}

func TestAStreamThatStallsOrLeavesIsCutOff(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	base := hurried(t, d)
	const head = "POST /v1/geocode HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: text/csv"
	// Before the first row: an ordinary problem.
	if a := speak(t, base, head+"\r\n\r\n8\r\nlon,lat\n\r\n"); !strings.HasPrefix(a, "HTTP/1.1 408") || !strings.Contains(a, `"code":"timeout"`) {
		t.Errorf("stalled at once: %.300s", a)
	}
	// After it: no end of the chunks, so that nobody takes it for the whole.
	a := speak(t, base, head+"; charset=utf-8\r\n\r\n10\r\nlon,lat\n114,34.\n\r\n")
	if !strings.HasPrefix(a, "HTTP/1.1 200") || !strings.Contains(a, "outside") || strings.HasSuffix(a, "0\r\n\r\n") {
		t.Errorf("stalled later: %q", a)
	}
	// The client goes away in the middle; the server must be able to stop (serve's clean-up).
	ctx, leave := context.WithCancel(t.Context())
	body, feed := io.Pipe()
	go func() {
		fmt.Fprint(feed, "lon,lat\n114,34\n")
	}()
	resp, err := asked(ctx, t, serve(t, d)+"/v1/geocode", "text/csv; charset=utf-8", body)
	if err != nil {
		t.Fatal(err)
	}
	leave()
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("the answer ended well")
	}
	resp.Body.Close()
}

func TestAStreamIsAnsweredWhollyByOneVersion(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	at := d.snap.City.Cells[3].At
	row := fmt.Sprintf("%.7f,%.7f\n", at.Lon(), at.Lat())
	other := snapshot(t, townPlan{version: 2, prefix: "990104002"})
	body, feed := io.Pipe()
	begun := make(chan struct{})
	go func() {
		fmt.Fprint(feed, "lon,lat\n"+row)
		<-begun // the answer has begun, so the server has taken its snapshot
		d.live.Publish(other)
		fmt.Fprint(feed, row)
		feed.Close()
	}()
	resp, err := asked(t.Context(), t, serve(t, d)+"/v1/geocode", "text/csv; charset=utf-8", body)
	if err != nil {
		t.Fatal(err)
	}
	close(begun)
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil || strings.Count(string(all), d.snap.City.Cells[3].Code) != 2 {
		t.Errorf("%s, %v", all, err)
	}
}
