//go:build proof

package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// somewhereIn is a position in the box or a tenth beyond.
func somewhereIn(rnd *rand.Rand, b spatial.Box) spatial.Coord {
	w, h := int(b.Max.X-b.Min.X), int(b.Max.Y-b.Min.Y)
	return spatial.Coord{
		X: b.Min.X - int32(w/10) + int32(rnd.IntN(w+w/5)),
		Y: b.Min.Y - int32(h/10) + int32(rnd.IntN(h+h/5)),
	}
}

func TestProof_GeocodingCambridgeOverHTTPIsTheSnapshots(t *testing.T) {
	d := cambridge(t)
	base := serve(t, d)
	const seed = 2000
	rnd := rand.New(rand.NewPCG(seed, seed))
	seen := map[string]int{}
	code := func(l grids.Layer, i int32) string {
		if i == spatial.None {
			return ""
		}
		return d.snap.Feature(l, i).Code
	}
	for range 2000 {
		at := somewhereIn(rnd, d.snap.Box(grids.Cells))
		want := d.snap.Locate(at)
		var got struct {
			Status                                  string
			Cell, Zone, Community, Street, District struct{ Code string }
		}
		fetch(t, base+"/v1/geocode?"+lonLat(at), &got)
		is := []string{got.Status, got.Cell.Code, got.Zone.Code, got.Community.Code, got.Street.Code, got.District.Code}
		should := []string{
			string(want.Status), code(grids.Cells, want.Cell), code(grids.Zones, want.Zone),
			code(grids.Communities, want.Community), code(grids.Streets, want.Street), code(grids.Districts, want.District),
		}
		if fmt.Sprint(is) != fmt.Sprint(should) {
			t.Fatalf("%v: %v, want %v", at.Point(), is, should)
		}
		seen[got.Status]++
	}
	t.Logf("seed %d: %v", seed, seen)
	if seen["inside"] < 500 || seen["outside"] < 100 || seen["near"] == 0 {
		t.Errorf("the points prove little: %v", seen)
	}
}

func fetch(t *testing.T, url string, into any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s, %v", url, answer.StatusCode, body, err)
	}
	if err := json.Unmarshal(body, into); err != nil {
		t.Fatal(err)
	}
}
