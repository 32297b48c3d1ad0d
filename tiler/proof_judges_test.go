//go:build proof

package tiler

import (
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"
	"github.com/paulmach/orb/geojson"
	"github.com/paulmach/orb/planar"
	"github.com/paulmach/orb/project"

	"github.com/wanmi-gis/wanmi/spatial"
)

// reading is a tile as a judge reads it: its features by layer and id, in tile
// units.
type reading map[string]map[uint64]*geojson.Feature

func (r reading) add(t *testing.T, layer string, f *geojson.Feature, id uint64) {
	t.Helper()
	if r[layer] == nil {
		r[layer] = map[uint64]*geojson.Feature{}
	}
	if r[layer][id] != nil {
		t.Fatalf("%s %d twice", layer, id)
	}
	r[layer][id] = f
}

type judgedTile struct {
	id   ID
	body []byte
}

// TestProof_GDALAndMapboxSeeTheSourceInTheTiles compares what two readers by
// others see in random tiles with what orb's projection and clipping make of
// the source's features (agree in oracle_test.go): the same features, the same
// attributes, vertices within a quantum.
func TestProof_GDALAndMapboxSeeTheSourceInTheTiles(t *testing.T) {
	town := newTown(t, 61, 12)
	rnd := rand.New(rand.NewPCG(61, 61))
	var tiles []judgedTile
	features := 0
	for i := 0; len(tiles) < 250; i++ {
		id := town.tile(rnd, uint8(i%(MaxZoom+1)))
		body, stats, err := Encode(nil, town, town.names(), id, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if body != nil {
			tiles = append(tiles, judgedTile{id, body})
			features += stats.Features
		}
	}
	bothReadersAgree(t, town, tiles, features)
}

// bothReadersAgree lets both readers see the tiles and holds what they see against the
// source.
func bothReadersAgree(t *testing.T, town *town, tiles []judgedTile, features int) {
	t.Helper()
	for _, judge := range []struct {
		name string
		read func(*testing.T, []judgedTile) []reading
	}{{"@mapbox/vector-tile", readByMapbox}, {"GDAL", readByGDAL}} {
		t.Run(judge.name, func(t *testing.T) {
			seen := 0
			for i, got := range judge.read(t, tiles) {
				seen += compareWithSource(t, town, tiles[i].id, got)
			}
			if seen != features {
				t.Errorf("%d features of %d", seen, features)
			}
			t.Logf("%d tiles, %d features", len(tiles), seen)
		})
	}
}

// near lists the features of a layer whose box meets the tile with its buffer.
func (t *town) near(layer string, id ID) (found []*Feature) {
	t.trees[layer].Search(id.Box(Buffer), func(i int) bool {
		found = append(found, t.shapes[layer][i])
		return true
	})
	return found
}

func compareWithSource(t *testing.T, town *town, id ID, got reading) (features int) {
	t.Helper()
	for _, l := range town.layers {
		if id.Z < l.MinZoom || id.Z > l.MaxZoom {
			if got[l.Name] != nil {
				t.Errorf("%v: layer %s at a zoom that is not its own", id, l.Name)
			}
			continue
		}
		features += len(got[l.Name])
		for _, want := range orbLayer(town.near(l.Name, id), l.Fields, l.Name, id).Features {
			want.Geometry = withoutDegenerate(want.Geometry)
			if g := got[l.Name][want.ID.(uint64)]; !agree(t, id, g, want) {
				t.Fatalf("%v layer %s feature %v:\n%v\nwant\n%v", id, l.Name, want.ID, g, want.Geometry)
			} else if source := town.shapes[l.Name][want.ID.(uint64)-1].Shape; g != nil && source != nil && source.Kind == spatial.Lines {
				liesOn(t, id, g.Geometry, source)
			}
		}
	}
	return features
}

// liesOn holds the vertices of lines, also those that clipping made, against
// the source's lines, projected by the formula and not rounded.
func liesOn(t *testing.T, id ID, got orb.Geometry, source *spatial.Shape) {
	t.Helper()
	quantum := float64(uint(1) << (max(id.Z, worldZoom) - worldZoom))
	side := float64(uint(Extent) << id.Z)
	lines := project.Geometry(source.Orb(), func(p orb.Point) orb.Point {
		return orb.Point{
			(p[0]+180)/360*side - float64(id.X)*Extent,
			(0.5-math.Asinh(math.Tan(p[1]*math.Pi/180))/(2*math.Pi))*side - float64(id.Y)*Extent,
		}
	})
	for _, p := range vertices(got) {
		// Rounding down moves a vertex by less than a quantum on either axis.
		if d := planar.DistanceFrom(lines, p); d > quantum*math.Sqrt2 {
			t.Fatalf("%v: %v is %v units from its line", id, p, d)
		}
	}
}

func readByMapbox(t *testing.T, tiles []judgedTile) (all []reading) {
	t.Helper()
	script, err := os.ReadFile(filepath.Join("testdata", "judge.mjs"))
	if err != nil {
		t.Fatal(err)
	}
	var in strings.Builder
	for _, tile := range tiles {
		in.WriteString(base64.StdEncoding.EncodeToString(tile.body) + "\n")
	}
	// Evaluated rather than run, the script finds its imports from where node
	// runs, in the one project that names their versions.
	node := exec.CommandContext(t.Context(), "node", "--input-type=module", "--eval", string(script))
	node.Dir, node.Stdin, node.Stderr = judgesProject(t), strings.NewReader(in.String()), os.Stderr
	out, err := node.Output()
	if err != nil {
		t.Fatalf("node (20 or later must be there): %v", err)
	}
	for line := range strings.Lines(string(out)) {
		var layers map[string][]struct {
			ID         uint64
			Type       int
			Properties geojson.Properties
			Parts      json.RawMessage
		}
		if err := json.Unmarshal([]byte(line), &layers); err != nil {
			t.Fatal(err)
		}
		r := reading{}
		for name, features := range layers {
			for _, f := range features {
				kind := []string{typePoint: "MultiPoint", typeLine: "MultiLineString", typePolygon: "MultiPolygon"}[f.Type]
				g, err := geojson.UnmarshalGeometry(fmt.Appendf(nil, `{"type":%q,"coordinates":%s}`, kind, f.Parts))
				if err != nil {
					t.Fatal(err)
				}
				r.add(t, name, &geojson.Feature{Geometry: g.Geometry(), Properties: f.Properties}, f.ID)
			}
		}
		all = append(all, r)
	}
	if len(all) != len(tiles) {
		t.Fatalf("%d tiles of %d were read", len(all), len(tiles))
	}
	return all
}

// judgesProject is where @mapbox/vector-tile is installed: the API's own
// project if its tests have run, else a copy, as they may run just now.
func judgesProject(t *testing.T) string {
	t.Helper()
	project := filepath.Join("..", "api", "judges")
	if _, err := os.Stat(filepath.Join(project, "node_modules", "@mapbox", "vector-tile")); err == nil {
		return project
	}
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json"} {
		b, err := os.ReadFile(filepath.Join(project, name))
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	npm := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("the proof needs @mapbox/vector-tile: npm ci: %v\n%s", err, out)
	}
	return dir
}

