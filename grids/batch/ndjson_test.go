package batch_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
)

func lines(tb testing.TB, s *grids.Snapshot, in string, o batch.Options) (string, batch.Stats) {
	tb.Helper()
	var out bytes.Buffer
	stats, err := batch.NDJSON(tb.Context(), &out, strings.NewReader(in), s, o)
	if err != nil {
		tb.Fatal(err)
	}
	return out.String(), stats
}

// members of the answer as JSON, null for "".
func members(answer []string) string {
	var b strings.Builder
	for i, name := range []string{"status", "cell", "zone", "community", "street", "district", "error", "border_m", "across"}[:len(answer)] {
		if i > 0 {
			b.WriteString(",")
		}
		value := "null"
		if answer[i] != "" {
			value = strconv.Quote(answer[i])
			if name == "border_m" {
				value = answer[i]
			}
		}
		fmt.Fprintf(&b, "%q:%s", name, value)
	}
	return b.String()
}

func TestObjectsGetTheAnswersMembers(t *testing.T) {
	t.Parallel()
	s := town(t)
	lon, lat, _ := strings.Cut(inside(s), ",")
	answer := members(want(s, lonLat(t), lon, lat, true))
	point := `"geometry":{"type":"Point","coordinates":[` + lon + `, ` + lat + `,12.5]}`
	for in, want := range map[string]string{
		`{"lon":` + lon + `,"lat":` + lat + `}`:                                       `{"lon":` + lon + `,"lat":` + lat + `,@}`,
		` { "a":[1,{"lon":2}], "LAT" : "` + lat + `", "\u006con":` + lon + ` } `:      ` { "a":[1,{"lon":2}], "LAT" : "` + lat + `", "\u006con":` + lon + ` ,@} `,
		`{"x":1,"lon":1,"lon":` + lon + `,"纬度":` + lat + `,"s":"}\"{"}`:               `{"x":1,"lon":1,"lon":` + lon + `,"纬度":` + lat + `,"s":"}\"{",@}`,
		`{"type":"Feature",` + point + `,"properties":{"a":1},"id":"路"}`:              `{"type":"Feature",` + point + `,"properties":{"a":1,@},"id":"路"}`,
		`{"type":"Feature","properties":{ },` + point + `}`:                           `{"type":"Feature","properties":{ @},` + point + `}`,
		`{"type":"Feature","properties":null,` + point + `}`:                          `{"type":"Feature","properties":{@},` + point + `}`,
		`{"type":"Feature",` + point + `}`:                                            `{"type":"Feature",` + point + `,"properties":{@}}`,
		`{"type":"Other","properties":{"lon":3},"lon":` + lon + `,"lat":` + lat + `}`: `{"type":"Other","properties":{"lon":3},"lon":` + lon + `,"lat":` + lat + `,@}`,
	} {
		want = strings.Replace(want, "@", answer, 1)
		for _, eol := range []string{"\n", "\r\n"} {
			got, stats := lines(t, s, "\n"+in+eol+in, batch.Options{Border: true})
			if got != want+eol+want+"\n" || stats.Rows != 2 || stats.Failed != 0 {
				t.Errorf("%s:\n got %q\nwant %q", in, got, want)
			}
		}
		if got, _ := lines(t, s, "\ufeff"+in, batch.Options{Border: true}); got != "\ufeff"+want+"\n" {
			t.Errorf("with BOM: %q", got)
		}
		if strings.Contains(in, "\\\"") {
			continue
		}
		var out bytes.Buffer
		_, err := batch.NDJSON(t.Context(), &out, strings.NewReader(gbk(t, `{"说":"开"}`+"\n"+in)), s, batch.Options{Border: true})
		if _, got, _ := strings.Cut(fromGB(t, out.String()), "\n"); err != nil || got != want+"\n" {
			t.Errorf("in GBK: %q, %v", got, err)
		}
	}
}

