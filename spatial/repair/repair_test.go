package repair

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"testing"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
)

func shape(t testing.TB, g orb.Geometry) *spatial.Shape {
	t.Helper()
	s, err := spatial.FromOrb(g)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func rect(x, y, w, h float64) orb.Ring {
	return orb.Ring{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}, {x, y}}
}

// broken is a shape no constructor makes; GEOS refuses its ring with an error,
// which go-geos turns into a panic.
func broken() *spatial.Shape {
	c := spatial.At(114, 34)
	return &spatial.Shape{Kind: spatial.Polygons, Coords: []spatial.Coord{c}, Ends: []uint32{1}, Shells: []uint32{0}, Box: spatial.Box{Min: c, Max: c}}
}

func TestCheck_SaysWhatIsWrongAndWhere(t *testing.T) {
	j := NewJudge()
	for _, c := range []struct {
		name string
		g    orb.Geometry
		want string // a regular expression; "" is valid
		near orb.Point
	}{
		{name: "a square", g: orb.Polygon{rect(114, 34, 1, 1)}},
		{name: "a square drawn clockwise", g: orb.Polygon{{{114, 34}, {114, 35}, {115, 35}, {115, 34}, {114, 34}}}},
		{name: "a hole that touches the shell in one point", g: orb.Polygon{rect(114, 34, 1, 1), {{114, 34}, {114.5, 34.2}, {114.2, 34.5}, {114, 34}}}},
		{name: "parts that touch in one point", g: orb.MultiPolygon{{rect(114, 34, 1, 1)}, {rect(115, 35, 1, 1)}}},
		{name: "a point", g: orb.Point{114, 34}},
		{name: "a line that crosses itself", g: orb.LineString{{114, 34}, {115, 35}, {115, 34}, {114, 35}}},
		{
			name: "a bow tie", g: orb.Polygon{{{114.35, 34.79}, {114.36, 34.80}, {114.36, 34.79}, {114.35, 34.801}, {114.35, 34.79}}},
			want: "^invalid geometry: Self-intersection at ", near: orb.Point{114.3552381, 34.7952381},
		},
		{
			name: "a hole outside", g: orb.Polygon{rect(114, 34, 0.1, 0.1), rect(114.5, 34.5, 0.1, 0.1)},
			want: "^invalid geometry: Hole lies outside shell at ", near: orb.Point{114.5, 34.5},
		},
		{
			name: "parts that overlap", g: orb.MultiPolygon{{rect(-71.1, 42.3, 0.01, 0.01)}, {rect(-71.095, 42.305, 0.01, 0.01)}},
			want: "^invalid geometry: Self-intersection at ", near: orb.Point{-71.09, 42.305},
		},
		{
			name: "a hole that cuts the inside in two", g: orb.Polygon{rect(114, 34, 1, 1), {{114, 34.5}, {114.5, 34}, {115, 34.5}, {114.5, 35}, {114, 34.5}}},
			want: "^invalid geometry: Interior is disconnected at ", near: orb.Point{114.5, 34.5},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := j.Check(shape(t, c.g))
			if c.want == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, ErrInvalid) || !regexp.MustCompile(c.want).MatchString(err.Error()) {
				t.Fatalf("%v, want %s", err, c.want)
			}
			var lon, lat float64
			place := regexp.MustCompile(`[-0-9.]+,[-0-9.]+$`).FindString(err.Error())
			if n, _ := fmt.Sscanf(place, "%g,%g", &lon, &lat); n != 2 || math.Abs(lon-c.near[0])+math.Abs(lat-c.near[1]) > 1.1 {
				t.Fatalf("%v has no place, or a wrong one", err)
			}
			if c.name == "a bow tie" && math.Abs(lon-c.near[0])+math.Abs(lat-c.near[1]) > 2e-7 {
				t.Errorf("%v, the lines cross at %v", err, c.near)
			}
		})
	}
}

func TestGEOSPanicsComeBackAsErrors(t *testing.T) {
	j := NewJudge()
	if err := j.Check(broken()); err == nil || errors.Is(err, ErrInvalid) {
		t.Errorf("check: %v", err)
	}
	if c, err := j.Cover([]*spatial.Shape{broken()}); err == nil {
		t.Errorf("cover: %v", c)
	}
	square := shape(t, orb.Polygon{rect(114, 34, 1, 1)})
	cover, err := j.Cover([]*spatial.Shape{square})
	if err != nil {
		t.Fatal(err)
	}
	if shares, err := cover.Shares(broken()); err == nil {
		t.Errorf("shares: %v", shares)
	}
	// The judge goes on judging.
	if err := j.Check(square); err != nil {
		t.Errorf("after the errors: %v", err)
	}
	if shares, err := cover.Shares(square); err != nil || len(shares) != 1 || shares[0] != (Share{0, 1}) {
		t.Errorf("after the errors: %v, %v", shares, err)
	}
}

