//go:build proof

package api_test

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/planar"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// counted is a component as the proof counts it: by its own row, and by the
// cell that holds it as paulmach/orb finds it.
type counted struct {
	row   *grids.Component
	major string
	chain map[string]string // zone, community, street, district
}

// countable prepares all components of the city to be counted.
func countable(t *testing.T, d *desk) (all []counted) {
	t.Helper()
	c := d.snap.City
	parent := map[string]string{}
	for i := range c.Communities {
		parent[c.Communities[i].Code] = c.Communities[i].Parent
	}
	for i := range c.Streets {
		parent[c.Streets[i].Code] = c.Streets[i].Parent
	}
	cellAt := areaFinder(len(c.Cells), func(i int32) *spatial.Shape { return c.Cells[i].Shape })
	zoneAt := areaFinder(len(c.Zones), func(i int32) *spatial.Shape { return c.Zones[i].Shape })
	ambiguous := 0
	for i := range d.snap.All(grids.Components) {
		row := d.snap.Component(i)
		one := counted{row: row, chain: map[string]string{}}
		if cat := d.snap.Catalogue.Find(grids.ComponentKind, row.Category); cat != nil {
			one.major = cat.Major
		}
		cells := cellAt(row.At)
		if len(cells) > 1 { // on a border, where the server decides whose it is
			ambiguous++
			cells = []int32{d.snap.Locate(row.At).Cell}
		}
		for _, k := range cells {
			cell := &c.Cells[k]
			one.chain["zone"], one.chain["community"] = cell.Zone, cell.Community
			one.chain["street"] = parent[cell.Community]
			one.chain["district"] = parent[one.chain["street"]]
			if !c.ZonesByGeometry {
				continue
			}
			one.chain["zone"] = ""
			zones := zoneAt(row.At)
			if len(zones) > 1 {
				zones = []int32{d.snap.Locate(row.At).Zone}
			}
			for _, z := range zones {
				one.chain["zone"] = c.Zones[z].Code
			}
		}
		all = append(all, one)
	}
	t.Logf("%d components, %d of them on a border", len(all), ambiguous)
	return all
}

// areaFinder finds the areas that hold a position, in a raster of their boxes.
// On a border, or off it by no more than rounding to the lattice may have moved
// it, all whose border it is are found.
func areaFinder(n int, shape func(i int32) *spatial.Shape) func(spatial.Coord) []int32 {
	const (
		side    = 50_000 // quanta, about 500 m
		degrees = spatial.SnapQuanta * 1e-7
	)
	raster := map[[2]int32][]int32{}
	shapes := make([]orb.Geometry, n)
	for i := range int32(n) {
		s := shape(i)
		shapes[i] = s.Orb()
		for x := s.Box.Min.X/side - 1; x <= s.Box.Max.X/side+1; x++ {
			for y := s.Box.Min.Y/side - 1; y <= s.Box.Max.Y/side+1; y++ {
				raster[[2]int32{x, y}] = append(raster[[2]int32{x, y}], i)
			}
		}
	}
	return func(at spatial.Coord) (areas []int32) {
		for _, i := range raster[[2]int32{at.X / side, at.Y / side}] {
			// Of orb's answers on a border only the distance is to be trusted.
			if planar.DistanceFrom(shapes[i], at.Point()) < degrees {
				areas = append(areas, i)
			}
		}
		return areas
	}
}

// words are a filter: those of a tile's query and of POST /v1/select.
type words map[string][]string

func (w words) keeps(c *counted) bool {
	for word, values := range w {
		var ok bool
		switch word {
		case "category":
			ok = slices.ContainsFunc(values, func(p string) bool { return strings.HasPrefix(c.row.Category, p) })
		case "state":
			ok = c.row.State == values[0]
		case "unit":
			ok = slices.Contains([]string{c.row.Owner, c.row.Maintainer, c.row.Authority}, values[0])
		default:
			ok = c.chain[word] == values[0]
		}
		if !ok {
			return false
		}
	}
	return true
}

func (w words) query() string {
	q := url.Values{}
	for word, values := range w {
		q.Set(word, strings.Join(values, ","))
	}
	return q.Encode()
}

// randomWords makes a filter that keeps c, and in one of eight cases hardly
// anything else.
func randomWords(rnd *rand.Rand, c, other *counted) words {
	w := words{}
	for _, word := range [][2]string{
		{"category", c.row.Category[:2+2*rnd.IntN(2)]},
		{"state", c.row.State},
		{"unit", c.row.Owner},
		{"zone", c.chain["zone"]},
		{"community", c.chain["community"]},
		{"street", c.chain["street"]},
		{"district", c.chain["district"]},
	} {
		if word[1] != "" && rnd.IntN(3) == 0 {
			w[word[0]] = []string{word[1]}
		}
	}
	if w["category"] != nil && rnd.IntN(2) == 0 {
		w["category"] = append(w["category"], other.row.Category[:2])
	}
	if rnd.IntN(8) == 0 && other.chain["zone"] != "" {
		w["zone"] = []string{other.chain["zone"]}
	}
	return w
}

