package dispatch

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// The ground of a stretch of border is all within the width of its line, except
// for the round ends: compared with distances to the line at random spots.
func TestThePlaceOfARulingIsWhatLiesBesideItsLine(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 0x706c616365))
	at := func(x, y float64) spatial.Coord {
		return spatial.Coord{X: 1143500000 + int32(x*1e4), Y: 347900000 + int32(y*1e4)}
	}
	line := []spatial.Coord{at(0, 0), at(50, 5), at(90, 40), at(95, 90)}
	for _, width := range []float64{4, 12} {
		s, err := placeOf(&grids.Subject{Line: line, WithinM: width})
		if err != nil {
			t.Fatal(err)
		}
		mx, my := quantumM(line[0])
		tested := 0
		for range 20_000 {
			c := at(-30+160*r.Float64(), -30+150*r.Float64())
			far, end := math.Inf(1), false
			for i := 1; i < len(line); i++ {
				ax, ay := float64(line[i-1].X-c.X)*mx, float64(line[i-1].Y-c.Y)*my
				bx, by := float64(line[i].X-c.X)*mx, float64(line[i].Y-c.Y)*my
				x, y := nearestOfEdge(ax, ay, bx, by)
				if d := math.Hypot(x, y); d < far {
					far = d
					end = (i == 1 && x == ax && y == ay) || (i == len(line)-1 && x == bx && y == by)
				}
			}
			_, holds := s.Contains(c)
			// At a bend the strip is mitred: outside it reaches a little farther.
			switch {
			case end || math.Abs(far-width) < 0.1*width:
				continue
			case holds != (far < width):
				t.Fatalf("%v m from the line, the place of %v m holds it: %v", far, width, holds)
			}
			tested++
		}
		if tested < 5_000 {
			t.Errorf("only %d spots told anything", tested)
		}
	}
	if _, err := placeOf(&grids.Subject{Line: []spatial.Coord{at(0, 0), at(50, 0), at(2, 4)}, WithinM: 20}); err == nil {
		t.Error("a line that turns back on itself was taken")
	}
	disc, err := placeOf(&grids.Subject{Line: line[:1], WithinM: 25})
	if err != nil || math.Abs(disc.AreaM2()/(math.Pi*25*25)-1) > 2e-3 {
		t.Errorf("a disc of 25 m has %v m², %v", disc.AreaM2(), err)
	}
}

// The layers' table keeps the masses of every layer and, where the layers really
// lie on one another, finds how: compared with counting random spots.
func TestTheOverlapOfLayersIsFoundWhereBothAreInDoubt(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 0x6c6179657273))
	at := spatial.Coord{X: 1143500000, Y: 347900000}
	const sigmaM = 10
	mx, my := quantumM(at)
	box := func(x0, y0, x1, y1 float64) *spatial.Shape {
		return ring([]spatial.Coord{
			shifted(at, x0/mx, y0/my), shifted(at, x1/mx, y0/my), shifted(at, x1/mx, y1/my), shifted(at, x0/mx, y1/my),
		})
	}
	worst := 0.0
	for range 40 {
		g := &ground{}
		g.begin(nil, at, sigmaM)
		edge, road, border := -15+30*r.Float64(), 5+20*r.Float64(), -15+30*r.Float64()
		add := func(shapes ...*spatial.Shape) {
			from, sum := len(g.items), 0.0
			for _, s := range shapes {
				p := g.gauss.Over(s)
				g.items = append(g.items, item{step: StepRuling, shape: s, p: p})
				sum += p
			}
			g.layers = append(g.layers, layer{from, len(g.items), max(0, 1-sum), nil})
		}
		add(box(edge, -200, edge+road, 200))
		add(box(-200, -200, border, 200), box(border, -200, 200, 200))
		got := make([]float64, len(g.items))
		for _, s := range g.shares() {
			got[s.item] += s.p
		}
		want := make([]float64, len(g.items))
		const n = 40_000
		for range n {
			x := sigmaM * r.NormFloat64()
			switch {
			case x >= edge && x < edge+road:
				want[0] += 1.0 / n
			case x < border:
				want[1] += 1.0 / n
			default:
				want[2] += 1.0 / n
			}
		}
		for i := range got {
			worst = max(worst, math.Abs(got[i]-want[i]))
		}
	}
	if worst > 0.03 {
		t.Errorf("a share is off by %.3f", worst)
	}
	t.Logf("the largest error of a share is %.4f", worst)
}
