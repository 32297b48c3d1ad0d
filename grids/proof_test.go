//go:build proof

package grids_test

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/importers"
	"github.com/wanmi-gis/wanmi/spatial"
)

// The proofs run on two real cities. The data are not part of this project:
// WANMI_DATA names their folder, by default ../shared/data beside the
// repository. They take about a minute; -short asks fewer random points.

var update = flag.Bool("update", false, "rewrite the committed lists of expected exceptions")

var cities sync.Map // by name: func() (*grids.Snapshot, error), imported once

// city imports a city by its committed mapping.
func city(t *testing.T, name, folder string) *grids.Snapshot {
	t.Helper()
	data := os.Getenv("WANMI_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "shared", "data")
	}
	dir := filepath.Join(data, folder)
	if _, err := os.Stat(dir); err != nil {
		t.Fatalf("the proof needs the data of %s in %s: set WANMI_DATA to the folder that has %s (%v)", name, dir, folder, err)
	}
	once, _ := cities.LoadOrStore(name, sync.OnceValues(func() (*grids.Snapshot, error) {
		m, err := importers.ReadMapping(filepath.Join("testdata", name, "city.yaml"))
		if err != nil {
			return nil, err
		}
		c, report, err := importers.Import(context.Background(), m, importers.Options{Dir: dir})
		if err != nil {
			return nil, err
		}
		if c == nil {
			return nil, fmt.Errorf("import %s: %s", name, strings.Join(report.Summary(), "; "))
		}
		return grids.NewSnapshot(c, time.Now())
	}))
	s, err := once.(func() (*grids.Snapshot, error))()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// committed compares lines with a committed list; # begins a comment.
func committed(t *testing.T, path, header string, got []string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(header+strings.Join(got, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var want []string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if line := strings.TrimSpace(lines.Text()); line != "" && line[0] != '#' {
			want = append(want, line)
		}
	}
	for _, line := range got {
		if !slices.Contains(want, line) {
			t.Errorf("%s lacks %q", path, line)
		}
	}
	for _, line := range want {
		if !slices.Contains(got, line) {
			t.Errorf("%s has %q, which is no longer so", path, line)
		}
	}
}

func TestProof_CambridgeEveryComponentLiesInOneBlockOrIsListed(t *testing.T) {
	s := city(t, "cambridge", "cambridge-ma")
	b := newBrute(s, cellShapes(s))
	var outside []string
	counts := map[string]int{}
	for i := range s.City.Components {
		c := &s.City.Components[i]
		p, _ := b.checkPlace(t, c.At, counts)
		if p.Fault != "" {
			t.Errorf("%s lies in several blocks", c.Code)
		}
		if p.Status != grids.StatusInside {
			outside = append(outside, c.Code)
		}
	}
	t.Logf("%d components: %v; %d outside all blocks", len(s.City.Components), counts, len(outside))
	if len(s.City.Components) != 35_204 {
		t.Errorf("%d components, want 35204", len(s.City.Components))
	}
	committed(t, "testdata/cambridge/outside.txt",
		"# Components of Cambridge, Massachusetts, that lie in none of the census blocks of 2020, by code:\n"+
			"# beyond the outermost block's border. Written by the proof itself, with -update.\n", outside)
}

func TestProof_CambridgeAreasAreTheCensusAreas(t *testing.T) {
	s := city(t, "cambridge", "cambridge-ma")
	worst, worstM2, sum, sumCensus := 0.0, 0.0, 0.0, 0.0
	var worstCode string
	for i := range s.City.Cells {
		c := &s.City.Cells[i]
		var a struct {
			Land  json.Number `json:"ALAND20"`
			Water json.Number `json:"AWATER20"`
		}
		if err := json.Unmarshal([]byte(c.Attributes), &a); err != nil {
			t.Fatalf("%s: attributes %s: %v", c.Code, c.Attributes, err)
		}
		land, err := a.Land.Float64()
		if err != nil {
			t.Fatal(err)
		}
		water := 0.0
		if a.Water != "" {
			if water, err = a.Water.Float64(); err != nil {
				t.Fatal(err)
			}
		}
		census := land + water
		sum, sumCensus = sum+c.AreaM2, sumCensus+census
		d := math.Abs(c.AreaM2-census) / census
		if d > worst {
			worst, worstCode = d, fmt.Sprintf("%s: %.1f m², census %.0f m²", c.Code, c.AreaM2, census)
		}
		worstM2 = max(worstM2, math.Abs(c.AreaM2-census)-censusRelative*census)
	}
	inSum := math.Abs(sum-sumCensus) / sumCensus
	t.Logf("%d blocks: area differs from the census by at most %.3g (%s), in sum by %.3g", len(s.City.Cells), worst, worstCode, inSum)
	if worstM2 > censusM2 || inSum > censusRelative {
		t.Errorf("an area differs from the census by %.2f m² beyond %v of it, the sum by %.3g", worstM2, censusRelative, inSum)
	}
}

// Land and water are each rounded to 1 m² by the census; the local plane's scale
// and its own vertices add less than 1e-5.
const (
	censusM2       = 1.0
	censusRelative = 1e-5
)

func TestProof_CambridgeChainsAreThePrefixesOfTheCode(t *testing.T) {
	s := city(t, "cambridge", "cambridge-ma")
	for i := range s.City.Cells {
		cell := &s.City.Cells[i]
		p := s.Locate(cell.At)
		if p.Cell != int32(i) || p.Community == spatial.None || p.Street == spatial.None || p.District == spatial.None {
			t.Errorf("block %s: %+v", cell.Code, p)
			continue
		}
		// A block's code is tract (11 digits), block group (1), block (3).
		if got := s.City.Streets[p.Street].Code; got != cell.Code[:11] {
			t.Errorf("block %s lies in tract %s", cell.Code, got)
		}
		if got := s.City.Communities[p.Community].Code; got != cell.Code[:12] {
			t.Errorf("block %s lies in block group %s", cell.Code, got)
		}
	}
	t.Logf("%d blocks have the tract and block group of their code", len(s.City.Cells))
}

func TestProof_CambridgeZonesAreThoseOfGEOS(t *testing.T) {
	s := city(t, "cambridge", "cambridge-ma")
	if !s.City.ZonesByGeometry {
		t.Fatal("the car routes cut through blocks; they are to be looked up by geometry")
	}
	b := newBrute(s, zoneShapes(s))
	asked, border, none := 0, 0, 0
	for i := range s.City.Components {
		c := s.City.Components[i].At
		p := s.Locate(c)
		if p.Status != grids.StatusInside {
			continue
		}
		point := b.ctx.NewPointFromXY(float64(c.X), float64(c.Y))
		want := spatial.None
		for z := range s.City.Zones {
			if on, _ := side(s.City.Zones[z].Shape, c); on {
				border++
			}
			if b.geoms[z].Contains(point) {
				if want != spatial.None {
					t.Fatalf("%s lies in two car routes", s.City.Components[i].Code)
				}
				want = int32(z)
			}
		}
		if p.Zone != want {
			t.Errorf("%s: car route %d, GEOS %d", s.City.Components[i].Code, p.Zone, want)
		}
		if want == spatial.None {
			none++
		}
		asked++
	}
	t.Logf("%d components in blocks have the car route of GEOS (%d in none, %d on a border)", asked, none, border)
}
