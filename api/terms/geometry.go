package terms

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Geometry is a GeoJSON Polygon or MultiPolygon, or one of two that
// GeoJSON does not have.
type Geometry struct {
	Type        string     `json:"type"`
	Coordinates *positions `json:"coordinates"`
	Center      *positions `json:"center"`
	Line        *positions `json:"line"`
	RadiusM     *float64   `json:"radius_m"`
	BBox        *positions `json:"bbox"` // GeoJSON allows one; it says nothing new
}

// Schema implements huma.SchemaProvider.
func (Geometry) Schema(huma.Registry) *huma.Schema {
	number := &huma.Schema{Type: huma.TypeNumber}
	two := 2
	list := func(depth int) *huma.Schema {
		s := &huma.Schema{Type: huma.TypeArray, Items: number, MinItems: &two, Description: "[lon, lat]"}
		for range depth - 1 {
			s = &huma.Schema{Type: huma.TypeArray, Items: s}
		}
		return s
	}
	above, most := 0.0, float64(MaxRadiusM)
	radius := &huma.Schema{Type: huma.TypeNumber, ExclusiveMinimum: &above, Maximum: &most, Description: "In metres"}
	object := func(kind string, members map[string]*huma.Schema) *huma.Schema {
		required := append([]string{"type"}, slices.Sorted(maps.Keys(members))...) // else the document changes from start to start
		members["type"] = &huma.Schema{Type: huma.TypeString, Enum: []any{kind}}
		return &huma.Schema{Type: huma.TypeObject, Title: kind, Required: required, Properties: members}
	}
	return &huma.Schema{OneOf: []*huma.Schema{
		object("Polygon", map[string]*huma.Schema{"coordinates": list(3)}),
		object("MultiPolygon", map[string]*huma.Schema{"coordinates": list(4)}),
		object("Circle", map[string]*huma.Schema{"center": list(1), "radius_m": radius}),
		object("Buffer", map[string]*huma.Schema{"line": list(2), "radius_m": radius}),
	}}
}

// geometryTypes says which members each type of geometry has, and how deeply the
// positions in them nest.
var geometryTypes = map[string]struct {
	positions string
	depth     int
	radius    bool
}{
	"Polygon":      {"coordinates", 3, false},
	"MultiPolygon": {"coordinates", 4, false},
	"Circle":       {"center", 1, true},
	"Buffer":       {"line", 2, true},
}

// Measure is what a geometry measures, as far as its type has it.
type Measure struct {
	AreaM2  *web.Metres // of a polygon, on the ellipsoid, or of a circle
	LengthM *web.Metres // of the line of a buffer
}

// Extent checks the geometry, brings it to the lattice and measures it.
func (g Geometry) Extent(sys crs.System) (_ grids.Extent, size Measure, err error) {
	kind, ok := geometryTypes[g.Type]
	if !ok {
		return nil, size, web.Refuse("geometry.type", g.Type, "Polygon, MultiPolygon, Circle or Buffer", web.ErrMalformed)
	}
	var ps *positions
	for _, member := range [...]struct {
		name string
		has  *positions
	}{{"coordinates", g.Coordinates}, {"center", g.Center}, {"line", g.Line}} {
		switch {
		case member.name == kind.positions:
			ps = member.has
		case member.has != nil:
			return nil, size, web.Refuse("geometry."+member.name, "", "no member of a "+g.Type, web.ErrMalformed)
		}
	}
	if g.RadiusM != nil && !kind.radius {
		return nil, size, web.Refuse("geometry.radius_m", "", "no member of a "+g.Type, web.ErrMalformed)
	}
	where := "geometry." + kind.positions
	if ps == nil {
		return nil, size, web.Refuse(where, "", "the member is missing", web.ErrMalformed)
	}
	if err := ps.check(where, kind.depth); err != nil {
		return nil, size, err
	}
	if kind.radius {
		if g.RadiusM == nil {
			return nil, size, web.Refuse("geometry.radius_m", "", "the member is missing", web.ErrMalformed)
		}
		if r := *g.RadiusM; !(r > 0 && r <= MaxRadiusM) {
			return nil, size, web.Refuse("geometry.radius_m", fmt.Sprint(r), fmt.Sprintf("above 0 and at most %d", MaxRadiusM), web.ErrMalformed)
		}
	}
	if err := ps.convert(where, sys); err != nil {
		return nil, size, err
	}
	switch g.Type {
	case "Circle":
		area := web.Metres(math.Pi * *g.RadiusM * *g.RadiusM)
		return spatial.NewDisc(spatial.At(ps.points[0][0], ps.points[0][1]), *g.RadiusM), Measure{AreaM2: &area}, nil
	case "Buffer":
		return ps.corridor(*g.RadiusM)
	}
	return ps.region(where)
}

