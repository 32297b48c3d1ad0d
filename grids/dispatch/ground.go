package dispatch

import (
	"math"
	"slices"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// ground is a place known with an error, and who answers for it layer by layer:
// places of rulings, areas, zones. The first layer that covers a spot decides
// there.
type ground struct {
	city   *grids.Snapshot
	at     spatial.Coord
	sigmaM float64
	gauss  spatial.Gaussian
	items  []item
	layers []layer

	out    []share
	combos []combo
	patch  spatial.Patch // of the layer with a cover
	points []spatial.Coord
	cells  []int32
}

// item is one shape of a layer with its mass.
type item struct {
	step  Step
	unit  string
	joint *JointList
	other string // of two areas that overlap
	index int32  // of the area or zone
	local int32  // of the area within its class
	claim *grids.Claim
	shape *spatial.Shape
	p     float64
}

// layer is items[from:to]; rest is what lies in none of them.
type layer struct {
	from, to int
	rest     float64
	cover    *spatial.Areas
}

// share is how much of the ground an item decides.
type share struct {
	item int
	p    float64
}

func (g *ground) begin(city *grids.Snapshot, at spatial.Coord, sigmaM float64) {
	g.city = city
	g.at, g.sigmaM, g.gauss = at, sigmaM, spatial.NewGaussian(at, sigmaM)
	g.items, g.layers, g.out = g.items[:0], g.layers[:0], g.out[:0]
}

// sortItems puts the items of one step in an order that does not depend on the
// tree's.
func (g *ground) sortItems() {
	slices.SortStableFunc(g.items, func(a, b item) int {
		if a.step != b.step {
			return 0
		}
		if a.claim != nil && b.claim != nil && a.step != StepArea {
			return newestFirst(a.claim, b.claim)
		}
		return int(a.index) - int(b.index)
	})
}

// shares returns what each item decides. Where no more than one layer is in
// doubt the masses say it exactly; else the layers' overlap is estimated at
// points and fitted to the masses, which stay exact.
func (g *ground) shares() []share {
	doubt := 0
	for _, l := range g.layers {
		if !g.sure(l) {
			doubt++
		}
	}
	if doubt > 1 {
		return g.fitted()
	}
	left := 1.0
	for _, l := range g.layers {
		for i := l.from; i < l.to; i++ {
			if p := float64(left * g.items[i].p); p > 0 {
				g.out = append(g.out, share{i, p})
			}
		}
		left *= l.rest
	}
	return g.out
}

// sure reports whether one item of a layer, or none, has all of the mass.
func (g *ground) sure(l layer) bool {
	return (l.to-l.from == 1 && l.rest < certainly) || l.from == l.to
}

// combo is which item of each layer holds a spot; -1 is none.
type combo struct {
	of [maxLayers]int16
	p  float64
}

const (
	maxLayers = 6
	// The points of the estimate: a grid over ±2.4 σ in steps of 0.4, turned by
	// the angle whose sine is 0.28, so that no border runs along its rows. Upright
	// the worst share was off by 0.042 (place_test.go).
	pointsPerSide      = 13
	pointStep          = 0.4
	pointSin, pointCos = 0.28, 0.96
	fitRounds          = 12
)

// fitted estimates how the layers lie on one another at points, and fits the
// table to the masses of each layer by proportional fitting (Deming and Stephan
// 1940): the table keeps the structure, its margins become exact.
func (g *ground) fitted() []share {
	layers := g.layers[:min(len(g.layers), maxLayers)]
	g.sample(layers)
	for range fitRounds {
		for k := range layers {
			g.fit(layers[k], k)
		}
	}
	for i := range g.combos {
		c := &g.combos[i]
		for k := range layers {
			if c.of[k] >= 0 {
				g.count(int(c.of[k]), c.p)
				break
			}
		}
	}
	return g.out
}

func (g *ground) count(item int, p float64) {
	for i := range g.out {
		if g.out[i].item == item {
			g.out[i].p += p
			return
		}
	}
	g.out = append(g.out, share{item, p})
}

// sample fills the table from points. A trace of every item is put in beside
// what the others most probably are there, so that none is lost that lies
// between the points.
func (g *ground) sample(layers []layer) {
	const trace = 1e-5
	g.combos = g.combos[:0]
	mx, my := quantumM(g.at)
	g.cut(layers, mx, my)
	for j := range pointsPerSide {
		for i := range pointsPerSide {
			u, v := pointStep*float64(i-pointsPerSide/2), pointStep*float64(j-pointsPerSide/2)
			x, y := float64(u*pointCos)-float64(v*pointSin), float64(u*pointSin)+float64(v*pointCos)
			c := shifted(g.at, float64(x*g.sigmaM)/mx, float64(y*g.sigmaM)/my)
			g.put(g.comboAt(layers, c), math.Exp(-(float64(u*u)+float64(v*v))/2))
		}
	}
	middle := g.comboAt(layers, g.at)
	for k, l := range layers {
		for i := l.from; i < l.to; i++ {
			c := middle
			c.of[k] = int16(i)
			g.put(c, trace)
		}
		if l.rest > 0 {
			c := middle
			c.of[k] = -1
			g.put(c, trace)
		}
	}
}

// cut prepares the layer of areas, of which there is one at most, for the points.
func (g *ground) cut(layers []layer, mx, my float64) {
	const reach = pointStep * float64(pointsPerSide/2) * (pointSin + pointCos) // σ to each side
	for _, l := range layers {
		if l.cover == nil || g.sure(l) && l.to > l.from {
			continue
		}
		x, y := int32(math.Ceil(reach*g.sigmaM/mx)), int32(math.Ceil(reach*g.sigmaM/my))
		g.patch.Cut(l.cover, spatial.Box{
			Min: spatial.Coord{X: g.at.X - x - 1, Y: g.at.Y - y - 1},
			Max: spatial.Coord{X: g.at.X + x + 1, Y: g.at.Y + y + 1},
		})
	}
}

func (g *ground) put(c combo, p float64) {
	for i := range g.combos {
		if g.combos[i].of == c.of {
			g.combos[i].p += p
			return
		}
	}
	c.p = p
	g.combos = append(g.combos, c)
}

// comboAt looks at one spot.
func (g *ground) comboAt(layers []layer, at spatial.Coord) combo {
	c := combo{}
	for k, l := range layers {
		c.of[k] = -1
		switch {
		case g.sure(l) && l.to > l.from:
			c.of[k] = int16(l.from)
		case g.items[l.from].step == StepTerritory:
			if z := g.zoneAt(at); z != spatial.None {
				c.of[k] = g.find(l, func(it *item) bool { return it.index == z })
			}
		case l.cover != nil:
			if a := g.patch.Locate(at); a != spatial.None {
				c.of[k] = g.find(l, func(it *item) bool { return it.local == a })
			}
		default:
			c.of[k] = g.find(l, func(it *item) bool {
				if it.shape == nil {
					return true
				}
				_, holds := it.shape.Contains(at)
				return holds
			})
		}
	}
	return c
}

func (g *ground) find(l layer, is func(*item) bool) int16 {
	for i := l.from; i < l.to; i++ {
		if is(&g.items[i]) {
			return int16(i)
		}
	}
	return -1
}

// fit scales the table to the masses of a layer.
func (g *ground) fit(l layer, k int) {
	scale := func(of int16, p float64) {
		sum := 0.0
		for i := range g.combos {
			if g.combos[i].of[k] == of {
				sum += g.combos[i].p
			}
		}
		if sum <= 0 {
			return
		}
		for i := range g.combos {
			if g.combos[i].of[k] == of {
				g.combos[i].p *= p / sum
			}
		}
	}
	for i := l.from; i < l.to; i++ {
		scale(int16(i), g.items[i].p)
	}
	scale(-1, l.rest)
}

// zoneAt returns the zone that holds a spot, or None.
func (g *ground) zoneAt(at spatial.Coord) int32 {
	p := g.city.Locate(at)
	return p.Zone
}

// The rings of spots that tell whether a zone is alone around: what lies in
// between unseen is less than 5e-4 of the mass for borders of cells, which do not
// bend within a few metres.
const (
	outerSigma, outerSpots = 4.2, 24
	innerSigma, innerSpots = 2.6, 12
)

// aloneAround reports whether all spots around lie in one zone.
func (g *ground) aloneAround(zone int32) bool {
	g.points = g.points[:0]
	mx, my := quantumM(g.at)
	for i := range outerSpots {
		g.points = append(g.points, shifted(g.at, float64(outerSigma*g.sigmaM*winds[i][0])/mx, float64(outerSigma*g.sigmaM*winds[i][1])/my))
		if i%(outerSpots/innerSpots) == 0 {
			g.points = append(g.points, shifted(g.at, float64(innerSigma*g.sigmaM*winds[i][0])/mx, float64(innerSigma*g.sigmaM*winds[i][1])/my))
		}
	}
	if g.city.City.ZonesByGeometry {
		return !slices.ContainsFunc(g.points, func(c spatial.Coord) bool { return g.zoneAt(c) != zone })
	}
	g.cells = append(g.cells[:0], make([]int32, len(g.points))...)
	g.city.CellsAt(g.cells, g.points)
	for _, c := range g.cells {
		if c == spatial.None {
			return false
		}
		if zoneOf(g.city, c) != zone {
			return false
		}
	}
	return true
}

// winds are unit vectors all around.
var winds = func() (all [outerSpots][2]float64) {
	for i := range all {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / outerSpots)
		all[i] = [2]float64{cos, sin}
	}
	return all
}()
