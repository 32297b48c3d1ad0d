//go:build proof

package api_test

import (
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/planar"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// TestProof_JudgesReadTheCityInTilesOfThreeCities has random tiles of all layers
// at all zooms read over HTTP by GDAL and @mapbox/vector-tile. Both must see what
// this project's strict reader sees, unit by unit, the strict checker must find
// no fault, and what is seen must be what the city's rows say: sums as a count
// over all components has them, points by the projection's formula within a
// unit, lines and borders within what the map promises of those stored.
func TestProof_JudgesReadTheCityInTilesOfThreeCities(t *testing.T) {
	tiles := 700
	if testing.Short() {
		tiles = 60
	}
	for name, open := range proofCities {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			base, all := serve(t, d), strings.Join(allLayers(), ",")
			const seed = 2026
			rnd := rand.New(rand.NewPCG(seed, seed))
			var ids []tiler.ID
			var urls []string
			var answers []tileAnswer
			for i := 0; len(ids) < tiles; i++ {
				id, _ := tiler.At(d.crowded(rnd), uint8(6+i%13))
				url := base + tileURL(all, id)
				if a := getTile(t, url); a.body != nil {
					ids, urls, answers = append(ids, id), append(urls, url), append(answers, a)
				}
			}
			mapbox, gdal := readByMapbox(t, urls), readByGDAL(t, ids, urls)
			features := 0
			for i, id := range ids {
				for _, fault := range tiler.Check(answers[i].body) {
					t.Errorf("%v: %v", id, fault)
				}
				r := readByTiler(t, answers[i].body)
				if err := r.same(mapbox[i]); err != nil {
					t.Fatalf("%v: @mapbox/vector-tile: %v", id, err)
				}
				if err := r.same(gdal[i]); err != nil {
					t.Fatalf("%v: GDAL: %v", id, err)
				}
				features += d.comparesWithRows(t, id, r, answers[i])
			}
			t.Logf("seed %d: %d tiles, %d features: GDAL, @mapbox/vector-tile, the checker and the rows agree", seed, tiles, features)
			if features < 50*tiles {
				t.Errorf("the tiles prove little: %d features", features)
			}
		})
	}
}

// crowded is a position near a component mostly, else anywhere in the city.
func (d *desk) crowded(rnd *rand.Rand) spatial.Coord {
	if rnd.IntN(4) == 0 {
		return somewhereIn(rnd, d.snap.Box(grids.Cells))
	}
	return d.snap.Feature(grids.Components, int32(rnd.IntN(d.snap.Count(grids.Components)))).At
}

// tileAnswer is a tile as it came over HTTP; body is nil where nothing is.
type tileAnswer struct {
	body   []byte
	header http.Header
}

func getTile(t *testing.T, url string) (a tileAnswer) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	switch {
	case err != nil, r.StatusCode != http.StatusOK && r.StatusCode != http.StatusNoContent, r.StatusCode == http.StatusNoContent && len(body) > 0:
		t.Fatalf("%s: status %d, %v: %.300s", url, r.StatusCode, err, body)
	case r.StatusCode == http.StatusNoContent:
		body = nil
	}
	return tileAnswer{body, r.Header}
}

// comparesWithRows holds what was read in a tile against the city's rows.
func (d *desk) comparesWithRows(t *testing.T, id tiler.ID, r reading, a tileAnswer) (n int) {
	t.Helper()
	if dropped := a.header.Get("X-Features-Dropped"); dropped != "" {
		t.Errorf("%v: %s features were dropped", id, dropped)
	}
	zooms := d.minZooms(t)
	for _, layer := range grids.MapLayers() {
		features := r[string(layer)]
		n += len(features)
		switch {
		case int(id.Z) < zooms[string(layer)]:
			if len(features) > 0 {
				t.Fatalf("%v: %s below its zoom", id, layer)
			}
		case layer == grids.Components && id.Z < singleFrom:
			d.comparesSums(t, id, features)
		case layer == grids.Cells && id.Z < cellsFrom:
			d.comparesMesh(t, id, features)
		default:
			d.comparesFeatures(t, id, layer, features, a.header.Get("X-Tile-Thinned"))
		}
	}
	return n
}

// From these zooms on components are drawn singly and cells as areas.
const (
	singleFrom = 14
	cellsFrom  = 12
)

// comparesSums holds sums against a count over all components.
func (d *desk) comparesSums(t *testing.T, id tiler.ID, features []seen) {
	t.Helper()
	got := api.SquareSums{}
	for _, f := range features {
		at := api.Square{X: int(f.parts[0][0][0]), Y: int(f.parts[0][0][1])}
		if f.kind != 0 || len(f.parts) != 1 || got[at] != nil {
			t.Fatalf("%v: %v is no sum, or the second of its square", id, f)
		}
		got[at] = map[string]int{}
		for name, text := range f.props {
			count, err := strconv.Atoi(text)
			if err != nil {
				t.Fatalf("%v: %v", id, f)
			}
			got[at][name] = count
		}
	}
	want, _ := api.CountSums(d.snap, id, got.Side())
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("%v: %d components in %d squares, want %d in %d", id, got.Total(), len(got), want.Total(), len(want))
	}
}

// borderUnits is how far borders may be drawn from those stored, in units of a
// tile: tiler.BorderToleranceM.
func borderUnits(z uint8) float64 {
	const metresAPixel = 9783.94 // of a tile of 4096 at zoom 0, on the equator
	return 4.01 + 0.056/metresAPixel*float64(uint(1)<<z)
}