func TestABrokenLineCostsOnlyItself(t *testing.T) {
	t.Parallel()
	s := town(t)
	lon, lat, _ := strings.Cut(inside(s), ",")
	good := `{"lon":` + lon + `,"lat":` + lat + "}\n"
	for name, c := range map[string]struct{ line, why string }{
		"no JSON":       {`{"lon":1,`, "no JSON"},
		"two values":    {`{} {}`, "no JSON"},
		"a list":        {`[1,2]`, "no JSON object"},
		"a word":        {`hello`, "no JSON"},
		"spaces":        {`   `, "no JSON"},
		"no member":     {`{"lat":1}`, `no member "lon"`},
		"empty":         {`{}`, `no member "lon"`},
		"no latitude":   {`{"lon":1,"Lat ":1}`, `no member "lat"`},
		"null":          {`{"lon":null,"lat":1}`, `"null" is no number`},
		"text":          {`{"lon":"东","lat":1}`, `"东" is no number`},
		"an object":     {`{"lon":{},"lat":1}`, `"{}" is no number`},
		"swapped":       {`{"lon":` + lat + `,"lat":` + lon + `}`, "swapped"},
		"a line string": {`{"type":"Feature","geometry":{"type":"LineString","coordinates":[[1,2],[3,4]]}}`, "no point"},
		"no geometry":   {`{"type":"Feature","geometry":null,"properties":{}}`, "no point"},
		"no position":   {`{"type":"Feature","geometry":{"type":"Point","coordinates":[]}}`, "no point"},
		"half a one":    {`{"type":"Feature","geometry":{"type":"Point","coordinates":[1]}}`, "no point"},
		"too deep":      {`{"lon":1,"lat":1,"a":` + strings.Repeat("[", 16) + strings.Repeat("]", 16) + `}`, "nested more than 16"},
		"very deep":     {strings.Repeat("[", 500_000), "nested more than 16"},
		"10 MB":         {`{"lon":` + lon + `,"lat":` + lat + `,"s":"` + strings.Repeat("x", 10<<20) + `"}`, "longer than 1 MB"},
	} {
		out, stats := lines(t, s, good+c.line+"\n"+good, batch.Options{})
		rows := strings.Split(out, "\n")
		if stats.Rows != 3 || stats.Failed != 1 || len(rows) != 4 {
			t.Errorf("%s: %+v, %d lines", name, stats, len(rows))
			continue
		}
		var v struct {
			Line, Status, Error *string
			Properties          struct{ Error *string }
		}
		if err := json.Unmarshal([]byte(rows[1]), &v); err != nil {
			t.Errorf("%s: %v: %.300s", name, err, rows[1])
			continue
		}
		if v.Properties.Error != nil {
			v.Error = v.Properties.Error
		}
		if v.Error == nil || !strings.Contains(*v.Error, c.why) || v.Status != nil {
			t.Errorf("%s: %.300s", name, rows[1])
		}
		if strings.HasPrefix(c.why, "no JSON") && (v.Line == nil || *v.Line != c.line) {
			t.Errorf("%s: line %v", name, v.Line)
		}
		if !strings.Contains(rows[0], `"inside"`) || rows[2] != rows[0] {
			t.Errorf("%s: %.300q", name, rows)
		}
	}
}

func TestCodesWithQuotesAreEscaped(t *testing.T) {
	t.Parallel()
	s := awkward(t)
	lon, lat, _ := strings.Cut(inside(s), ",")
	out, _ := lines(t, s, `{"lon":`+lon+`,"lat":`+lat+`}`, batch.Options{})
	var v map[string]any
	if err := json.Unmarshal([]byte(out), &v); err != nil || !strings.HasPrefix(fmt.Sprint(v["zone"]), `责任"网格",`) {
		t.Errorf("%s: %v", out, err)
	}
}

func FuzzNDJSON(f *testing.F) {
	f.Add(`{"lon":114.35,"lat":34.79}`)
	f.Add(`{"type":"Feature","geometry":{"type":"Point","coordinates":[114.35,34.79]},"properties":null}`)
	f.Add(`{"a":[1,2,{"b":"}"}],"lon" : "1e2" ,"LAT":-0}` + "\n[]\n\"\"")
	f.Fuzz(func(t *testing.T, in string) {
		s := town(t)
		out, stats := lines(t, s, in, batch.Options{Encoding: batch.UTF8, Workers: 1})
		var due int64
		rows := strings.SplitAfter(strings.TrimPrefix(out, "\ufeff"), "\n")
		for line := range strings.SplitSeq(strings.TrimPrefix(in, "\ufeff"), "\n") {
			if line = strings.TrimSuffix(line, "\r"); line == "" {
				continue
			}
			if int(due) >= len(rows) {
				t.Fatalf("%d rows of %q", len(rows), in)
			}
			judge(t, s, line, rows[due])
			due++
		}
		if stats.Rows != due || rows[len(rows)-1] != "" {
			t.Fatalf("%+v, want %d", stats, due)
		}
	})
}

// parse reads one JSON value, numbers as they are written: a member that is none
// of ours may be larger than all numbers.
func parse(text string, into *map[string]any) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("more than one value: %w", err)
	}
	return nil
}

// judge compares one answer with encoding/json and Locate.
func judge(t *testing.T, s *grids.Snapshot, line, got string) {
	t.Helper()
	var answer, asked map[string]any
	if err := parse(got, &answer); err != nil {
		t.Fatalf("%q: %v: %q", line, err, got)
	}
	if parse(line, &asked) != nil || asked == nil {
		if answer["error"] == nil {
			t.Fatalf("%q: %q", line, got)
		}
		return
	}
	if asked["type"] == "Feature" || answer["line"] != nil {
		return // GeoJSON has its own cases; depth too
	}
	x, isX := asked["lon"].(json.Number)
	y, isY := asked["lat"].(json.Number)
	if !isX || !isY {
		return
	}
	lon, errX := x.Float64()
	lat, errY := y.Float64()
	if errX != nil || errY != nil { // beyond all numbers
		if answer["error"] == nil {
			t.Fatalf("%q: %q", line, got)
		}
		return
	}
	text := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	due := want(s, lonLat(t), text(lon), text(lat), false)
	status, _ := answer["status"].(string)
	cell, _ := answer["cell"].(string)
	if status != due[0] || cell != due[1] || (answer["error"] == nil) != (due[6] == "") {
		t.Fatalf("%q: %q, want %q", line, got, due)
	}
}
