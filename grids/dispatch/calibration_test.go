package dispatch_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
)

// An overconfident model is put right: what is said after calibration is what
// comes true on other labels.
func TestCalibrationMakesAnOverconfidentModelSayWhatComesTrue(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 0x63616c))
	truth := func(p float64) float64 { return 0.5*p + 0.3 } // the model says p
	draw := func(n int) []dispatch.Labelled {
		out := make([]dispatch.Labelled, n)
		for i := range out {
			p := r.Float64()
			out[i] = dispatch.Labelled{Kind: grids.EventKind, Probability: p, Right: r.Float64() < truth(p)}
		}
		return out
	}
	c := dispatch.Calibrate(draw(60_000))
	last := 0.0
	for p := 0.02; p < 1; p += 0.02 {
		got := c.Of(grids.EventKind, p)
		if math.Abs(got-truth(p)) > 0.03 {
			t.Errorf("the model says %.2f, calibrated %.3f, it comes true %.3f", p, got, truth(p))
		}
		if got < last {
			t.Errorf("at %.2f the calibration falls from %.3f to %.3f", p, last, got)
		}
		last = got
	}
	if got := c.Of(grids.ComponentKind, 0.7); got != 0.7 {
		t.Errorf("components have no labels and 0.7 became %v", got)
	}
	if few := dispatch.Calibrate(draw(100)); few.Events != nil {
		t.Errorf("a hundred labels gave %v", few)
	}
}
