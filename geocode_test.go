package main

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/wanmi-gis/wanmi/grids/batch"
)

func TestGeocodeReadsObjectsAndWritesTheBorder(t *testing.T) {
	path, city := townFile(t)
	at := city.Cells[7].At
	in := write(t, "in.ndjson", fmt.Sprintf("{\"经度\":%.7f,\"纬度\":%.7f}\n", at.Lon(), at.Lat()))
	out := filepath.Join(t.TempDir(), "out.ndjson")
	if err := (&geocodeCmd{In: in, Out: out, City: path, CRS: "cgcs2000", Border: true}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(out)
	var v map[string]any
	if err != nil || json.Unmarshal(body, &v) != nil || v["cell"] != city.Cells[7].Code || v["border_m"] == nil {
		t.Errorf("%s, %v", body, err)
	}
}

func TestGeocodeKeepsWhatATruncatedArchiveGave(t *testing.T) {
	path, city := townFile(t)
	at := city.Cells[7].At
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	fmt.Fprint(w, "id,lon,lat\n")
	for i := range 200_000 {
		fmt.Fprintf(w, "%d,%.7f,%.7f\n", i, at.Lon(), at.Lat())
	}
	w.Close()
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.csv.gz"), filepath.Join(dir, "out.csv")
	if err := os.WriteFile(in, z.Bytes()[:z.Len()*3/4], 0o644); err != nil {
		t.Fatal(err)
	}
	err := (&geocodeCmd{In: in, Out: out, City: path, CRS: "cgcs2000"}).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "unexpected EOF") || !strings.Contains(err.Error(), "out.csv.partial") {
		t.Fatalf("%v", err)
	}
	rows := partialRows(t, out)
	if !strings.Contains(err.Error(), fmt.Sprintf("rows 1 to %d are in", len(rows)-1)) || len(rows) < 10_000 {
		t.Errorf("%v; %d rows", err, len(rows))
	}
}

// partialRows reads OUT.partial, beside which there must be no OUT.
func partialRows(t *testing.T, out string) [][]string {
	t.Helper()
	if _, err := os.Stat(out); err == nil {
		t.Error("the whole file is there too")
	}
	body, err := os.ReadFile(out + ".partial")
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// TestMain lets the test binary stand in for wanmi, so that it can be sent a
// signal.
func TestMain(m *testing.M) {
	if os.Getenv("WANMI_TEST_MAIN") == "1" {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestGeocodeInterruptedSaysWhereItStoppedAndGoesOnThere(t *testing.T) {
	path, city := townFile(t)
	dir := t.TempDir()
	fifo, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.csv")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "geocode", fifo, "-o", out, "--city", path)
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
	defer feed.Close()
	row := fmt.Sprintf("%.7f,%.7f\n", city.Cells[7].At.Lon(), city.Cells[7].At.Lat())
	fmt.Fprint(feed, "lon,lat\n"+strings.Repeat(row, 100_000))
	deadline := time.Now().Add(20 * time.Second)
	for written := int64(0); written == 0; { // until a block is in the file
		if time.Now().After(deadline) {
			t.Fatal("no row was written")
		}
		parts, _ := filepath.Glob(filepath.Join(dir, ".out.csv.part-*"))
		for _, part := range parts {
			if info, err := os.Stat(part); err == nil && info.Size() > 1000 {
				written = info.Size()
			}
		}
		time.Sleep(10 * time.Millisecond) // a poll, not a guess: the deadline decides
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 1 {
		t.Errorf("%v", err)
	}
	rows := partialRows(t, out)
	done := len(rows) - 1
	for _, want := range []string{fmt.Sprintf("stopped after row %d;", done), "out.csv.partial", fmt.Sprintf("--skip %d", done)} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("%q is not in %s", want, stderr.String())
		}
	}
	in, rest := write(t, "in.csv", "lon,lat\n"+strings.Repeat(row, 100_000)), filepath.Join(dir, "rest.csv")
	if err := (&geocodeCmd{In: in, Out: rest, City: path, CRS: "cgcs2000", Skip: int64(done)}).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	body, err := os.ReadFile(rest)
	if left := bytes.Count(body, []byte("\n")) - 1; err != nil || done+left != 100_000 {
		t.Errorf("%d rows before, %d after, %v", done, left, err)
	}
}

func TestProgressTellsRowsRateAndTimeLeft(t *testing.T) {
	for want, got := range map[string]string{
		"500 rows, 50 rows/s":                   progressLine(batch.Stats{Rows: 500}, 10*time.Second, 0, 0),
		"500 rows, 50 rows/s, 25 %, 30s left":   progressLine(batch.Stats{Rows: 500}, 10*time.Second, 1000, 4000),
		"500 rows, 50 rows/s, 100 %, 0s left":   progressLine(batch.Stats{Rows: 500}, 10*time.Second, 4000, 4000),
		"5000 rows, 500 rows/s, 100 %, 0s left": progressLine(batch.Stats{Rows: 5000}, 10*time.Second, 5000, 4000), // it grew
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
