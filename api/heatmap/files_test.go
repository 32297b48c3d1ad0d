package heatmap

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// patience is a context that ends after it was looked at some times.
type patience struct {
	context.Context
	left int
}

func (l *patience) Err() error {
	if l.left--; l.left < 0 {
		return context.Canceled
	}
	return nil
}

// someSurface is one of a square of 1 km with a case's weight in it.
func someSurface(t *testing.T, sigma float64) (*heatSurface, *ask) {
	t.Helper()
	square, err := spatial.FromOrb(orb.Polygon{{{114.3, 34.78}, {114.31, 34.78}, {114.31, 34.79}, {114.3, 34.79}, {114.3, 34.78}}})
	if err != nil {
		t.Fatal(err)
	}
	g, err := heat.NewGround(crs.LocalPlane(114.3, 34.78), []*spatial.Shape{square})
	if err != nil {
		t.Fatal(err)
	}
	s, err := g.Weigh(t.Context(), []heat.Weighted{{At: spatial.At(114.304, 34.786), Weight: 3}}, heat.Options{Kernel: heat.Kernel{BandwidthM: sigma}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.Domain(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return &heatSurface{Surface: s, domain: d}, &ask{question: &question{mode: modeDensity}, city: &columns{ground: g}}
}

// counter counts what is written.
type counter struct{ n int }

func (c *counter) Write(p []byte) (int, error) {
	c.n += bytes.Count(p, []byte("\n"))
	return len(p), nil
}

// TestFilesEndWithTheirContext: what reads or writes the lattice looks at its context
// at every row of nodes, and does nothing afterwards.
func TestFilesEndWithTheirContext(t *testing.T) {
	t.Parallel()
	s, a := someSurface(t, 40)
	l := s.lattice()
	w := &counter{}
	const rows = 50
	if err := a.writeNodes(&patience{t.Context(), rows}, w, &l, &HeatLegend{Per30Days: 1}); !errors.Is(err, context.Canceled) || w.n > rows*l.NX || w.n == 0 {
		t.Errorf("the table: %v after %d lines", err, w.n)
	}
	c := &patience{t.Context(), rows}
	if _, err := l.digest(c, a.city.ground.Plane()); !errors.Is(err, context.Canceled) || c.left != -1 {
		t.Errorf("the digest: %v", err)
	}
	whole := &patience{t.Context(), math.MaxInt}
	if _, err := l.digest(whole, a.city.ground.Plane()); err != nil || math.MaxInt-whole.left != l.NY {
		t.Errorf("the digest looked %d times at %d rows", math.MaxInt-whole.left, l.NY)
	}
	// A file waits for its turn no longer than its context lasts.
	h := &Heat{exports: make(chan struct{}, 1)}
	done, err := h.exportTurn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := h.exportTurn(ended); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	done()
	if done, err = h.exportTurn(t.Context()); err != nil {
		t.Error(err)
	}
	done()
}

// TestAPictureEndsWithItsContext: the encoder is stopped while it encodes, and one
// that is left alone writes the picture.
func TestAPictureEndsWithItsContext(t *testing.T) {
	t.Parallel()
	picture := image.NewNRGBA(image.Rect(0, 0, 300, 300))
	rnd := rand.New(rand.NewPCG(1, 7))
	for i := range picture.Pix {
		picture.Pix[i] = uint8(rnd.Uint32()) // it can't be made smaller: 360 kB
	}
	whole := &patience{t.Context(), math.MaxInt}
	body, err := encodePNG(whole, picture)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := png.Decode(bytes.NewReader(body)); err != nil || !bytes.Equal(back.(*image.NRGBA).Pix, picture.Pix) {
		t.Errorf("another picture, %v", err)
	}
	looks := math.MaxInt - whole.left
	if few := len(picture.Pix) / (40 << 10); looks < few {
		t.Errorf("it looked %d times, wanted %d at least", looks, few)
	}
	half := &patience{t.Context(), looks / 2}
	if body, err := encodePNG(half, picture); !errors.Is(err, context.Canceled) || body != nil || half.left != -1 {
		t.Errorf("%d bytes, %v, %d looks after the end", len(body), err, -1-half.left)
	}
}

// TestTheDigestNamesTheNumbers: the same for the same, another for others.
func TestTheDigestNamesTheNumbers(t *testing.T) {
	t.Parallel()
	seen := map[string]float64{}
	for _, sigma := range []float64{40, 40, 41} {
		s, a := someSurface(t, sigma)
		l := s.lattice()
		d, err := l.digest(t.Context(), a.city.ground.Plane())
		if err != nil || len(d) != 32 {
			t.Fatal(d, err)
		}
		if other, ok := seen[d]; ok && other != sigma {
			t.Errorf("%g and %g have one digest", other, sigma)
		}
		seen[d] = sigma
	}
	if len(seen) != 2 {
		t.Errorf("%d digests of two surfaces", len(seen))
	}
}

// TestATableOfTooManyRowsIsRefused before a row is written; smaller ones are.
func TestATableOfTooManyRowsIsRefused(t *testing.T) {
	t.Parallel()
	many := onLattice{ground: slices.Repeat([]float32{0.5}, maxLatticeRows+1)}
	if n, err := many.rows(&ask{question: &question{}}); !errors.Is(err, web.ErrImpossible) || n != maxLatticeRows+1 || !strings.Contains(err.Error(), "export.tif") {
		t.Errorf("%d rows: %v", n, err)
	}
	s, a := someSurface(t, 40)
	l := s.lattice()
	if n, err := l.rows(a); err != nil || n == 0 {
		t.Errorf("%d rows: %v", n, err)
	}
	if err := a.writeNodes(t.Context(), io.Discard, &l, &HeatLegend{}); err != nil {
		t.Error(err)
	}
}

func TestNumbersOfALegendAreToldAlike(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]struct {
		numbers []float64
		factor  float64
	}{
		"0 269.8 539.5 809.3":     {[]float64{0, 269.757, 539.514, 809.271}, 1},
		"0 270 1,349 1,888":       {[]float64{0, 269.757, 1348.7, 1888.3}, 1},
		"0 4.43 13.30 31.02":      {[]float64{0, 4.432, 13.299, 31.021}, 1},
		"−120.6 −83.1 −8.1 141.8": {[]float64{-120.6, -83.1, -8.1, 141.8}, 1},
		"0 0.001888 0.0189 1,888": {[]float64{0, 0.001888, 0.0189, 1888}, 1}, // else two would be 0
		"0 2.500 5.000":           {[]float64{0, 5, 10}, 0.5},
		"−1,500 0 1,500":          {[]float64{-1500, 0, 1500}, 1},
	} {
		if got := strings.Join(alike(c.numbers, c.factor), " "); got != want {
			t.Errorf("%v: %s, not %s", c.numbers, got, want)
		}
	}
}
