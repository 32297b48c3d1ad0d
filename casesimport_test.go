package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

const casesMapping = `
crs: cgcs2000
lon: lon
lat: lat
fields:
  source_system: {value: old}
  external_id: id
  kind: {value: component}
  category: class
  source: {value: patrol}
  reported_at: reported
  description: text
`

const casesHeader = "id,class,reported,text,lon,lat\n"

// caseTable is a table of good cases in the town, from one number on.
func caseTable(city *grids.City, from, n int) string {
	var b strings.Builder
	for i := range n {
		at := city.Cells[(from+i)%len(city.Cells)].At
		fmt.Fprintf(&b, "E%d,%s,2024-03-01 08:%02d:00,井盖 🕳️,%.7f,%.7f\n", from+i, minorOf(city), i%60, at.Lon(), at.Lat())
	}
	return b.String()
}

// minorOf is some minor of components in the city's scheme.
func minorOf(city *grids.City) string {
	for _, c := range city.Categories {
		if c.Scheme == city.Scheme && c.Kind == grids.ComponentKind && c.Major != "" {
			return c.Code
		}
	}
	return ""
}

// stored lists the cases of a file that nobody has open, and looks whether it is
// whole.
func stored(t *testing.T, path string) (list []cases.Summary, feed []cityfile.Entry) {
	t.Helper()
	file, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	city, err := cases.NewCity(t.Context(), file, cases.Options{})
	if err != nil {
		t.Fatal(err)
	}
	page, err := city.List(t.Context(), cases.Query{Limit: 10_000})
	if err != nil || page.Next != "" {
		t.Fatal(len(page.Cases), err)
	}
	for i := 0; i < len(page.Cases); i += 1 + len(page.Cases)/100 {
		c := &page.Cases[i]
		if _, events, err := city.Get(t.Context(), c.ID); err != nil || len(events) != c.Version {
			t.Fatalf("case %s has %d events and version %d, %v", c.ID, len(events), c.Version, err)
		}
	}
	var verdict string
	if err := file.View(t.Context(), func(tx *sql.Tx) error { return tx.QueryRow("PRAGMA integrity_check").Scan(&verdict) }); err != nil || verdict != "ok" {
		t.Fatalf("integrity_check: %s, %v", verdict, err)
	}
	feed, _, err = city.Feed(t.Context(), cityfile.Cursor{}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return page.Cases, feed
}

func TestCasesImportStoresATableOnce(t *testing.T) {
	path, city := townFile(t)
	mapping := write(t, "cases.yaml", casesMapping)
	table := casesHeader + caseTable(city, 0, 300)
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(strings.ReplaceAll(table, "🕳️", "破损"))
	if err != nil {
		t.Fatal(err)
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	if _, err := w.Write([]byte(gbk)); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		in   string
		want int // cases afterwards
		feed int
	}{
		{write(t, "cases.csv.gz", z.String()), 300, 1},
		{write(t, "cases.csv", table), 300, 1}, // the same cases
		{write(t, "more.csv", table+caseTable(city, 300, 20)), 320, 2},
	} {
		if err := (&casesImportCmd{In: c.in, City: path, Mapping: mapping}).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		list, feed := stored(t, path)
		if len(list) != c.want || len(feed) != c.feed || feed[0].Kind != cases.FeedImport || string(feed[0].Body) != `{"imported":300}` {
			t.Errorf("%s: %d cases, feed %+v", c.in, len(list), feed)
		}
		if list[0].Cell == "" || list[0].State != cases.Reported {
			t.Errorf("%+v", list[0])
		}
	}
}

// withBad is a table of 200 rows of which every tenth is bad.
func withBad(city *grids.City) string {
	var b strings.Builder
	b.WriteString(casesHeader)
	for i := range 20 {
		b.WriteString(caseTable(city, i*9, 9))
		fmt.Fprintf(&b, "B%d,9999,2024-03-01 08:00:00,\"rtl مكسور, \"\"x\"\"\",%.7f,%.7f\n", i, city.Cells[0].At.Lon(), city.Cells[0].At.Lat())
	}
	return b.String()
}

func TestCasesImportStoresNothingWhenARowIsBadUnlessToldTo(t *testing.T) {
	path, city := townFile(t)
	mapping := write(t, "cases.yaml", casesMapping)
	in := write(t, "cases.csv", withBad(city))
	err := (&casesImportCmd{In: in, City: path, Mapping: mapping, Faults: 3}).Run(t.Context())
	if list, feed := stored(t, path); !errors.Is(err, errReported) || len(list) > 0 || len(feed) > 0 {
		t.Fatalf("%v; %d cases", err, len(list))
	}
	err = (&casesImportCmd{In: in, City: path, Mapping: mapping, Check: true}).Run(t.Context())
	if list, _ := stored(t, path); !errors.Is(err, errReported) || len(list) > 0 {
		t.Fatalf("%v; %d cases", err, len(list))
	}
	if err := (&casesImportCmd{In: in, City: path, Mapping: mapping, SkipBad: true}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, _ := stored(t, path); len(list) != 180 {
		t.Errorf("%d cases", len(list))
	}
	bad := strings.TrimSuffix(in, ".csv") + ".bad.csv"
	body, err := os.ReadFile(bad)
	if err != nil || !bytes.HasPrefix(body, []byte("\ufeff"+reasonColumn+",id,")) {
		t.Fatalf("%.80s, %v", body, err)
	}
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil || len(rows) != 21 || !strings.Contains(rows[1][0], `class (category) "9999": the category does not exist`) || rows[20][1] != "B19" || rows[20][4] != `rtl مكسور, "x"` {
		t.Fatalf("%q, %v", rows, err)
	}
	// Mended, the table of bad rows is one like the first, and its reasons are no column of theirs.
	if err := os.WriteFile(bad, bytes.ReplaceAll(body, []byte("9999"), []byte(minorOf(city))), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := (&casesImportCmd{In: bad, City: path, Mapping: mapping}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if list, _ := stored(t, path); len(list) != 200 {
		t.Errorf("%d cases", len(list))
	}
	again := filepath.Join(t.TempDir(), "again.csv")
	if err := os.WriteFile(bad, body, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := (&casesImportCmd{In: bad, City: path, Mapping: mapping, SkipBad: true, Bad: again}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if twice, err := os.ReadFile(again); err != nil || !bytes.HasPrefix(twice, []byte("\ufeff"+reasonColumn+",id,")) {
		t.Errorf("%.80s, %v", twice, err)
	}
}

func TestCasesImportRefusesWhatItCannotUse(t *testing.T) {
	path, city := townFile(t)
	mapping := write(t, "cases.yaml", casesMapping)
	good := write(t, "cases.csv", casesHeader+caseTable(city, 0, 3))
	for name, c := range map[string]struct {
		cmd  casesImportCmd
		want string
	}{
		"an empty table":      {casesImportCmd{In: write(t, "e.csv", ""), Mapping: mapping}, "the file is empty"},
		"no table":            {casesImportCmd{In: "nowhere.csv", Mapping: mapping}, "no such file"},
		"no gzip":             {casesImportCmd{In: write(t, "e.csv.gz", "x,y"), Mapping: mapping}, "gzip"},
		"another place":       {casesImportCmd{In: write(t, "s.csv", strings.ReplaceAll(casesHeader, "lon,lat", "lat,lon")+caseTable(city, 0, 300)), Mapping: mapping}, "no place is near the city: 200 places"},
		"a wrong mapping":     {casesImportCmd{In: good, Mapping: write(t, "m.yaml", casesMapping+"lot: x\n")}, `unknown field "lot"`},
		"a mapping of others": {casesImportCmd{In: good, Mapping: write(t, "m.yaml", strings.Replace(casesMapping, "external_id: id", "external_id: ID", 1))}, "the table has no column ID; it has id, class"},
		"--bad alone":         {casesImportCmd{In: good, Mapping: mapping, Bad: "x.csv"}, "--bad says where --skip-bad writes"},
		"--bad of nothing":    {casesImportCmd{In: "-", Mapping: mapping, SkipBad: true}, "say with --bad where to write"},
		"a batch below none":  {casesImportCmd{In: good, Mapping: mapping, Batch: -1}, "--batch"},
		"faults below none":   {casesImportCmd{In: good, Mapping: mapping, Faults: -1}, "--faults"},
	} {
		c.cmd.City = path
		if err := c.cmd.Run(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if err := (&casesImportCmd{In: good, City: mapping, Mapping: mapping}).Run(t.Context()); !errors.Is(err, cityfile.ErrNotCityFile) {
		t.Error(err)
	}
	stopped, stop := context.WithCancel(t.Context())
	stop()
	if err := (&casesImportCmd{In: good, City: path, Mapping: mapping}).Run(stopped); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if list, _ := stored(t, path); len(list) > 0 {
		t.Errorf("%d cases", len(list))
	}
}

// An import that is killed leaves nothing, or by batches whole batches, and the same
// command goes on.
func TestCasesImportKilledLeavesWholeCases(t *testing.T) {
	const rows = 3000
	for _, batch := range []int{0, 400} {
		path, city := townFile(t)
		mapping := write(t, "cases.yaml", casesMapping)
		// The pipe and the buffers hold the last 140 KB of what is written; the rows
		// before were taken.
		table := casesHeader + strings.ReplaceAll(caseTable(city, 0, rows), "井盖", strings.Repeat("井盖", 40))
		fifo := filepath.Join(t.TempDir(), "cases.csv")
		if err := syscall.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(os.Args[0], "cases", "import", fifo, "--city", path, "--mapping", mapping, fmt.Sprint("--batch=", batch))
		cmd.Env = append(os.Environ(), "WANMI_TEST_MAIN=1")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		feed, err := os.OpenFile(fifo, os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		// Half a row comes last.
		if _, err := feed.WriteString(table[:len(table)-len(table)/4]); err != nil {
			t.Fatal(err, stderr.String())
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Error("it was not killed")
		}
		feed.Close()
		list, _ := stored(t, path)
		switch {
		case batch == 0 && len(list) != 0:
			t.Errorf("%d cases are left", len(list))
		case batch > 0 && (len(list) == 0 || len(list)%batch != 0 || len(list) >= rows):
			t.Errorf("%d cases are left of batches of %d", len(list), batch)
		}
		if err := (&casesImportCmd{In: write(t, "cases.csv", table), City: path, Mapping: mapping, Batch: 4 * batch}).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		all, _ := stored(t, path)
		ids := map[cases.ID]bool{}
		for _, c := range all {
			ids[c.ID] = true
		}
		if len(all) != rows || len(ids) != rows {
			t.Errorf("%d cases, %d ids, after %d", len(all), len(ids), len(list))
		}
	}
}

// A server that runs on the file sees the cases through its feed, and with batches
// its own writes go on.
func TestCasesImportBesideAServer(t *testing.T) {
	path, city := townFile(t)
	file, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	server, err := cases.NewCity(t.Context(), file, cases.Options{})
	if err != nil {
		t.Fatal(err)
	}
	cmd := &casesImportCmd{
		In: write(t, "cases.csv", casesHeader+caseTable(city, 0, 2000)), City: path, Mapping: write(t, "cases.yaml", casesMapping), Batch: 500,
	}
	end := make(chan error, 1)
	go func() { end <- cmd.Run(t.Context()) }()
	const own = 40
	for range own {
		if _, err := server.Append(t.Context(), cases.Request{
			Kind: cases.Report, Actor: cases.Actor{ID: "li", Role: cases.Supervisor},
			Details: cases.Details{Report: &cases.Draft{
				Kind: grids.ComponentKind, Category: minorOf(city), Source: cases.Patrol, At: city.Cells[0].At,
				ReportedAt: time.Date(2024, 3, 1, 8, 0, 0, 0, city.TimeZone),
			}},
		}); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-end; err != nil {
		t.Fatal(err)
	}
	entries, _, err := server.Feed(t.Context(), cityfile.Cursor{}, 1_000_000)
	imports, reports := 0, 0
	for _, e := range entries {
		switch e.Kind {
		case cases.FeedImport:
			imports++
		case cases.FeedKind:
			reports++
		}
	}
	if err != nil || imports != 4 || reports != own {
		t.Errorf("%d imports and %d reports of %d in the feed, %v", imports, reports, own, err)
	}
	if _, err := server.Find(t.Context(), "old", "E1999"); err != nil {
		t.Error(err)
	}
	// The import is another program's, but changes no city: it is not read anew.
	if foreign, err := file.Foreign(t.Context()); err != nil || foreign {
		t.Errorf("foreign %v, %v", foreign, err)
	}
}