// readByGDAL has GDAL place each tile on the ground by its path and write what
// it sees as text, and takes it back to tile units from there.
func readByGDAL(t *testing.T, tiles []judgedTile) (all []reading) {
	t.Helper()
	dir := t.TempDir()
	for i, tile := range tiles {
		id := tile.id
		column := filepath.Join(dir, strconv.Itoa(i), strconv.Itoa(int(id.Z)), strconv.Itoa(int(id.X)))
		if err := os.MkdirAll(column, 0o700); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(column, strconv.Itoa(int(id.Y))+".mvt")
		if err := os.WriteFile(path, tile.body, 0o600); err != nil {
			t.Fatal(err)
		}
		tables := filepath.Join(dir, strconv.Itoa(i), "tables")
		ogr := exec.CommandContext(t.Context(), "ogr2ogr", "-f", "CSV", "-lco", "GEOMETRY=AS_WKT", "-oo", "CLIP=NO", tables, path)
		if out, err := ogr.CombinedOutput(); err != nil || len(out) > 0 {
			t.Fatalf("%v: ogr2ogr (of Debian's gdal-bin) must be there: %v\n%s", id, err, out)
		}
		files, err := filepath.Glob(filepath.Join(tables, "*.csv"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%v: GDAL sees no layer: %v", id, err)
		}
		r := reading{}
		for _, f := range files {
			r.readTable(t, f, id)
		}
		all = append(all, r)
	}
	return all
}

func (r reading) readTable(t *testing.T, path string, id ID) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		var number uint64
		feature := &geojson.Feature{Properties: geojson.Properties{}}
		for i, v := range row {
			switch name := rows[0][i]; {
			case name == "WKT":
				if feature.Geometry, err = wkt.Unmarshal(v); err != nil {
					t.Fatal(err)
				}
				feature.Geometry = project.Geometry(feature.Geometry, func(p orb.Point) orb.Point { return toUnit(t, id, p) })
			case name == "mvt_id":
				if number, err = strconv.ParseUint(v, 10, 64); err != nil {
					t.Fatal(err)
				}
			case v != "":
				feature.Properties[name] = v
			}
		}
		r.add(t, strings.TrimSuffix(filepath.Base(path), ".csv"), feature, number)
	}
}

// toUnit takes a position from metres of EPSG:3857 to the tile's units. GDAL
// writes 15 digits, which at z 22 is a hundred-thousandth of a unit: what is
// not whole after that, GDAL did not read from the tile.
func toUnit(t *testing.T, id ID, p orb.Point) orb.Point {
	t.Helper()
	const half = math.Pi * 6378137
	units := float64(uint(Extent)<<id.Z) / (2 * half)
	x := (p[0]+half)*units - float64(id.X)*Extent
	y := (half-p[1])*units - float64(id.Y)*Extent
	unit := orb.Point{math.Round(x), math.Round(y)}
	if off := max(math.Abs(x-unit[0]), math.Abs(y-unit[1])); off > 0.01 {
		t.Fatalf("%v: %v is %v units off the grid", id, p, off)
	}
	return unit
}
