package report_test

import (
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/check/report"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func TestDesktopGISOpensTheFaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "faults.gpkg")
	for range 2 { // the second time one stands there
		if err := sample(t).GeoPackage(t.Context(), path); err != nil {
			t.Fatal(err)
		}
	}
	if out := output(t, "/usr/bin/python3", "-m", "osgeo_utils.samples.validate_gpkg", "-k", path); strings.TrimSpace(out) != "" {
		t.Errorf("validate_gpkg: %s", out)
	}
	c := town(t).Cells[0]
	for layer, want := range map[string][]string{
		"faults": {
			"Geometry: Point", "Feature Count: 113", fmt.Sprintf("POINT (%v %v)", c.At.Lon(), c.At.Lat()), "codes (String) = " + c.Code,
			"measured (Real) = 0.3", "fixable (Integer(Boolean)) = 1", "file (String) = 路灯.csv", "record (Integer64) = 2", "reason_zh (String) = 网格旁有缝隙",
		},
		"fault_areas": {"Geometry: Multi Polygon", "Feature Count: 4", "MULTIPOLYGON (((", "rule (String) = cell-gap"},
		"fault_lines": {"Geometry: Multi Line String", "Feature Count: 2", "MULTILINESTRING ((", "rule (String) = edge-unmatched"},
	} {
		out := output(t, "ogrinfo", "-ro", "-al", path, layer)
		for _, w := range append(want, `ID["EPSG",4490]`) {
			if !strings.Contains(out, w) {
				t.Errorf("%s: no %q in\n%.3000s", layer, w, out)
			}
		}
		if low := strings.ToLower(out); strings.Contains(low, "warning 1") || strings.Contains(low, "error 1") {
			t.Errorf("%s: GDAL complains:\n%.2000s", layer, out)
		}
	}
}

func TestACityFileIsNotReplacedByItsFaults(t *testing.T) {
	path := filepath.Join(t.TempDir(), "city.gpkg")
	city := *town(t)
	if err := cityfile.Create(t.Context(), path, &city); err != nil {
		t.Fatal(err)
	}
	if err := sample(t).GeoPackage(t.Context(), path); !errors.Is(err, cityfile.ErrIsCity) {
		t.Errorf("%v", err)
	}
	if again, err := cityfile.Read(t.Context(), path); err != nil || len(again.Cells) != len(city.Cells) {
		t.Errorf("the city is gone: %v", err)
	}
}

func TestAReportWithoutFindingsIsASoundGeoPackage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.gpkg")
	r := report.New(report.Input{Source: "a.yaml", At: at, Import: &grids.Report{}})
	if err := r.GeoPackage(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	if out := output(t, "/usr/bin/python3", "-m", "osgeo_utils.samples.validate_gpkg", "-k", path); strings.TrimSpace(out) != "" {
		t.Errorf("validate_gpkg: %s", out)
	}
}