func TestShares_OfATilingSumToOneAndMatchTheAreas(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	j := NewJudge()
	// Columns of random widths; nil, a line and a point cover nothing.
	edges := []float64{0}
	var cover []*spatial.Shape
	for edges[len(edges)-1] < 100 {
		w := 1 + math.Floor(r.Float64()*9)
		x := edges[len(edges)-1]
		edges = append(edges, x+w)
		cover = append(cover, shape(t, orb.Polygon{rect(x/1e4, 0, w/1e4, 1)}), nil,
			shape(t, orb.LineString{{0, 0}, {0.01, 1}}), shape(t, orb.Point{0.001, 0.5}))
	}
	c, err := j.Cover(cover)
	if err != nil {
		t.Fatal(err)
	}
	for range 300 {
		x, w := math.Floor(r.Float64()*80), 1+math.Floor(r.Float64()*15)
		shares, err := c.Shares(shape(t, orb.Polygon{rect(x/1e4, r.Float64()*0.5, w/1e4, 0.1)}))
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for k, s := range shares {
			sum += s.Fraction
			i := int(s.Index) / 4
			want := (min(edges[i+1], x+w) - max(edges[i], x)) / w
			if int(s.Index)%4 != 0 || math.Abs(s.Fraction-want) > 1e-9 {
				t.Fatalf("share %v, want %v", s, want)
			}
			if k > 0 && (s.Fraction > shares[k-1].Fraction || (s.Fraction == shares[k-1].Fraction && s.Index < shares[k-1].Index)) {
				t.Fatalf("%v is not in order", shares)
			}
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Fatalf("the shares %v sum to %v", shares, sum)
		}
	}
	for name, g := range map[string]orb.Geometry{
		"far away": orb.Polygon{rect(50, 50, 1, 1)}, "beside, sharing an edge": orb.Polygon{rect(-1, 0, 1, 1)}, "a line": orb.LineString{{0, 0}, {1, 1}},
	} {
		if shares, err := c.Shares(shape(t, g)); err != nil || len(shares) != 0 {
			t.Errorf("%s: %v, %v", name, shares, err)
		}
	}
}

func TestShares_SeeHolesAndParts(t *testing.T) {
	j := NewJudge()
	c, err := j.Cover([]*spatial.Shape{
		shape(t, orb.Polygon{rect(0, 0, 10, 10), rect(2, 2, 4, 4)}),
		shape(t, orb.MultiPolygon{{rect(2, 2, 2, 4)}, {rect(4, 2, 1, 4)}}),
	})
	if err == nil {
		// The two parts share an edge, which is no valid multipolygon: GEOS may
		// refuse to overlay it, but must not fall.
		_, err = c.Shares(shape(t, orb.Polygon{rect(1, 1, 6, 6)}))
		t.Log(err)
	}
	c, err = j.Cover([]*spatial.Shape{
		shape(t, orb.Polygon{rect(0, 0, 10, 10), rect(2, 2, 4, 4)}),
		shape(t, orb.MultiPolygon{{rect(2, 2, 1, 4)}, {rect(4, 2, 1, 4)}}),
	})
	if err != nil {
		t.Fatal(err)
	}
	shares, err := c.Shares(shape(t, orb.Polygon{rect(2, 2, 8, 4)}))
	if err != nil {
		t.Fatal(err)
	}
	if len(shares) != 2 || shares[0] != (Share{0, 0.5}) || shares[1] != (Share{1, 0.25}) {
		t.Errorf("%v, want half in the ring and a quarter in the parts", shares)
	}
}

// A cell drawn across the border of two communities: which has most of it?
func ExampleCover() {
	polygon := func(x, y, w, h float64) *spatial.Shape {
		s, err := spatial.FromOrb(orb.Polygon{rect(x, y, w, h)})
		if err != nil {
			panic(err)
		}
		return s
	}
	judge := NewJudge()
	cover, err := judge.Cover([]*spatial.Shape{polygon(114, 34, 0.1, 0.1), polygon(114.1, 34, 0.1, 0.1)})
	if err != nil {
		panic(err)
	}
	shares, err := cover.Shares(polygon(114.08, 34, 0.1, 0.01))
	fmt.Println(shares, err)
	// Output: [{1 0.8} {0 0.2}] <nil>
}

func ExampleJudge_Check() {
	s, err := spatial.FromOrb(orb.Polygon{{{114, 34}, {114.1, 34.1}, {114.1, 34}, {114, 34.1}, {114, 34}}})
	if err != nil {
		panic(err)
	}
	fmt.Println(NewJudge().Check(s))
	// Output: invalid geometry: Self-intersection at 114.0500000,34.0500000
}
