package api_test

import (
	"fmt"
	"strings"
	"testing"
)

// TestTheDescriptionListsEveryCodeOnce reads the table of errors from the
// description, and asks for some of each kind.
func TestTheDescriptionListsEveryCodeOnce(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	listed := map[string]bool{}
	for line := range strings.SplitSeq(openAPI(t, d)["info"].(object)["description"].(string), "\n") {
		cells := strings.Split(line, " | ")
		if len(cells) != 3 || !strings.HasPrefix(line, "| ") || strings.Contains(line, "meaning") {
			continue
		}
		key := strings.TrimPrefix(cells[0], "| ") + " " + cells[1]
		if listed[key] {
			t.Errorf("%s is listed twice", key)
		}
		if listed[key] = true; len(strings.TrimSuffix(cells[2], " |")) < 5 {
			t.Errorf("%s means %q", key, cells[2])
		}
	}
	for _, want := range []string{
		"400 malformed", "400 coordinate-out-of-range", "400 crs-unknown", "400 tile-out-of-range", "400 too-many", "404 not-found",
		"405 method-not-allowed", "408 timeout", "412 version-mismatch", "413 too-large", "415 unsupported-media-type",
		"422 category-unknown", "422 polygon-invalid", "422 not-possible", "429 overloaded", "500 internal", "503 not-ready", "503 overloaded",
	} {
		if !listed[want] {
			t.Errorf("%s is not listed", want)
		}
	}
	for _, call := range []string{
		"GET /v1/geocode?lon=x", "GET /v1/geocode?lon=1&lat=200", "GET /v1/geocode?lon=1&lat=2&crs=mars", "GET /tiles/cells/99/0/0.mvt",
		"GET /nothing", "PUT /v1/city", "POST /v1/geocode", "POST /v1/select", "GET /v1/nearest?lon=1&lat=2&layer=components&category=x",
	} {
		method, target, _ := strings.Cut(call, " ")
		r := d.ask(t, method, target, "", "Content-Type", "text/plain")
		if p := r.problem(t); !listed[fmt.Sprintf("%d %s", p.Status, p.Code)] {
			t.Errorf("%s: %d %s is not listed", call, p.Status, p.Code)
		}
	}
}
