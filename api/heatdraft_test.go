package api_test

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/api/heatmap"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// TestADraftSaysWhatItIs in its legend, and its tiles and values are as near to those
// of the density as it says.
func TestADraftSaysWhatItIs(t *testing.T) {
	t.Parallel()
	w := openHeat(t, 150, true)
	full := heatOf[heatmap.HeatDescription](t, w, "/heat.json?edge=mass")
	draft := heatOf[heatmap.HeatDescription](t, w, "/heat.json?edge=mass&quality=draft")
	a, b := &full.Legend, &draft.Legend
	if a.Quality != "full" || b.Quality != "draft" || b.LatticeM != 2*a.LatticeM || a.N != b.N || a.ExcludedN != b.ExcludedN || b.Quantum < 15*a.Quantum {
		t.Errorf("%+v is the draft of %+v", b, a)
	}
	if !strings.Contains(b.Method.English, "reading error ≤") || !strings.Contains(b.Method.Chinese, "读数误差") || strings.Contains(a.Method.English, "Draft") {
		t.Errorf("%+v", b.Method)
	}
	for i := range w.snap.City.Cells {
		at := w.snap.City.Cells[i].At
		w.checkPixel(t, &draft, at)
		place := fmt.Sprintf("/heat/value?edge=mass&lon=%.7f&lat=%.7f", at.Lon(), at.Lat())
		exact, rough := heatOf[heatmap.HeatValue](t, w, place), heatOf[heatmap.HeatValue](t, w, place+"&quality=draft")
		if math.Abs(*exact.Value-*rough.Value) > heat.DraftError*a.Max {
			t.Errorf("cell %d: %g, the density is %g", i, *rough.Value, *exact.Value)
		}
	}
	for _, words := range []string{"quality=good", "quality=draft&mode=rate", "quality=draft&mode=difference&from=2026-01-01&to=2026-02-01"} {
		if r := w.get(t, "/heat.json?"+words); r.status != 400 || !strings.Contains(string(r.body), `"quality"`) {
			t.Errorf("%s: %d, %s", words, r.status, r.body)
		}
	}
}
