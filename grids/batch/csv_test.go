package batch_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/batch"
)

const added = ",status,cell,zone,community,street,district,error"

func TestInputColumnsAreKeptByteForByte(t *testing.T) {
	t.Parallel()
	s := town(t)
	at := inside(s)
	lon, lat, _ := strings.Cut(at, ",")
	answer := "," + strings.Join(want(s, lonLat(t), lon, lat, false), ",")
	for name, c := range map[string]struct{ in, want string }{
		"plain":              {"lon,lat\n" + at + "\n", "lon,lat" + added + "\n" + at + answer + "\n"},
		"CRLF":               {"lon,lat\r\n" + at + "\r\n", "lon,lat" + added + "\r\n" + at + answer + "\r\n"},
		"mixed line ends":    {"lon,lat\r\n" + at + "\n", "lon,lat" + added + "\r\n" + at + answer + "\n"},
		"no last line end":   {"lon,lat\r\n" + at, "lon,lat" + added + "\r\n" + at + answer + "\r\n"},
		"a CR at the end":    {"lon,lat\n" + at + "\r", "lon,lat" + added + "\n" + at + answer + "\n"},
		"BOM":                {"\ufefflon,lat\n" + at + "\n", "\ufefflon,lat" + added + "\n" + at + answer + "\n"},
		"quotes":             {"lon,lat,\"a \"\"b\"\"\"\n" + at + ",\"x,\"\"y\"\"\"\n", "lon,lat,\"a \"\"b\"\"\"" + added + "\n" + at + ",\"x,\"\"y\"\"\"" + answer + "\n"},
		"needless quotes":    {"\"lon\",\"lat\"\n\"" + strings.ReplaceAll(at, ",", `","`) + "\"\n", "\"lon\",\"lat\"" + added + "\n\"" + strings.ReplaceAll(at, ",", `","`) + "\"" + answer + "\n"},
		"embedded line ends": {"lon,lat,a\n" + at + ",\"x\ny\r\n\r\nz\"\r\n", "lon,lat,a" + added + "\n" + at + ",\"x\ny\r\n\r\nz\"" + answer + "\r\n"},
		"empty fields":       {"a,lon,lat,b,c\n," + at + ",,\n", "a,lon,lat,b,c" + added + "\n," + at + ",," + answer + "\n"},
		"trailing commas":    {"lon,lat,,\n" + at + ",,\n", "lon,lat,," + added + "\n" + at + ",," + answer + "\n"},
		"spaces":             {" lon , lat ,a\n " + strings.ReplaceAll(at, ",", " , ") + " , a \n", " lon , lat ,a" + added + "\n " + strings.ReplaceAll(at, ",", " , ") + " , a " + answer + "\n"},
		"blank lines":        {"\n\r\nlon,lat\n\n" + at + "\n\r\n\n", "lon,lat" + added + "\n" + at + answer + "\n"},
		"usual names":        {"LNG,纬度\n" + at + "\n", "LNG,纬度" + added + "\n" + at + answer + "\n"},
		"the likelier name":  {"y,x,Lat,Lon\n1,2," + lat + "," + lon + "\n", "y,x,Lat,Lon" + added + "\n1,2," + lat + "," + lon + answer + "\n"},
		"no rows":            {"lon,lat", "lon,lat" + added + "\n"},
	} {
		got, _ := run(t, s, c.in, batch.Options{})
		if got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", name, got, c.want)
		}
	}
}

