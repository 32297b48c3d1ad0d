package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/paulmach/orb/encoding/mvt"
)

func TestCellsAreAMeshOfBordersBelowZoom12(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	kinds := []string{"cell", "community", "district", "edge", "street", "zone"}
	var seen []string
	for z := uint8(7); z <= 13; z++ {
		r := d.get(t, tileURL("cells", d.middle(z)))
		if z < 8 {
			if r.status != http.StatusNoContent {
				t.Errorf("zoom %d: status %d", z, r.status)
			}
			continue
		}
		layers, err := mvt.Unmarshal(r.body)
		if err != nil || len(layers) != 1 {
			t.Fatalf("zoom %d: %d layers, %v", z, len(layers), err)
		}
		for _, f := range layers[0].Features {
			level, _ := f.Properties["level"].(string)
			mesh := f.Geometry.Dimensions() == 1 && f.ID == nil && len(f.Properties) == 1 && slices.Contains(kinds, level)
			cell := f.Geometry.Dimensions() == 2 && f.ID != nil && level == ""
			if z < 12 && !mesh || z >= 12 && !cell {
				t.Fatalf("zoom %d: feature %v, %s, %v", z, f.ID, f.Geometry.GeoJSONType(), f.Properties)
			}
			if z < 12 {
				seen = append(seen, level)
			}
		}
	}
	slices.Sort(seen)
	if seen = slices.Compact(seen); !slices.Contains(seen, "edge") || !slices.Contains(seen, "cell") || len(seen) < 3 {
		t.Errorf("kinds of border: %v", seen)
	}
	var doc struct {
		Layers []struct {
			ID, Description string
			MinZoom         int
			Fields          map[string]string
		} `json:"vector_layers"`
	}
	d.get(t, "/tiles/cells.json").read(t, &doc)
	if l := doc.Layers[0]; l.MinZoom != 8 || l.Fields["level"] != "String" || !strings.Contains(l.Description, "zoom 12") {
		t.Errorf("%+v", l)
	}
}