// Sum adds the geometry to a hash.
func (g Geometry) Sum(h io.Writer) {
	_, _ = io.WriteString(h, g.Type) // a hash takes whatever it is given
	number := func(v float64) { _ = binary.Write(h, binary.BigEndian, v) }
	if g.RadiusM != nil {
		number(*g.RadiusM)
	}
	for _, ps := range [...]*positions{g.Coordinates, g.Center, g.Line} {
		if ps == nil {
			continue
		}
		for _, p := range ps.points {
			number(p[0])
			number(p[1])
		}
		for _, end := range append(append([]int{}, ps.lists...), ps.groups...) {
			number(float64(end))
		}
	}
}

// corridor makes the buffered line.
func (p *positions) corridor(radiusM float64) (_ grids.Extent, size Measure, err error) {
	line, err := spatial.FromOrb(orb.LineString(p.points))
	switch {
	case errors.Is(err, spatial.ErrDegenerate):
		return nil, size, web.Refuse("geometry.line", "", "all of it is one position; ask for a Circle", web.ErrImpossible)
	case err != nil:
		return nil, size, web.Refuse("geometry.line", "", err.Error(), web.ErrImpossible)
	}
	length := web.Metres(line.LengthM())
	return spatial.NewCorridor(line, radiusM), Measure{LengthM: &length}, nil
}

// region makes the polygons and judges them.
func (p *positions) region(where string) (_ grids.Extent, size Measure, err error) {
	var polygons orb.MultiPolygon
	point, list := 0, 0
	groups := p.groups
	if p.depth == 3 {
		groups = []int{len(p.lists)}
	}
	for i, last := range groups {
		var polygon orb.Polygon
		for first := list; list < last; list++ {
			ring := orb.Ring(p.points[point:p.lists[list]])
			point = p.lists[list]
			at := fmt.Sprintf("%s[%d]", where, list-first)
			if p.depth == 4 {
				at = fmt.Sprintf("%s[%d][%d]", where, i, list-first)
			}
			switch {
			case len(ring) < 4:
				return nil, size, web.Refuse(at, "", "a ring has at least four positions, the last of them as the first", web.ErrPolygon)
			case ring[0] != ring[len(ring)-1]:
				return nil, size, web.Refuse(at, "", "the ring is not closed: its last position must be its first", web.ErrPolygon)
			}
			polygon = append(polygon, ring)
		}
		polygons = append(polygons, polygon)
	}
	shape, err := spatial.FromOrb(polygons)
	if err != nil {
		return nil, size, web.Refuse(where, "", err.Error(), web.ErrPolygon)
	}
	region, err := spatial.NewRegion(shape)
	if wrong, ok := errors.AsType[*spatial.PolygonError](err); ok {
		return nil, size, web.Refuse(where, fmt.Sprintf("%.7f,%.7f", wrong.At[0], wrong.At[1]), wrong.Error(), web.ErrPolygon)
	}
	if err != nil {
		return nil, size, err
	}
	area := web.Metres(shape.AreaM2())
	return region, Measure{AreaM2: &area}, nil
}

// maxQueryVertices bounds a geometry in a question (reliability.md).
const maxQueryVertices = 10_000

// positions are nested lists of [lon, lat], kept flat: lists has the ends of
// lists of positions in points, groups the ends of lists of lists in lists.
type positions struct {
	depth  int // 1 for one position, 4 for a list of polygons
	points []orb.Point
	lists  []int
	groups []int
	fault  *web.InputError // what is wrong, its param the indices
}

// UnmarshalJSON implements json.Unmarshaler. b is valid JSON. What is wrong
// with it is kept until the member's name is known.
func (p *positions) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		return nil
	}
	r := positionReader{b: b, out: p}
	p.depth = r.list(0)
	return nil
}

// check reports what was wrong, or that the lists are nested in another way
// than they should be.
func (p *positions) check(where string, depth int) error {
	if p.fault != nil {
		fault := *p.fault
		if fault.Param = where + fault.Param; depth < 3 && errors.Is(&fault, web.ErrPolygon) {
			fault.Err = web.ErrImpossible // a line is no polygon
		}
		return &fault
	}
	if p.depth != depth {
		what := [...]string{"", "[lon, lat]", "a list of [lon, lat]", "a list of rings, each a list of [lon, lat]", "a list of polygons, each a list of rings"}
		return web.Refuse(where, "", "not "+what[depth], web.ErrMalformed)
	}
	return nil
}

// convert brings the positions to CGCS2000.
func (p *positions) convert(where string, sys crs.System) error {
	for i, at := range p.points {
		c, err := ToLattice(sys, at[0], at[1])
		if err != nil {
			reason := err
			if wrong, ok := errors.AsType[*web.InputError](err); ok {
				reason = wrong.Err
			}
			return web.Refuse(where+p.indices(i), fmt.Sprintf("%v,%v", at[0], at[1]), reason.Error(), reason)
		}
		p.points[i] = c.Point()
	}
	return nil
}

