package check

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

// A layer that was read in the wrong coordinate system lies 90 to 1,500 m beside
// the others, all of it the same way. It is found against the cells: where rows
// are linked to cells by code (components, divisions, zones), by the median of
// the way from the cells; otherwise by how many points fall outside the city,
// which a move back puts right. If most layers lie beside the cells the same
// way, it is the cells that are wrong.

// misreading is one way to take positions for what they are not.
type misreading struct {
	are, readAs string
	// back moves a position to where it belongs.
	back func(lon, lat float64) (float64, float64)
}

// misreadings lists them all: GCJ-02, BD-09 and CGCS2000, each read as another.
func misreadings() ([]misreading, error) {
	gcj, err := crs.Parse("gcj02")
	if err != nil {
		return nil, err
	}
	bd, err := crs.Parse("bd09")
	if err != nil {
		return nil, err
	}
	return []misreading{
		{"gcj02", "cgcs2000", gcj.ToCGCS2000},
		{"bd09", "cgcs2000", bd.ToCGCS2000},
		{"cgcs2000", "gcj02", gcj.FromCGCS2000},
		{"cgcs2000", "bd09", bd.FromCGCS2000},
		{"bd09", "gcj02", func(lon, lat float64) (float64, float64) { return bd.ToCGCS2000(gcj.FromCGCS2000(lon, lat)) }},
		{"gcj02", "bd09", func(lon, lat float64) (float64, float64) { return gcj.ToCGCS2000(bd.FromCGCS2000(lon, lat)) }},
	}, nil
}

// opposite is the misreading of the cells that makes another layer look misread.
func (m misreading) opposite() misreading { return misreading{are: m.readAs, readAs: m.are} }

// Thresholds, from cells of 100 m and moves of 90 m and more.
const (
	shiftSamples  = 2_000
	shiftLeastM   = 40   // half the least move
	shiftOutside  = 0.01 // share of points outside the city
	shiftOutsideN = 3
)

// apparent is what a layer looks like against the cells.
type apparent struct {
	layer *layer
	how   misreading
	byM   float64
	// also are misreadings that explain it as well: a few points outside the city
	// do not tell 550 m from 900.
	also []misreading
}

// String names what the layer may be.
func (a *apparent) String() string {
	out := []string{a.how.are + " read as " + a.how.readAs}
	for _, m := range a.also {
		out = append(out, m.are+" read as "+m.readAs)
	}
	return strings.Join(out, " or ")
}

// zh is String in Chinese.
func (a *apparent) zh() string {
	out := []string{"将 " + a.how.are + " 当作 " + a.how.readAs}
	for _, m := range a.also {
		out = append(out, "将 "+m.are+" 当作 "+m.readAs)
	}
	return strings.Join(out, "、或")
}

// checkShifts finds layers in another coordinate system. It runs alone: layers
// that it finds are not held against the others.
func (x *exam) checkShifts(_ *repair.Judge, s *sink) error {
	if !x.city.Offset || !x.layer[grids.Cells].hasShapes() {
		return nil // there is no GCJ-02 outside China
	}
	all, err := misreadings()
	if err != nil {
		return err
	}
	var odd []apparent
	tested := 0
	for _, name := range slices.Concat(tiledLayers[:4], otherLayers) {
		l := x.layer[name]
		if len(l.features) == 0 {
			continue
		}
		tested++
		if a, ok := x.against(l, all); ok {
			odd = append(odd, a)
		}
	}
	votes := map[string]int{}
	for _, a := range odd {
		for _, m := range append(a.also, a.how) {
			votes[m.are+" "+m.readAs]++
		}
	}
	for _, a := range odd {
		if 2*votes[a.how.are+" "+a.how.readAs] > tested {
			odd = []apparent{{layer: x.layer[grids.Cells], how: a.how.opposite(), byM: a.byM}}
			break
		}
	}
	for _, a := range odd {
		x.shifted[a.layer.name] = true
		box := spatial.EmptyBox()
		for _, f := range a.layer.features {
			box = box.Union(f.Box())
		}
		s.add(Finding{
			Rule: ruleLayerShifted, At: box.Center(), Placed: true, Features: []Ref{{Layer: a.layer.name}}, Measured: a.byM, Unit: "m",
			Reason:   fmt.Sprintf("the layer %s lies %.0f m beside the others, as %s does", a.layer.name, a.byM, &a),
			ReasonZH: fmt.Sprintf("%s图层相对其他图层偏移 %.0f 米，与%s读取相符", layerZH(a.layer.name), a.byM, a.zh()),
		})
	}
	return nil
}

// against tells whether a layer lies beside the cells as a misreading would
// have it.
func (x *exam) against(l *layer, all []misreading) (a apparent, ok bool) {
	if links := x.links(l); len(links) > 0 {
		return x.byLinks(l, links, all)
	}
	return x.byOutside(l, all)
}

// link is a row's position and where its cells are.
type link struct{ at, cells spatial.Coord }

