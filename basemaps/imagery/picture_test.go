package imagery

import (
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"
)

// random pixels, a third of them transparent and a third opaque.
func random(r *rand.Rand, w, h int) *image.NRGBA {
	p := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i := range p.Pix {
		p.Pix[i] = byte(r.Uint32())
	}
	for i := 3; i < len(p.Pix); i += 4 {
		if k := r.IntN(3); k < 2 {
			p.Pix[i] = byte(255 * k)
		}
	}
	return p
}

func TestHalfIsTheMeanWeightedByAlpha(t *testing.T) {
	p := random(rand.New(rand.NewPCG(1, 2)), 64, 32)
	small := half(p)
	for y := range 16 {
		for x := range 32 {
			var c [3]float64
			a := 0.0
			for k := range 4 {
				q := p.NRGBAAt(2*x+k%2, 2*y+k/2)
				w := float64(q.A)
				a, c[0], c[1], c[2] = a+w, c[0]+w*float64(q.R), c[1]+w*float64(q.G), c[2]+w*float64(q.B)
			}
			got := small.NRGBAAt(x, y)
			if math.Abs(float64(got.A)-a/4) > 0.5 {
				t.Fatalf("alpha %d, want %g", got.A, a/4)
			}
			for k, v := range [3]byte{got.R, got.G, got.B} {
				if a > 0 && math.Abs(float64(v)-c[k]/a) > 0.5 {
					t.Fatalf("%d, want %g", v, c[k]/a)
				}
			}
		}
	}
}

func TestSheetsThatMeetInAPixelLeaveNoGroundBetween(t *testing.T) {
	one := func(r, a uint8) *image.NRGBA {
		p := image.NewNRGBA(image.Rect(0, 0, 1, 1))
		p.SetNRGBA(0, 0, color.NRGBA{R: r, A: a})
		return p
	}
	for _, c := range []struct{ underR, underA, overR, overA, r, a uint8 }{
		{200, 128, 100, 127, 150, 255}, // half and half
		{200, 255, 100, 255, 100, 255}, // the later one over
		{200, 255, 100, 51, 180, 255},
		{200, 255, 9, 0, 200, 255},
		{9, 0, 100, 77, 100, 77},
		{200, 60, 100, 60, 150, 120},
	} {
		under := one(c.underR, c.underA)
		lay(under, image.Point{}, one(c.overR, c.overA))
		if got := under.NRGBAAt(0, 0); got.R != c.r || got.A != c.a {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

func TestATileIsCutWithoutWhatIsBehindTransparency(t *testing.T) {
	p := random(rand.New(rand.NewPCG(3, 4)), 2*tileSize, 2*tileSize)
	tile := cut(p, 1, 0)
	for y := range tileSize {
		for x := range tileSize {
			want := p.NRGBAAt(tileSize+x, y)
			if want.A == 0 {
				want = color.NRGBA{}
			}
			if got := tile.NRGBAAt(x, y); got != want {
				t.Fatalf("%v, want %v", got, want)
			}
		}
	}
	if coverOf(tile) != part || coverOf(flatten(tile)) != whole || coverOf(image.NewNRGBA(tile.Rect)) != nothing {
		t.Error("how much there is")
	}
	if got := flatten(image.NewNRGBA(tile.Rect)).NRGBAAt(7, 9); got != (color.NRGBA{255, 255, 255, 255}) {
		t.Errorf("ground %v", got)
	}
	if before := tile.NRGBAAt(0, 0); flatten(tile) == tile || tile.NRGBAAt(0, 0) != before {
		t.Error("flatten changed its picture")
	}
}

func BenchmarkImageryHalf(b *testing.B) {
	p := random(rand.New(rand.NewPCG(1, 2)), 2048, 2048)
	b.SetBytes(int64(len(p.Pix)))
	for b.Loop() {
		half(p)
	}
}
