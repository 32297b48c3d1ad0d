package tiler

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
)

// thing is a feature of the tests' prepared layer; classes count it in sums.
type thing struct {
	Feature

	classes []string
}

// things is a source with one layer of points, prepared or not. Of the prepared
// rows those in gone are left out and those in added stand beside.
type things struct {
	layer    Layer
	rows     []thing
	points   *Points // nil: visited one by one
	prepared int     // rows[prepared:] are added
	gone     map[int32]bool

	pointRows PointRows
}

var thingFields = []string{"code", "name", "category", "major", "state"}

// newThings prepares the first n rows.
func newThings(rows []thing, n int) *things {
	t := &things{rows: rows, prepared: n, layer: Layer{
		Name: "l", Kind: spatial.Points, MaxZoom: MaxZoom, Fields: thingFields,
		Sums: &Sums{Below: 14, Classes: classNames(rows, len("count_00")), Finer: classNames(rows, len("count_0000"))},
	}}
	r := PointRows{
		N: n,
		At: func(i int32) (spatial.Coord, bool) {
			return rows[i].At, rows[i].Shape != nil
		},
		Own:  func(i int32) (uint64, string) { return rows[i].ID, rows[i].Values[0] },
		Name: func(i int32) string { return rows[i].Values[1] },
	}
	sets, setOf := map[string]uint32{}, make([]uint32, n)
	for i := range setOf {
		key := fmt.Sprint(rows[i].Values[2:], rows[i].classes)
		at, ok := sets[key]
		if !ok {
			at = uint32(len(r.Sets))
			sets[key] = at
			r.Sets = append(r.Sets, PointTraits{Values: rows[i].Values[2:], Classes: rows[i].classes})
		}
		setOf[i] = at
	}
	r.Set = func(i int32) uint32 { return setOf[i] }
	t.pointRows, t.points = r, NewPoints(r)
	return t
}

// classNames are the classes of the rows whose names have a length.
func classNames(rows []thing, length int) (names []string) {
	for _, r := range rows {
		for _, c := range r.classes {
			if len(c) == length && !slices.Contains(names, c) {
				names = append(names, c)
			}
		}
	}
	slices.Sort(names)
	return names
}

func (t *things) Layers() []Layer { return []Layer{t.layer} }

// Visit is the slow way to the same features.
func (t *things) Visit(_ string, _ spatial.Box, visit func(*Feature) bool) {
	for i := range t.rows {
		if !t.gone[int32(i)] && !visit(&t.rows[i].Feature) {
			return
		}
	}
}

func (t *things) Prepared(string) Prepared {
	if t.points == nil {
		return nil
	}
	v := &PointView{
		Points:  t.points,
		Values:  func(i int32, dst []string) []string { return append(dst, t.rows[i].Values...) },
		Classes: func(i int32, dst []string) []string { return append(dst, t.rows[i].classes...) },
	}
	if len(t.gone) > 0 {
		v.Keep = func(k int) bool { return !t.gone[t.points.Row(k)] }
	}
	if len(t.rows) > t.prepared {
		v.Added = func(window spatial.Box) (out []AddedPoint) {
			for i := t.prepared; i < len(t.rows); i++ {
				r := &t.rows[i]
				if !t.gone[int32(i)] && boxOfFeature(&r.Feature).Meets(window) {
					out = append(out, AddedPoint{ID: r.ID, At: r.At, Row: int32(i), Shaped: r.Shape != nil})
				}
			}
			return out
		}
	}
	v.Shapes = func(window spatial.Box, visit func(int32, *Feature) bool) {
		var found []int
		for i := range t.rows {
			if r := &t.rows[i]; r.Shape != nil && !t.gone[int32(i)] && r.Shape.Box.Meets(window) {
				found = append(found, i)
			}
		}
		slices.SortFunc(found, func(a, b int) int { return cmp.Compare(t.rows[a].ID, t.rows[b].ID) })
		for _, i := range found {
			r := &t.rows[i]
			visit(int32(i), &Feature{ID: r.ID, Shape: r.Shape, At: r.At})
		}
	}
	return v
}

func boxOfFeature(f *Feature) spatial.Box {
	if f.Shape != nil {
		return f.Shape.Box
	}
	return spatial.Box{Min: f.At, Max: f.At}
}

// randomThings are n rows in a box as a city has them: a code each, 300 names,
// 97 categories of 5 majors.
func randomThings(rnd *rand.Rand, n int, box spatial.Box) []thing {
	states := []string{"完好", "破损", "丢失", "占用", ""}
	rows := make([]thing, n)
	for i := range rows {
		major, minor := fmt.Sprintf("%02d", 1+rnd.IntN(5)), 1+rnd.IntN(20)
		category := fmt.Sprintf("%s%02d", major, minor)
		rows[i] = thing{
			Feature{
				ID: uint64(i + 1),
				At: spatial.Coord{
					X: box.Min.X + int32(rnd.IntN(int(box.Max.X-box.Min.X))),
					Y: box.Min.Y + int32(rnd.IntN(int(box.Max.Y-box.Min.Y))),
				},
				Values: []string{
					fmt.Sprintf("410204%s%06d", category, i), fmt.Sprintf("石原路%d上水井盖", rnd.IntN(300)),
					category, major, states[min(rnd.IntN(40), 4)],
				},
			},
			[]string{"count_" + major, "count_" + category},
		}
	}
	return rows
}