// comparesMesh holds the border mesh against the areas: a kind of border each,
// nowhere far from one of theirs.
func (d *desk) comparesMesh(t *testing.T, id tiler.ID, features []seen) {
	t.Helper()
	project := unitsOf(id)
	far := borderUnits(id.Z)
	for i, f := range features {
		if f.kind != 1 || !slices.Contains([]string{"district", "street", "community", "zone", "cell", "edge"}, f.props["level"]) || len(f.props) != 1 {
			t.Fatalf("%v: %v is no border", id, f)
		}
		line := f.parts[i%len(f.parts)]
		p := line[(i*7)%len(line)]
		if onRim(p) {
			continue
		}
		// The position on the ground, roughly, to find the cells there.
		b := id.Box(0)
		at := spatial.At(b.Min.Lon()+(b.Max.Lon()-b.Min.Lon())*p[0]/tiler.Extent, b.Max.Lat()-(b.Max.Lat()-b.Min.Lat())*p[1]/tiler.Extent)
		window := spatial.BoxAround(at, 10*4e7/float64(uint(1)<<id.Z)/tiler.Extent+100)
		least := math.Inf(1)
		for _, layer := range []grids.Layer{grids.Cells, grids.Zones, grids.Communities, grids.Streets, grids.Districts} {
			for _, c := range d.snap.Window(layer, window) {
				if least <= far {
					break
				}
				for _, part := range linesOfShape(d.snap.Feature(layer, c).Shape, project) {
					least = min(least, planar.DistanceFrom(part, p))
				}
			}
		}
		if least > far {
			t.Fatalf("%v: %v of a border of kind %s is %v units from every area's border", id, p, f.props["level"], least)
		}
	}
}

// comparesFeatures holds single features against the rows: points exactly, or as
// many as the tile says it was thinned to; lines and areas by where they are,
// what cannot be there and what must be.
func (d *desk) comparesFeatures(t *testing.T, id tiler.ID, layer grids.Layer, features []seen, thinned string) {
	t.Helper()
	rows, points := map[uint64]*grids.Feature{}, 0
	window, project := id.Box(tiler.Buffer), unitsOf(id)
	for _, i := range d.snap.Window(layer, window) {
		f := d.snap.Feature(layer, i)
		if f.Shape == nil {
			if x, y := api.SquareOf(f.At.Lon(), f.At.Lat(), id.Z, 1); x != int(id.X) || y != int(id.Y) {
				continue
			}
			points++
		}
		rows[uint64(f.FID)] = f
	}
	drawn := map[uint64]bool{}
	far := math.Sqrt2
	if isDivision(layer) {
		far = borderUnits(id.Z)
	}
	for _, f := range features {
		row := rows[f.id]
		if row == nil || drawn[f.id] || (f.props["code"] != "" && f.props["code"] != row.Code) {
			t.Fatalf("%v %s: %v is not there, twice, or another's", id, layer, f)
		}
		drawn[f.id] = true
		if row.Shape == nil {
			points--
			if p, at := f.parts[0][0], project(row.At); math.Abs(p[0]-at[0]) > 1 || math.Abs(p[1]-at[1]) > 1 {
				t.Fatalf("%v %s %d: at %v, want %v", id, layer, f.id, p, at)
			}
			continue
		}
		lines := linesOfShape(row.Shape, project)
		for _, p := range someOf(slices.Concat(f.parts...)) {
			if d := planar.DistanceFrom(lines, p); d > far && !onRim(p) {
				t.Fatalf("%v %s %d: %v is %v units from what is stored", id, layer, f.id, p, d)
			}
		}
	}
	if points != 0 && thinned == "" {
		t.Fatalf("%v %s: %d points are missing", id, layer, points)
	}
	for fid, f := range rows {
		if f.Shape != nil && !drawn[fid] && holdsCentre(f.Shape, id) {
			t.Fatalf("%v %s: %d holds the middle of the tile and is not there", id, layer, fid)
		}
	}
}

// someOf are at most 40 of the vertices, spread over all: each is measured
// against every edge of the shape.
func someOf(vertices []orb.Point) (some []orb.Point) {
	const most = 40
	step := (len(vertices) + most - 1) / most
	for i := 0; i < len(vertices); i += step {
		some = append(some, vertices[i])
	}
	return some
}

func isDivision(l grids.Layer) bool {
	return slices.Contains([]grids.Layer{grids.Districts, grids.Streets, grids.Communities, grids.Zones, grids.Cells}, l)
}

// unitsOf projects positions to the tile's units by the formula, not rounded.
func unitsOf(id tiler.ID) func(spatial.Coord) orb.Point {
	side := float64(uint(tiler.Extent) << id.Z)
	return func(c spatial.Coord) orb.Point {
		return orb.Point{
			(c.Lon()+180)/360*side - float64(id.X)*tiler.Extent,
			(0.5-math.Asinh(math.Tan(c.Lat()*math.Pi/180))/(2*math.Pi))*side - float64(id.Y)*tiler.Extent,
		}
	}
}

// onRim reports whether a vertex may be one that clipping made.
func onRim(p orb.Point) bool {
	const rim = tiler.Buffer - 5
	return min(p[0], p[1]) <= -rim || max(p[0], p[1]) >= tiler.Extent+rim
}

func linesOfShape(s *spatial.Shape, project func(spatial.Coord) orb.Point) (lines orb.MultiLineString) {
	at := func(p orb.Point) orb.Point { return project(spatial.At(p[0], p[1])) }
	for _, part := range partsOf(s.Orb()) {
		line := make(orb.LineString, len(part))
		for i, p := range part {
			line[i] = at(p)
		}
		lines = append(lines, line)
	}
	return lines
}