// indices writes where position i stands, as [0][5].
func (p *positions) indices(i int) string {
	if p.depth == 1 {
		return ""
	}
	list, from := indexIn(p.lists, i)
	text := fmt.Sprintf("[%d]", i-from)
	if p.depth == 2 {
		return text
	}
	group, first := indexIn(p.groups, list)
	text = fmt.Sprintf("[%d]%s", list-first, text)
	if p.depth == 3 {
		return text
	}
	return fmt.Sprintf("[%d]%s", group, text)
}

// indexIn returns which run i lies in, and where that begins.
func indexIn(ends []int, i int) (run, from int) {
	for run < len(ends) && ends[run] <= i {
		from = ends[run]
		run++
	}
	return run, from
}

// positionReader reads nested lists of numbers from JSON.
type positionReader struct {
	b   []byte
	out *positions
	// at has the index in each list that is being read.
	at [web.MaxJSONDepth + 1]int
}

// wrong keeps the first fault, with the indices down to a depth.
func (r *positionReader) wrong(depth int, reason string, err error) {
	if r.out.fault != nil {
		return
	}
	var where strings.Builder
	for _, i := range r.at[:min(depth, len(r.at))] {
		fmt.Fprintf(&where, "[%d]", i)
	}
	r.out.fault = web.Refuse(where.String(), "", reason, err)
}

// list reads a list that lies inside so many others, and returns how deeply
// positions nest in it: 1 when it is one. After a fault it returns 0.
func (r *positionReader) list(inside int) (depth int) {
	if r.next() != '[' {
		r.wrong(inside, "not a list of numbers", web.ErrMalformed)
		return 0
	}
	r.b = r.b[1:]
	switch c := r.next(); {
	case c == ']':
		r.wrong(inside, "the list is empty", web.ErrMalformed)
		return 0
	case c != '[':
		return r.position(inside)
	case inside+1 >= maxNesting:
		r.wrong(inside, "nested too deeply", web.ErrMalformed)
		return 0
	}
	for i := 0; ; i++ {
		r.at[inside] = i
		inner := r.list(inside + 1)
		if r.out.fault == nil && depth != 0 && inner != depth {
			r.wrong(inside+1, "nested in another way than those before it", web.ErrMalformed)
		}
		if r.out.fault != nil {
			return 0
		}
		depth = inner
		c := r.next()
		r.b = r.b[1:]
		if c == ']' {
			break
		}
	}
	switch depth {
	case 1:
		r.out.lists = append(r.out.lists, len(r.out.points))
	case 2:
		r.out.groups = append(r.out.groups, len(r.out.lists))
	}
	return depth + 1
}

// maxNesting is how deeply the positions of a MultiPolygon nest.
const maxNesting = 4

// position reads the numbers up to the end of a list. More than two are allowed
// and not used: GeoJSON has heights.
func (r *positionReader) position(inside int) int {
	var p orb.Point
	n := 0
	for {
		end := 0
		for r.next(); end < len(r.b) && !strings.ContainsRune(" \t\r\n,]", rune(r.b[end])); end++ {
			if c := r.b[end]; c == '[' || c == '{' || c == '"' {
				r.wrong(inside, "not numbers, [lon, lat]", web.ErrMalformed)
				return 0
			}
		}
		v, ok := web.ParseNumber(string(r.b[:end]))
		if !ok || !strings.ContainsRune("-0123456789", rune(r.b[0])) {
			r.wrong(inside, "not numbers, [lon, lat]", web.ErrMalformed)
			return 0
		}
		if n < len(p) {
			p[n] = v
		}
		n++
		r.b = r.b[end:]
		c := r.next()
		r.b = r.b[1:]
		if c == ']' {
			break
		}
	}
	switch {
	case n < len(p):
		r.wrong(inside, "one number, not [lon, lat]", web.ErrMalformed)
		return 0
	case len(r.out.points) == maxQueryVertices:
		r.wrong(inside, fmt.Sprintf("more than %d positions", maxQueryVertices), web.ErrPolygon)
		return 0
	}
	r.out.points = append(r.out.points, p)
	return 1
}

// next is the next byte that is not white space.
func (r *positionReader) next() byte {
	for len(r.b) > 0 && strings.IndexByte(" \t\r\n", r.b[0]) >= 0 {
		r.b = r.b[1:]
	}
	if len(r.b) == 0 {
		return 0
	}
	return r.b[0]
}

// Limits before work (reliability.md).
const (
	MaxRadiusM = 50_000
)
