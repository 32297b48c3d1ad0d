package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGeocodeWritesCandidates(t *testing.T) {
	path, city := townFile(t)
	at := city.Cells[7].At
	row := fmt.Sprintf("%.7f,%.7f", at.Lon(), at.Lat())
	in := write(t, "in.csv", "lon,lat,hacc\n"+row+",10\n"+row+",-1\n"+row+",\n")
	for accuracy, failed := range map[string]int{"10": 0, "hacc": 1} {
		out := filepath.Join(t.TempDir(), "out.csv")
		if err := (&geocodeCmd{In: in, Out: out, City: path, CRS: "cgcs2000", Accuracy: accuracy}).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(out)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil || len(rows) != 4 || rows[0][10] != "candidates" || rows[0][11] != "confidence" {
			t.Fatalf("%v, %q", err, rows)
		}
		if best, _, _ := strings.Cut(rows[1][10], "|"); best != city.Cells[7].Code+":"+rows[1][11] {
			t.Errorf("%q", rows[1])
		}
		errors := 0
		for _, row := range rows[1:] {
			if row[9] != "" {
				errors++
			}
		}
		if errors != failed || (failed > 0) != (rows[3][10] == "") {
			t.Errorf("--accuracy %s: %q", accuracy, rows)
		}
	}
	err := (&geocodeCmd{In: in, Out: filepath.Join(t.TempDir(), "out.csv"), City: path, CRS: "cgcs2000", Accuracy: "1e7"}).Run(t.Context())
	if err == nil || !strings.Contains(err.Error(), "in.csv: not an accuracy: 1e+07 m; write metres above 0, at most 500") {
		t.Errorf("%v", err)
	}
}
