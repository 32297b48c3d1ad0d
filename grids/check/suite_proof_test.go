//go:build proof

package check

import (
	"archive/tar"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twpayne/go-geos"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

// dataFile names a file of the folder WANMI_DATA, by default ../shared/data
// beside the repository.
func dataFile(t *testing.T, parts ...string) string {
	t.Helper()
	data := os.Getenv("WANMI_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "..", "shared", "data")
	}
	path := filepath.Join(append([]string{data}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("the proof needs %s: set WANMI_DATA to the folder that has it (%v)", filepath.Join(parts...), err)
	}
	return path
}

type xmlRun struct {
	Cases []struct {
		Desc  string `xml:"desc"`
		A     string `xml:"a"`
		Tests []struct {
			Op struct {
				Name string `xml:"name,attr"`
				Want string `xml:",chardata"`
			} `xml:"op"`
		} `xml:"test"`
	} `xml:"case"`
}

// TestProof_ValidityAgreesWithTheGEOSSuite holds what is said of polygons, by
// GEOS through package repair and by the quick test of this package, against
// every expected isValid of the JTS/GEOS XML suite that polygons of the lattice
// can express. What cannot be expressed is counted by its reason.
func TestProof_ValidityAgreesWithTheGEOSSuite(t *testing.T) {
	f, err := os.Open(dataFile(t, "conformance", "geos-xmltests-general-validate.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	ctx, judge := geos.NewContext(), repair.NewJudge()
	agreed, valid, quick, left := 0, 0, 0, map[string]int{}
	for archive := tar.NewReader(unzipped); ; {
		entry, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(entry.Name, ".xml") {
			continue
		}
		var run xmlRun
		if err := xml.NewDecoder(archive).Decode(&run); err != nil {
			t.Errorf("%s: %v", entry.Name, err)
			continue
		}
		for _, c := range run.Cases {
			for _, test := range c.Tests {
				if !strings.EqualFold(test.Op.Name, "isValid") {
					continue
				}
				shape, why := onLattice(ctx, c.A)
				if why != "" {
					left[why]++
					continue
				}
				want := strings.TrimSpace(test.Op.Want) == "true"
				reason, _, err := judge.Fault(shape)
				got := err == nil && reason == ""
				if got != want {
					t.Errorf("%s: %s: valid is %v, want %v (%s %v)", filepath.Base(entry.Name), c.Desc, got, want, reason, err)
					continue
				}
				if whole(shape) && simple(shape) {
					quick++
					if !want {
						t.Errorf("%s: %s: the quick test lets it pass", filepath.Base(entry.Name), c.Desc)
					}
				}
				agreed++
				if want {
					valid++
				}
			}
		}
	}
	t.Logf("%d expected results agree: %d valid, %d not; %d of the valid by the quick test", agreed, valid, agreed-valid, quick)
	for _, why := range slices.Sorted(maps.Keys(left)) {
		t.Logf("not expressed: %d %s", left[why], why)
	}
	if agreed < 300 {
		t.Errorf("only %d results were compared", agreed)
	}
}

// onLattice makes a shape of a polygon's text, scaled by the least power of ten
// that makes its coordinates whole; why says why that is not possible.
func onLattice(ctx *geos.Context, wkt string) (s *spatial.Shape, why string) {
	g, err := ctx.NewGeomFromWKT(strings.TrimSpace(wkt))
	if err != nil {
		return nil, "that GEOS cannot read (a ring that is not closed, or of too few points)"
	}
	if t := g.TypeID(); t != geos.TypeIDPolygon && t != geos.TypeIDMultiPolygon {
		return nil, "that are no polygons (" + g.Type() + ")"
	}
	if g.IsEmpty() {
		return nil, "that are empty: an empty geometry is refused when read"
	}
	for scale := 1.0; scale <= 1e9; scale *= 10 {
		s = &spatial.Shape{Kind: spatial.Polygons, Box: spatial.EmptyBox()}
		if why = fill(s, g, scale); why == "" {
			return s, ""
		}
		if why == tooLarge {
			break
		}
	}
	return nil, why
}

const (
	notWhole = "with coordinates that no power of ten makes whole"
	tooLarge = "with coordinates beyond the lattice"
)

func fill(s *spatial.Shape, g *geos.Geom, scale float64) string {
	for i := range g.NumGeometries() {
		p := g
		if g.TypeID() == geos.TypeIDMultiPolygon {
			p = g.Geometry(i)
		}
		if p.IsEmpty() {
			continue
		}
		s.Shells = append(s.Shells, uint32(len(s.Ends)))
		for r := -1; r < p.NumInteriorRings(); r++ {
			ring := p.ExteriorRing()
			if r >= 0 {
				ring = p.InteriorRing(r)
			}
			if ring.IsEmpty() {
				continue
			}
			from := len(s.Coords)
			for _, c := range ring.CoordSeq().ToCoords() {
				x, y := c[0]*scale, c[1]*scale
				if math.Abs(x) > 2e9 || math.Abs(y) > 2e9 || math.IsNaN(x) || math.IsNaN(y) {
					return tooLarge
				}
				if x != math.Round(x) || y != math.Round(y) {
					return notWhole
				}
				v := spatial.Coord{X: int32(x), Y: int32(y)}
				if n := len(s.Coords); n == from || s.Coords[n-1] != v {
					s.Coords = append(s.Coords, v)
				}
				s.Box = s.Box.Extend(v)
			}
			for len(s.Coords) > from+1 && s.Coords[len(s.Coords)-1] == s.Coords[from] {
				s.Coords = s.Coords[:len(s.Coords)-1]
			}
			s.Ends = append(s.Ends, uint32(len(s.Coords)))
		}
	}
	if len(s.Coords) == 0 {
		return "that are empty: an empty geometry is refused when read"
	}
	return ""
}
