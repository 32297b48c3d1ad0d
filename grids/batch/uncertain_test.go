package batch_test

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/spatial"
)

// wantUncertain is the oracle for the two columns: Snapshot.Candidates.
func wantUncertain(tb testing.TB, s *grids.Snapshot, lon, lat, accuracyM float64) (candidates, confidence string) {
	tb.Helper()
	p := s.Locate(spatial.At(lon, lat))
	c, err := s.Candidates(p, accuracyM)
	if err != nil {
		tb.Fatal(err)
	}
	var all []string
	of := c.Outside
	if p.Cell != spatial.None {
		of = 0
	}
	for _, k := range c.Cells {
		all = append(all, fmt.Sprintf("%s:%.4f", s.City.Cells[k.Index].Code, k.Probability))
		if k.Index == p.Cell {
			of = k.Probability
		}
	}
	for _, rest := range []struct {
		name string
		p    float64
	}{{"others", c.Others}, {"outside", c.Outside}} {
		if rest.p >= 0.00005 {
			all = append(all, fmt.Sprintf("%s:%.4f", rest.name, rest.p))
		}
	}
	return strings.Join(all, "|"), fmt.Sprintf("%.4f", of)
}

func TestCandidatesOfRowsAreTheSnapshots(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]*grids.Snapshot{"plain codes": town(t), "codes with quotes": awkward(t)} {
		r := newRand(t, 171)
		var table, objects strings.Builder
		table.WriteString("id,lon,lat,\"how far,m\"\n")
		var want [][2]string
		for i := range 300 {
			lon, lat := somewhere(s, r)
			accuracyM := float64(1 + r.IntN(900)/10)
			fmt.Fprintf(&table, "%d,%.7f,%.7f,\" %v\"\n", i, lon, lat, accuracyM)
			fmt.Fprintf(&objects, "{\"lon\":%.7f,\"lat\":%.7f,\"how far,m\":\"%v\"}\n", lon, lat, accuracyM)
			fmt.Fprintf(&objects, "{\"type\":\"Feature\",\"geometry\":{\"type\":\"Point\",\"coordinates\":[%.7f,%.7f]},\"properties\":{\"how far,m\":%v}}\n", lon, lat, accuracyM)
			candidates, confidence := wantUncertain(t, s, lon, lat, accuracyM)
			want = append(want, [2]string{candidates, confidence})
		}
		for _, border := range []bool{false, true} {
			out, stats := run(t, s, table.String(), batch.Options{Accuracy: "how far,m", Border: border})
			rows := readAll(t, out)
			if got := rows[0][len(rows[0])-2:]; got[0] != "candidates" || got[1] != "confidence" || stats.Failed != 0 {
				t.Fatalf("%s: %q, %+v", name, rows[0], stats)
			}
			for i, row := range rows[1:] {
				if got := [2]string(row[len(row)-2:]); got != want[i] {
					t.Fatalf("%s: row %d: %q, want %q", name, i, got, want[i])
				}
			}
		}
		out, _ := lines(t, s, objects.String(), batch.Options{Accuracy: "how far,m"})
		for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
			if got := uncertainMembers(t, line); got != want[i/2] {
				t.Fatalf("%s: line %d: %q, want %q", name, i, got, want[i/2])
			}
		}
	}
}

// uncertainMembers writes the members of an object or feature as CSV does.
func uncertainMembers(t *testing.T, line string) [2]string {
	t.Helper()
	type answer struct {
		Candidates []struct {
			Cell        string
			Probability json.Number
		}
		Confidence json.Number
	}
	var v struct {
		answer
		Properties *answer
	}
	if err := json.Unmarshal([]byte(line), &v); err != nil {
		t.Fatalf("%v: %s", err, line)
	}
	a := v.answer
	if v.Properties != nil {
		a = *v.Properties
	}
	var all []string
	for _, c := range a.Candidates {
		all = append(all, c.Cell+":"+c.Probability.String())
	}
	return [2]string{strings.Join(all, "|"), a.Confidence.String()}
}

