//go:build proof

package grids_test

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/paulmach/orb/geojson"
	"github.com/twpayne/go-geos"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

// Cambridge's parcels of 2014 are no tiling: they overlap, leave gaps, and some
// cross themselves. A parcel that does is held as it stands, with the even-odd
// rule of its rings; GEOS makes it valid first, which cuts its edges off the
// lattice, so that the two are compared only a little off its border.

// parcels are the parcels as cells of a city.
func parcels(t *testing.T) *grids.City {
	t.Helper()
	data := os.Getenv("WANMI_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(data, "cambridge-ma", "coverage", "ASSESSING_ParcelsFY2014.geojson.gz"))
	if err != nil {
		t.Fatalf("the proof needs the parcels of Cambridge (WANMI_DATA): %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	all, err := geojson.UnmarshalFeatureCollection(text)
	if err != nil {
		t.Fatal(err)
	}
	c := &grids.City{Profile: grids.Profile{Code: "2511000", Name: "Cambridge", Plane: crs.LocalPlane(-71.11, 42.37)}}
	collapsed := 0
	for i, feature := range all.Features {
		s, err := spatial.FromOrb(feature.Geometry)
		if errors.Is(err, spatial.ErrDegenerate) {
			collapsed++
			continue
		} else if err != nil {
			t.Fatal(err)
		}
		c.Cells = append(c.Cells, grids.Cell{Feature: grids.Feature{Code: fmt.Sprintf("%05d", i), Shape: s, At: s.Representative()}})
	}
	t.Logf("%d parcels, %d more collapse on the lattice", len(c.Cells), collapsed)
	return c
}

// plot is GEOS's side of the parcels.
type plot struct {
	*brute
	// invalid parcels by index, made valid by GEOS.
	invalid map[int32]*geos.PrepGeom
	areas   []*geos.Geom
	// gaps are the faces that all borders together enclose and no parcel covers.
	gaps    []*geos.Geom
	gapBox  []*geos.Box2D
	gapTest []*geos.PrepGeom
	// overlaps are the common areas of all pairs of parcels.
	overlaps []*geos.Geom
}

func newPlot(t *testing.T, s *grids.Snapshot) *plot {
	t.Helper()
	p := &plot{brute: newBrute(s, cellShapes(s)), invalid: map[int32]*geos.PrepGeom{}}
	judge := repair.NewJudge()
	for i := range s.City.Cells {
		g := geosShape(p.ctx, s.City.Cells[i].Shape)
		if err := judge.Check(s.City.Cells[i].Shape); err != nil {
			g = p.polygons(g.MakeValid())
			p.invalid[int32(i)] = g.Prepare()
		}
		p.areas = append(p.areas, g)
	}
	parts := make([]*geos.Geom, len(p.areas))
	for i, g := range p.areas {
		parts[i] = g.Clone()
	}
	union := p.ctx.NewCollection(geos.TypeIDGeometryCollection, parts).UnaryUnion()
	faces := p.ctx.Polygonize([]*geos.Geom{union.Boundary().UnaryUnion()})
	p.overlaps = p.findOverlaps()
	covered := union.Prepare()
	for i := range faces.NumGeometries() {
		if face := faces.Geometry(i).Clone(); !covered.Contains(face.PointOnSurface()) {
			p.gaps = append(p.gaps, face)
			p.gapBox, p.gapTest = append(p.gapBox, face.Bounds()), append(p.gapTest, face.Prepare())
		}
	}
	return p
}

// polygons leaves the lines out that making a polygon valid can leave.
func (p *plot) polygons(g *geos.Geom) *geos.Geom {
	if g.TypeID() != geos.TypeIDGeometryCollection {
		return g
	}
	var parts []*geos.Geom
	for i := range g.NumGeometries() {
		part := g.Geometry(i)
		for k := range part.NumGeometries() {
			if one := part.Geometry(k); one.TypeID() == geos.TypeIDPolygon {
				parts = append(parts, one.Clone())
			}
		}
	}
	return p.ctx.NewCollection(geos.TypeIDMultiPolygon, parts)
}

// holding lists the parcels that contain c by GEOS; ok is false where c lies on
// or within two quanta of the border of one that GEOS had to make valid.
func (p *plot) holding(c spatial.Coord, point *geos.Geom) (parcels []int32, ok bool) {
	for _, i := range p.near(spatial.Box{Min: c, Max: c}.Grow(2)) {
		g := p.geoms[i]
		if valid := p.invalid[i]; valid != nil {
			if _, quanta := p.outlines[i].distance(c, 2); quanta <= 2 {
				return nil, false
			}
			g = valid
		}
		if g.Contains(point) {
			parcels = append(parcels, i)
		}
	}
	return parcels, true
}

// gapAt returns the gap by GEOS that c lies in, or -1.
func (p *plot) gapAt(c spatial.Coord, point *geos.Geom) int {
	for i, b := range p.gapBox {
		if b.ContainsPoint(float64(c.X), float64(c.Y)) && p.gapTest[i].Contains(point) {
			return i
		}
	}
	return -1
}

// TestProof_CambridgeParcelsHaveTheFaultsThatGEOSFinds.
func TestProof_CambridgeParcelsHaveTheFaultsThatGEOSFinds(t *testing.T) {
	c := parcels(t)
	s := snapshotOf(t, c)
	p := newPlot(t, s)
	const seed = 2014
	r := rand.New(rand.NewPCG(seed, seed))

	random := make([]spatial.Coord, randomPoints())
	for i := range random {
		random[i] = anywhere(r, s.Box(grids.Cells))
	}
	kinds := []places{{name: fmt.Sprintf("random points (seed %d)", seed), at: random}}
	kinds = append(kinds, bordersOf(s.City.Cells)...)
	kinds = append(kinds, places{name: fmt.Sprintf("positions in GEOS's %d overlaps", len(p.overlaps)), at: within(p.ctx, r, p.overlaps)},
		places{name: fmt.Sprintf("positions in GEOS's %d gaps", len(p.gaps)), at: within(p.ctx, r, p.gaps)})
	t.Logf("GEOS finds %d parcels invalid, %d pairs that overlap, %d gaps", len(p.invalid), len(p.overlaps), len(p.gaps))
	seen := map[int]bool{}
	for _, kind := range kinds {
		p.compare(t, kind, seen)
	}
	t.Logf("of GEOS's %d gaps %d hold a position of the lattice that was asked, and each was a gap", len(p.gaps), len(seen))
	if 10*len(seen) < 9*len(p.gaps) { // the others are slivers between positions, or at an invalid parcel
		t.Error("the positions prove little of the gaps")
	}
	same(t, c)
}

// compare wants of every position the parcels and the fault that GEOS has. On a
// border, where GEOS contains in none, brute force alone judges, and the answer
// is one of those that GEOS covers it with. The gaps compared are added to seen.
func (p *plot) compare(t *testing.T, kind places, seen map[int]bool) {
	t.Helper()
	counts, ours, theirs := map[string]int{}, map[string]int{}, map[string]int{}
	snapped := 0
	for _, c := range kind.at {
		got, a := p.checkPlace(t, c, counts)
		point := p.ctx.NewPointFromXY(float64(c.X), float64(c.Y))
		if len(a.border) > 0 {
			if got.Status != grids.StatusInside || p.invalid[got.Cell] == nil && !p.geoms[got.Cell].Covers(point) {
				t.Fatalf("%.7f %.7f on a border: %+v, GEOS does not cover it with that parcel", c.Lon(), c.Lat(), got)
			}
			continue
		}
		if len(a.holding) == 0 && a.quanta <= spatial.SnapQuanta {
			snapped++ // rule 3 gives it to a parcel it lies beside
			continue
		}
		want, ok := p.holding(c, point)
		if !ok {
			counts["beside an invalid parcel's border"]++
			continue
		}
		fault, gap := "", -1
		if len(want) == 0 {
			if gap = p.gapAt(c, point); gap >= 0 {
				seen[gap] = true
			}
		}
		switch {
		case len(want) > 1:
			fault = grids.FaultOverlap
		case gap >= 0:
			fault = grids.FaultGap
		}
		if fault != "" {
			theirs[fault]++
		}
		if got.Fault != "" {
			ours[got.Fault]++
		}
		var held []int32
		if got.Status == grids.StatusInside {
			held = append([]int32{got.Cell}, got.Also...)
		}
		if got.Fault != fault || !slices.Equal(held, want) {
			t.Fatalf("%.7f %.7f: %+v, GEOS has %v %q", c.Lon(), c.Lat(), got, want, fault)
		}
	}
	t.Logf("%d %s: %v; off the borders faults %v, by GEOS %v; %d snapped to a border", len(kind.at), kind.name, counts, ours, theirs, snapped)
}

// findOverlaps returns the common areas of all pairs of parcels.
func (p *plot) findOverlaps() (out []*geos.Geom) {
	for i := range int32(len(p.areas)) {
		for _, k := range p.near(p.s.City.Cells[i].Shape.Box) {
			if k <= i {
				continue
			}
			if common := p.around(i, k).Intersection(p.around(k, i)); common.Area() > 0 {
				out = append(out, common)
			}
		}
	}
	return out
}

// around is parcel i, of the few with thousands of vertices (ways and waters)
// only what lies around parcel k.
func (p *plot) around(i, k int32) *geos.Geom {
	g := p.areas[i]
	if len(p.s.City.Cells[i].Shape.Coords) < 500 {
		return g
	}
	b := p.s.City.Cells[k].Shape.Box.Grow(10)
	return g.ClipByRect(float64(b.Min.X), float64(b.Min.Y), float64(b.Max.X), float64(b.Max.Y)).MakeValid()
}

// within returns up to 50 positions of the lattice in each area that has any.
func within(ctx *geos.Context, r *rand.Rand, areas []*geos.Geom) (out []spatial.Coord) {
	for _, g := range areas {
		b := g.Bounds()
		box := spatial.Box{Min: spatial.Coord{X: int32(b.MinX), Y: int32(b.MinY)}, Max: spatial.Coord{X: int32(b.MaxX), Y: int32(b.MaxY)}}
		found := 0
		for n := 0; n < 2_000 && found < 50; n++ {
			c := anywhere(r, box)
			if g.Contains(ctx.NewPointFromXY(float64(c.X), float64(c.Y))) {
				out = append(out, c)
				found++
			}
		}
	}
	return out
}