// TestProof_SumsOfAViewAreItsComponentsUnderAnyFilter adds up what the tiles of
// random views say over HTTP under random filters, and counts over all
// components by itself; the same filter asked of POST /v1/select for the whole
// city must find as many as there are.
func TestProof_SumsOfAViewAreItsComponentsUnderAnyFilter(t *testing.T) {
	for name, open := range proofCities {
		t.Run(name, func(t *testing.T) {
			d := open(t)
			base, all := serve(t, d), countable(t, d)
			const seed = 100
			rnd := rand.New(rand.NewPCG(seed, seed))
			views := 100
			if testing.Short() {
				views = 15
			}
			tiles, found, none := 0, 0, 0
			for range views {
				c := &all[rnd.IntN(len(all))]
				w := randomWords(rnd, c, &all[rnd.IntN(len(all))])
				d.selectsAll(t, w, all)
				z := uint8(8 + rnd.IntN(9))
				middle, _ := tiler.At(c.row.At, z)
				west, north, wide, high := middle.X-uint32(rnd.IntN(3)), middle.Y-uint32(rnd.IntN(3)), uint32(1+rnd.IntN(4)), uint32(1+rnd.IntN(4))
				got := map[string]int{}
				for x := west; x < west+wide; x++ {
					for y := north; y < north+high; y++ {
						target := base + tileURL("components", tiler.ID{Z: z, X: x, Y: y})
						if len(w) > 0 {
							target += "?" + w.query()
						}
						d.addCounts(t, got, getTile(t, target))
						tiles++
					}
				}
				want := map[string]int{}
				for i := range all {
					c := &all[i]
					x, y := api.SquareOf(c.row.At.Lon(), c.row.At.Lat(), z, 1)
					if x < int(west) || y < int(north) || x >= int(west+wide) || y >= int(north+high) || !w.keeps(c) || (z >= singleFrom && c.row.Shape != nil) {
						continue
					}
					want["count"]++
					if c.major != "" {
						want["count_"+c.major]++
					}
				}
				if !maps.Equal(got, want) {
					t.Fatalf("zoom %d, %d × %d tiles from %d/%d, filter %v: %v, want %v", z, wide, high, west, north, w, got, want)
				}
				found += want["count"]
				if want["count"] == 0 {
					none++
				}
			}
			t.Logf("seed %d: %d views, %d tiles, %d components counted, %d views without any", seed, views, tiles, found, none)
			if found == 0 || none > views/2 {
				t.Error("the views prove little")
			}
		})
	}
}

// addCounts adds what a tile of components says, of single features the points.
func (d *desk) addCounts(t *testing.T, got map[string]int, a tileAnswer) {
	t.Helper()
	if a.body == nil {
		return
	}
	layers, err := mvt.Unmarshal(a.body)
	if err != nil || len(layers) != 1 {
		t.Fatalf("%d layers, %v", len(layers), err)
	}
	for _, f := range layers[0].Features {
		_, point := f.Geometry.(orb.Point)
		if _, sum := f.Properties["count"]; !sum {
			if !point {
				continue
			}
			got["count"]++
			if major, _ := f.Properties["major"].(string); major != "" {
				got["count_"+major]++
			}
			continue
		}
		for name, n := range f.Properties {
			count, ok := n.(float64)
			if !ok || !point {
				t.Fatalf("%v: %v of type %T", f.Geometry, n, n)
			}
			got[name] += int(count)
		}
	}
}

// selectsAll asks POST /v1/select how many components of the whole city the
// filter keeps.
func (d *desk) selectsAll(t *testing.T, w words, all []counted) {
	t.Helper()
	filter := map[string]any{}
	for word, values := range w {
		filter[word] = values[0]
	}
	if c, ok := w["category"]; ok {
		filter["category"] = c
	}
	b := d.snap.Box(grids.Components)
	corner := func(x, y int32) [2]float64 {
		return [2]float64{spatial.Coord{X: x}.Lon(), spatial.Coord{Y: y}.Lat()}
	}
	const margin = 1000
	west, south, east, north := b.Min.X-margin, b.Min.Y-margin, b.Max.X+margin, b.Max.Y+margin
	body, err := json.Marshal(map[string]any{
		"geometry": map[string]any{"type": "Polygon", "coordinates": [][][2]float64{
			{corner(west, south), corner(east, south), corner(east, north), corner(west, north), corner(west, south)},
		}},
		"filter": filter, "counts_only": true,
	})
	if err != nil {
		t.Fatal(err)
	}
	var answer struct {
		Counts map[string]struct{ N int }
	}
	d.post(t, "/v1/select", string(body)).read(t, &answer)
	want := 0
	for i := range all {
		if w.keeps(&all[i]) {
			want++
		}
	}
	if got := answer.Counts["components"].N; got != want {
		t.Fatalf("filter %v: POST /v1/select finds %s components, want %d", w, strconv.Itoa(got), want)
	}
}