// links returns a sample of the layer's rows that are linked to cells by code.
func (x *exam) links(l *layer) (out []link) {
	cells := x.layer[grids.Cells]
	if l.name == grids.Components {
		step := max(len(l.features)/shiftSamples, 1)
		for i := 0; i < len(l.features); i += step {
			if c := cells.find(x.city.Components[i].Cell); c != spatial.None {
				out = append(out, link{l.features[i].At, cells.features[c].At})
			}
		}
		const few = 20
		if len(out) < few {
			return nil // cells are too large to tell from a few
		}
		return out
	}
	codeOf := map[grids.Layer]func(i int) string{
		grids.Communities: func(i int) string { return x.city.Cells[i].Community },
		grids.Zones:       func(i int) string { return x.city.Cells[i].Zone },
		grids.Streets:     func(i int) string { return x.streetOf(i) },
		grids.Districts: func(i int) string {
			if st := x.layer[grids.Streets].find(x.streetOf(i)); st != spatial.None {
				return x.city.Streets[st].Parent
			}
			return ""
		},
	}[l.name]
	if codeOf == nil {
		return nil
	}
	boxes := make([]spatial.Box, len(l.features))
	for i := range boxes {
		boxes[i] = spatial.EmptyBox()
	}
	for i, s := range cells.shapes {
		if row := l.find(codeOf(i)); s != nil && row != spatial.None {
			boxes[row] = boxes[row].Union(s.Box)
		}
	}
	for i, s := range l.shapes {
		if s != nil && !boxes[i].Empty() {
			out = append(out, link{s.Box.Center(), boxes[i].Center()})
		}
	}
	return out
}

// streetOf returns the code of the street that cell i belongs to.
func (x *exam) streetOf(i int) string {
	if c := x.layer[grids.Communities].find(x.city.Cells[i].Community); c != spatial.None {
		return x.city.Communities[c].Parent
	}
	return ""
}

// byLinks judges by the median way from the cells.
func (x *exam) byLinks(l *layer, links []link, all []misreading) (a apparent, ok bool) {
	off := x.medianM(links, nil)
	if off < shiftLeastM {
		return a, false
	}
	best := math.Inf(1)
	for _, m := range all {
		if left := x.medianM(links, m.back); left < best {
			best, a = left, apparent{layer: l, how: m, byM: off}
		}
	}
	return a, best < off/4
}

// medianM is the length of the median way from the cells, after the positions
// were moved.
func (x *exam) medianM(links []link, move func(lon, lat float64) (float64, float64)) float64 {
	dx, dy := make([]float64, len(links)), make([]float64, len(links))
	for i, k := range links {
		p, q := x.plane.of(moved(k.at, move)), x.plane.of(k.cells)
		dx[i], dy[i] = p.x-q.x, p.y-q.y
	}
	slices.Sort(dx)
	slices.Sort(dy)
	return apart(point{}, point{dx[len(dx)/2], dy[len(dy)/2]})
}

func moved(c spatial.Coord, move func(lon, lat float64) (float64, float64)) spatial.Coord {
	if move == nil {
		return c
	}
	return spatial.At(move(c.Lon(), c.Lat()))
}

// byOutside judges by how many positions lie outside the city.
func (x *exam) byOutside(l *layer, all []misreading) (a apparent, ok bool) {
	sample := l.sample()
	outside := func(move func(lon, lat float64) (float64, float64)) (count int) {
		for _, c := range sample {
			if x.outside(moved(c, move)) {
				count++
			}
		}
		return count
	}
	now := outside(nil)
	if now < shiftOutsideN || float64(now) < shiftOutside*float64(len(sample)) {
		return a, false
	}
	best, left := now, make([]int, len(all))
	for i, m := range all {
		if left[i] = outside(m.back); left[i] < best {
			best = left[i]
			c := sample[len(sample)/2]
			a = apparent{layer: l, how: m, byM: x.plane.distanceM(c, moved(c, m.back))}
		}
	}
	for i, m := range all {
		if as := m.are + m.readAs; left[i] <= best+len(sample)/100 && as != a.how.are+a.how.readAs {
			a.also = append(a.also, m)
		}
	}
	return a, 4*best < now
}

// outside tells of a position that lies outside all cells, and not for the want
// of a few metres: a border may be drawn twice.
func (x *exam) outside(c spatial.Coord) bool {
	if in, _ := x.cover.Locate(c); in != spatial.None {
		return false
	}
	near, _ := x.cover.Areas().Nearest(c, shiftLeastM)
	return near == spatial.None
}

// sample takes positions of the layer, spread over its rows and vertices.
func (l *layer) sample() (out []spatial.Coord) {
	total := 0
	for _, f := range l.features {
		total += vertices(f)
	}
	step, next, seen := max(total/shiftSamples, 1), 0, 0
	for _, f := range l.features {
		for n := vertices(f); next < seen+n; next += step {
			if f.Shape == nil {
				out = append(out, f.At)
			} else {
				out = append(out, f.Shape.Coords[next-seen])
			}
		}
		seen += vertices(f)
	}
	return out
}

func vertices(f *grids.Feature) int {
	if f.Shape == nil {
		return 1
	}
	return len(f.Shape.Coords)
}