func TestABrokenRowCostsOnlyItself(t *testing.T) {
	t.Parallel()
	s := town(t)
	at := inside(s)
	good := "1," + at + ",ok\n"
	for name, c := range map[string]struct{ row, first, why string }{
		"no number":         {"7,x,34,n\n", "7", `"x" is no number`},
		"empty coordinate":  {"7,,34,n\n", "7", `"" is no number`},
		"swapped":           {"7,34.7,114.3,n\n", "7", "swapped"},
		"NaN":               {"7,NaN,34,n\n", "7", "not a number of this world"},
		"too large":         {"7,1e999,34,n\n", "7", "not a number of this world"},
		"too few fields":    {"7,114\n", "7", "2 fields, the header has 4"},
		"one field":         {"7\n", "7", "1 fields, the header has 4"},
		"too many fields":   {"7," + at + ",n,m,o\n", "7", "6 fields, the header has 4"},
		"bare quote":        {"7," + at + ",5\" pipe\n", "7," + at + ",5\" pipe", "a quote in a field"},
		"text after quote":  {"7," + at + ",\"a\"b\n", "7," + at + ",\"a\"b", "text after the closing quote"},
		"open quote":        {"7," + at + ",\"a\n", "7," + at + ",\"a", "a quote is not closed"},
		"quote in a number": {"7,\"1\"\"1\",34,n\n", "7", "is no number"},
		"longer than 1 MB":  {"7," + at + "," + strings.Repeat("x", 1<<20) + "\n", "", "longer than 1 MB"},
		"3 MB":              {"7," + at + "," + strings.Repeat("x", 3<<20) + "\n", "", "longer than 1 MB"},
		"3 MB quoted":       {"7," + at + ",\"" + strings.Repeat("x", 3<<20) + "\"\n", "", "longer than 1 MB"},
	} {
		for _, after := range []int{0, 1, 20_000} {
			out, stats := run(t, s, "id,lon,lat,n\n"+good+c.row+strings.Repeat(good, after), batch.Options{})
			rows := readAll(t, out)
			if len(rows) != 3+after || stats.Rows != int64(2+after) || stats.Failed != 1 {
				t.Errorf("%s: %d rows of answers, %+v", name, len(rows), stats)
				continue
			}
			if got := rows[2]; got[0] != c.first || !strings.Contains(got[10], c.why) || got[4] != "" {
				t.Errorf("%s: %.300q", name, got)
			}
			for i, row := range rows[1:] {
				if i != 1 && (row[4] != "inside" || row[10] != "") {
					t.Fatalf("%s: row %d: %q", name, i, row)
				}
			}
		}
	}
}

func TestFieldsUpTo1MBAreRead(t *testing.T) {
	t.Parallel()
	s := town(t)
	at := inside(s)
	for _, n := range []int{1000, 300 << 10, 1<<20 - 100} {
		big := "\"" + strings.Repeat("line\r\n", n/6) + "\""
		in := "lon,lat,n\n" + at + "," + big + "\n" + at + ",\n" + at + "," + big + "\n"
		out, stats := run(t, s, in, batch.Options{})
		if stats.Rows != 3 || stats.Failed != 0 || strings.Count(out, big) != 2 {
			t.Errorf("%d: %+v", n, stats)
		}
	}
	// A quote left open far longer than that: every line after it is read.
	in := "lon,lat,n\n" + at + ",\"open\n" + strings.Repeat(at+",fine\n", 100_000)
	if _, stats := run(t, s, in, batch.Options{}); stats.Rows != 100_001 || stats.Failed != 1 {
		t.Errorf("an open quote: %+v", stats)
	}
}

