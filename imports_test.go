package main

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/wanmi-gis/wanmi/"

// mayImport is the order of the house: which packages of the module each one
// may use. A trailing /* stands for everything below. What is not listed may
// not exist.
var mayImport = map[string][]string{
	"spatial/crs":           {},
	"spatial":               {"spatial/crs"},
	"spatial/repair":        {"spatial"},
	"grids":                 {"spatial", "spatial/crs"},
	"grids/batch":           {"grids", "spatial", "spatial/crs"},
	"grids/detect":          {"grids", "spatial", "spatial/crs"},
	"grids/search":          {"grids", "spatial", "spatial/crs"},
	"grids/codes":           {},
	"grids/cityfile":        {"grids", "spatial", "spatial/crs"},
	"grids/importers":       {"grids", "grids/batch", "grids/codes", "grids/cityfile", "grids/cases", "spatial", "spatial/*"},
	"grids/exporters":       {"grids", "grids/batch", "grids/cityfile", "spatial", "spatial/crs"},
	"grids/check":           {"grids", "grids/codes", "grids/cityfile", "spatial", "spatial/*"},
	"grids/check/report":    {"grids", "grids/check", "grids/cityfile", "spatial"},
	"grids/cases":           {"grids", "grids/codes", "grids/cityfile", "grids/cases/clock", "spatial"},
	"grids/cases/clock":     {"grids"},
	"grids/cases/stories":   {"grids", "grids/cases", "grids/cases/clock"},
	"grids/cases/storetest": {"grids", "grids/cases", "grids/cityfile", "spatial", "spatial/crs"},
	"grids/dispatch":        {"grids", "grids/codes", "grids/cases", "spatial"},
	"grids/stats":           {"grids", "grids/cases", "spatial", "tiler/heat"},
	"grids/demo":            {"grids", "grids/codes", "grids/cityfile", "grids/cases", "grids/cases/clock", "spatial", "spatial/*"},
	"grids/demo/demofile":   {"grids/cityfile", "grids/demo"},
	"tiler":                 {"spatial"},
	"tiler/heat":            {"tiler", "spatial", "spatial/crs"},
	"tiler/geotiff":         {"spatial/crs"},
	"basemaps":              {"basemaps/*", "tiler", "spatial", "spatial/crs"},
	"basemaps/stored":       {},
	"basemaps/pmtiles":      {"basemaps/stored", "tiler", "spatial"},
	"basemaps/mbtiles":      {"basemaps/stored", "tiler", "spatial"},
	"basemaps/archive":      {"tiler", "basemaps/pmtiles", "basemaps/mbtiles"},
	"basemaps/osm":          {"tiler", "spatial"},
	"basemaps/glyphs":       {},
	"basemaps/sprites":      {},
	"egress":                {},
	"basemaps/upstream":     {"basemaps", "basemaps/stored", "egress", "spatial", "tiler"},
	"basemaps/imagery":      {"basemaps/stored", "basemaps/pmtiles", "tiler"},
	"viewer":                {},
	"api/sheet":             {"basemaps/glyphs"},
	// The rooms of api, in their order: none knows those below it.
	"api/web":        {"spatial", "spatial/crs", "grids", "grids/batch", "grids/cases", "tiler", "basemaps", "basemaps/glyphs", "basemaps/upstream"}, // their errors have codes
	"api/terms":      {"api/web", "spatial", "spatial/crs", "grids", "grids/cases", "grids/cityfile", "grids/stats"},
	"api/heatmap":    {"api/web", "api/terms", "api/sheet", "spatial", "spatial/crs", "grids", "grids/batch", "grids/cases", "grids/cityfile", "grids/stats", "tiler", "tiler/heat", "tiler/geotiff", "basemaps/glyphs"},
	"api/statistics": {"api/web", "api/terms", "spatial", "grids", "grids/cases", "grids/cityfile", "grids/stats"},
	"api/config":     {"grids", "grids/cityfile", "basemaps/stored", "basemaps/upstream", "spatial"},
	"api":            {"spatial", "spatial/*", "grids", "grids/*", "tiler", "tiler/*", "basemaps", "basemaps/*", "egress", "viewer", "api/*"},

	// For tests: what judges dispatch may not know it.
	"grids/dispatch/truth":   {"grids", "spatial"},
	"grids/dispatch/stories": {"grids", "grids/dispatch", "spatial", "spatial/crs"},
}