func TestOneAccuracyForAllRows(t *testing.T) {
	t.Parallel()
	s := town(t)
	at := s.City.Cells[7].At
	candidates, confidence := wantUncertain(t, s, at.Lon(), at.Lat(), 25)
	in := "lon,lat\n" + inside(s) + "\n"
	out, _ := run(t, s, in, batch.Options{Accuracy: "25"})
	if row := readAll(t, out)[1]; row[9] != candidates || row[10] != confidence {
		t.Errorf("%q, want %q %q", row, candidates, confidence)
	}
	for _, accuracy := range []string{"-1", "0", "1e7", "NaN", "Inf", "1e999"} {
		_, err := batch.CSV(t.Context(), io.Discard, strings.NewReader(in), s, batch.Options{Accuracy: accuracy})
		_, err2 := batch.NDJSON(t.Context(), io.Discard, strings.NewReader("{}"), s, batch.Options{Accuracy: accuracy})
		if !errors.Is(err, grids.ErrAccuracy) || !errors.Is(err2, grids.ErrAccuracy) || !strings.Contains(err.Error(), "write metres above 0, at most 500") {
			t.Errorf("%s: %v, %v", accuracy, err, err2)
		}
	}
	_, err := batch.CSV(t.Context(), io.Discard, strings.NewReader(in), s, batch.Options{Accuracy: "hdop"})
	if !errors.Is(err, batch.ErrTable) || !strings.Contains(err.Error(), `no column "hdop" for the accuracy; there are lon, lat`) {
		t.Errorf("%v", err)
	}
}

func TestABadAccuracyCostsOnlyItsRow(t *testing.T) {
	t.Parallel()
	s := town(t)
	at := inside(s)
	for accuracy, want := range map[string]string{
		"": "", " ": "", "0": "", "0.0": "",
		"x": `accuracy: "x" is no number`, "-1": "not an accuracy: -1 m", "1e7": "at most 500", "NaN": "not an accuracy: NaN m", "12m": "is no number",
	} {
		out, _ := run(t, s, "lon,lat,acc\n"+at+","+accuracy+"\n"+at+",20\n", batch.Options{Accuracy: "acc", Border: true})
		rows := readAll(t, out)
		bad, good := rows[1], rows[2]
		if good[12] == "" || good[13] == "" || good[9] != "" {
			t.Errorf("%q: the other row is %q", accuracy, good)
		}
		if len(bad) != 14 || !strings.Contains(bad[9], want) || (want == "") != (bad[9] == "") || (want == "") != (bad[3] == "inside") || bad[12] != "" || bad[13] != "" {
			t.Errorf("%q: %q, want %q", accuracy, bad, want)
		}
		lon, lat, _ := strings.Cut(at, ",")
		line, _ := lines(t, s, fmt.Sprintf(`{"lon":%s,"lat":%s,"acc":%q}`, lon, lat, accuracy), batch.Options{Accuracy: "acc"})
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		why, _ := v["error"].(string)
		if _, there := v["candidates"]; !there || v["candidates"] != nil || v["confidence"] != nil || !strings.Contains(why, want) || (want == "") != (why == "") {
			t.Errorf("%q: %s", accuracy, line)
		}
	}
	lon, lat, _ := strings.Cut(at, ",")
	for _, in := range []string{
		fmt.Sprintf(`{"lon":%s,"lat":%s}`, lon, lat), fmt.Sprintf(`{"lon":%s,"lat":%s,"acc":null}`, lon, lat),
		fmt.Sprintf(`{"type":"Feature","geometry":{"type":"Point","coordinates":[%s,%s]}}`, lon, lat),
		fmt.Sprintf(`{"type":"Feature","geometry":{"type":"Point","coordinates":[%s,%s]},"properties":null}`, lon, lat),
	} {
		if got, stats := lines(t, s, in, batch.Options{Accuracy: "acc"}); !strings.Contains(got, `"candidates":null,"confidence":null`) || stats.Failed != 0 {
			t.Errorf("%s: %s", in, got)
		}
	}
}

// FuzzAccuracy puts any text into the column of the accuracy: the row keeps its
// columns and says either how likely it is or what is wrong.
func FuzzAccuracy(f *testing.F) {
	s := town(f)
	at := inside(s)
	for _, seed := range []string{"12.5", "", "0", "-1", "1e400", "nan", "0x1p-9", "５", "1_0", "\"", "\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, accuracy string) {
		if strings.ContainsAny(accuracy, "\x00") {
			return // no text
		}
		var b strings.Builder
		w := csv.NewWriter(&b)
		lon, lat, _ := strings.Cut(at, ",")
		if err := errors.Join(w.Write([]string{"acc", "lon", "lat"}), w.Write([]string{accuracy, lon, lat})); err != nil {
			return
		}
		w.Flush()
		out, stats := run(t, s, b.String(), batch.Options{Accuracy: "acc", Encoding: batch.UTF8})
		r := csv.NewReader(strings.NewReader(out))
		rows, err := r.ReadAll()
		if err != nil || len(rows) != 2 {
			t.Fatalf("%q: %v, %q", accuracy, err, out)
		}
		row := rows[1]
		if failed := stats.Failed == 1; failed != (row[9] != "") || failed != (row[3] == "") || (row[10] == "") != (row[11] == "") || (failed && row[10] != "") {
			t.Fatalf("%q: %q", accuracy, row)
		}
	})
}