// table makes a random table and the answers that are due, by encoding/csv.
func table(t testing.TB, r *rand.Rand, rows int) (in string, x, y int) {
	s := town(t)
	width := 2 + r.IntN(5)
	x = r.IntN(width)
	for y = r.IntN(width); y == x; y = r.IntN(width) {
	}
	pieces := []string{"井盖", "a", "\"", ",", "\n", "\r\n", " ", "", "x\"\"y", "\r", "长长的说明"}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = false
	for i := range rows + 1 {
		rec := make([]string, width)
		for k := range rec {
			for range r.IntN(4) {
				rec[k] += pieces[r.IntN(len(pieces))]
			}
		}
		lon, lat := somewhere(s, r)
		rec[x], rec[y] = fmt.Sprintf("%.*f", r.IntN(16), lon), fmt.Sprintf("%.*f", r.IntN(16), lat)
		switch {
		case i == 0:
			rec[x], rec[y] = "lon", "lat"
		case r.IntN(20) == 0:
			rec[x] = []string{"", "x", "1e2", "-181", " 114.35 ", "1_0", "+114.35", "0x1p3", ".5", "5.", "."}[r.IntN(11)]
		}
		if err := w.Write(rec); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	return b.String(), x, y
}

func TestAnswersEqualEncodingCSVAndLocate(t *testing.T) {
	t.Parallel()
	r := newRand(t, 1)
	for k := range 40 {
		in, x, y := table(t, r, 300)
		compare(t, in, x, y, batch.Options{Workers: 1 + k%3, Border: k%2 == 0})
	}
}

// compare judges CSV's answer to a table that encoding/csv can read.
func compare(t *testing.T, in string, x, y int, o batch.Options) {
	t.Helper()
	s, sys := town(t), lonLat(t)
	out, stats := run(t, s, in, o)
	from, to := readAll(t, in), readAll(t, out)
	if len(from) != len(to) || stats.Rows != int64(len(from)-1) {
		t.Fatalf("%d rows in, %d out, %+v", len(from), len(to), stats)
	}
	for i, rec := range from {
		width := len(rec)
		if kept := to[i][:width]; strings.Join(kept, "|") != strings.Join(rec, "|") {
			t.Fatalf("row %d: kept %q of %q", i, kept, rec)
		}
		if i == 0 {
			continue
		}
		if due := want(s, sys, rec[x], rec[y], o.Border); !same(to[i][width:], due) {
			t.Fatalf("row %d %q: %q, want %q", i, rec, to[i][width:], due)
		}
	}
	// Byte for byte: what is left when the answers are cut off is the input.
	if rest := in; true {
		for _, line := range splitRecords(out) {
			for cut := len(line); ; cut-- {
				if cut == 0 {
					t.Fatalf("%.200q is not in the input", line)
				}
				if strings.HasPrefix(rest, line[:cut]) && (rest[cut:] == "" || rest[cut] == '\n' || rest[cut] == '\r') {
					rest = strings.TrimLeft(rest[cut:], "\r\n")
					break
				}
			}
		}
	}
}

// splitRecords cuts a table at line ends outside of quotes.
func splitRecords(table string) []string {
	var out []string
	start, open := 0, false
	for i := range len(table) {
		switch {
		case table[i] == '"':
			open = !open
		case table[i] == '\n' && !open:
			out = append(out, table[start:i])
			start = i + 1
		}
	}
	return out
}

func FuzzCSV(f *testing.F) {
	f.Add("1,\"a\"\n2", uint8(3))
	f.Add("\"a\nb\",\"\"\"\"\r\n,\r", uint8(1))
	f.Add("a\"b\n\"c\"d\n\"e\n\n\r\n1,2,3,4", uint8(200))
	f.Fuzz(func(t *testing.T, rows string, piece uint8) {
		s := town(t)
		in := "lon,lat\n" + rows
		var out bytes.Buffer
		stats, err := batch.CSV(t.Context(), &out, &pieces{text: in, size: int(piece) + 1}, s, batch.Options{Encoding: batch.UTF8, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		got := readAll(t, out.String())
		if int64(len(got)-1) != stats.Rows {
			t.Fatalf("%d rows, %+v", len(got)-1, stats)
		}
		if whole, _ := run(t, s, in, batch.Options{Encoding: batch.UTF8, Workers: 2}); whole != out.String() {
			t.Fatalf("the answer depends on how the input comes:\n%q\n%q", whole, out.String())
		}
		r := csv.NewReader(strings.NewReader(in))
		r.FieldsPerRecord = -1
		due, err := r.ReadAll()
		if err != nil {
			return // that rows with broken quotes cost only themselves is another test's
		}
		if len(due) != len(got) {
			t.Fatalf("%d rows, encoding/csv finds %d", len(got), len(due))
		}
		for i, rec := range due[1:] {
			if len(rec) == 2 {
				if w := want(s, lonLat(t), rec[0], rec[1], false); !same(got[i+1][2:], w) {
					t.Fatalf("%q: %q, want %q", rec, got[i+1], w)
				}
			} else if !strings.Contains(got[i+1][8], "the header has 2") {
				t.Fatalf("%q: %q", rec, got[i+1])
			}
		}
	})
}