// onlyIn says which packages may import a third-party module. A module that is
// not listed may not be imported at all.
var onlyIn = map[string][]string{
	"github.com/paulmach/orb":             {"*"},
	"github.com/tidwall/rtree":            {"spatial"},
	"github.com/twpayne/go-geos":          {"spatial/repair"},
	"github.com/go-spatial/geom":          {"grids/cityfile"},
	"github.com/mattn/go-sqlite3":         {"grids/cityfile", "basemaps/mbtiles"},
	"github.com/labstack/echo/v4":         {"api", "api/web", "api/terms", "api/heatmap", "api/statistics"},
	"github.com/airbusgeo/godal":          {"grids/importers", "basemaps/imagery"}, // build tag gdal
	"github.com/danielgtaylor/huma/v2":    {"api", "api/web", "api/terms", "api/heatmap", "api/statistics"},
	"github.com/klauspost/compress":       {"tiler", "tiler/heat", "tiler/geotiff", "api", "grids/importers", "basemaps/stored", "basemaps/imagery", ""},
	"github.com/goccy/go-yaml":            {"grids/importers", "grids/dispatch", "api/config"},
	"github.com/alecthomas/kong":          {""},
	"github.com/prometheus/client_golang": {"api"},
	"golang.org/x/text":                   {"grids/batch", "grids/search"},
	"golang.org/x/image":                  {"basemaps/glyphs", "basemaps/sprites", "api/sheet"},
	"github.com/mozillazg/go-pinyin":      {"grids/search"},
	"github.com/maypok86/otter/v2":        {"tiler"},
	"github.com/andybalholm/brotli":       {"tiler", "basemaps/stored"},
	"gonum.org/v1/gonum":                  {"grids/stats"},
	"golang.org/x/time":                   {"basemaps/upstream"},
}

type goPackage struct {
	ImportPath string
	Standard   bool
	Imports    []string
}

// packages lists the module's packages with their imports, tests aside.
func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for d := json.NewDecoder(bytes.NewReader(out)); d.More(); {
		var p goPackage
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
	if len(all) < len([]string{"main", "spatial", "grids", "tiler", "api"}) {
		t.Fatalf("go list found only %d packages", len(all))
	}
	return all
}

func TestPackagesImportOnlyWhatTheHouseAllows(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, strings.TrimSuffix(module, "/")), "/")
		allowed, known := mayImport[name]
		if name != "" && !known {
			t.Errorf("package %s is not in the plan of the house (mayImport)", name)
			continue
		}
		for _, imp := range p.Imports {
			if inside, ok := strings.CutPrefix(imp, module); ok {
				if name != "" && !matchesAny(allowed, inside) {
					t.Errorf("%s may not import %s", name, inside)
				}
				continue
			}
			if !strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") || imp == "C" {
				continue // the standard library
			}
			where, listed := moduleRule(imp)
			if !listed {
				t.Errorf("%s imports %s, which no rule allows (onlyIn)", name, imp)
			} else if !slices.Contains(where, name) && !slices.Contains(where, "*") {
				t.Errorf("%s may not import %s; only %q may", name, imp, where)
			}
		}
	}
}

func matchesAny(patterns []string, name string) bool {
	for _, p := range patterns {
		if base, ok := strings.CutSuffix(p, "/*"); p == name || (ok && strings.HasPrefix(name, base+"/")) {
			return true
		}
	}
	return false
}

func moduleRule(imp string) (where []string, listed bool) {
	for m, where := range onlyIn {
		if imp == m || strings.HasPrefix(imp, m+"/") {
			return where, true
		}
	}
	return nil, false
}

func TestTheImportRulesRefuseWhatIsForbidden(t *testing.T) {
	for _, c := range []struct{ from, to string }{
		{"tiler", "grids"},
		{"grids", "api"},
		{"spatial", "grids"},
		{"viewer", "api"},
		{"grids/cityfile", "grids/importers"},
		{"api/web", "api"},
		{"api/web", "api/terms"},
		{"api/terms", "api/heatmap"},
		{"api/heatmap", "api/statistics"},
		{"api/statistics", "api"},
	} {
		if matchesAny(mayImport[c.from], c.to) {
			t.Errorf("%s may import %s by the list", c.from, c.to)
		}
	}
	if where, _ := moduleRule("github.com/twpayne/go-geos"); slices.Contains(where, "api") {
		t.Error("GEOS is allowed in api")
	}
	if _, listed := moduleRule("github.com/somebody/something"); listed {
		t.Error("an unknown module is listed")
	}
}
