package check

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

// accuracyM is how far a component may be recorded off by its accuracy class
// (GB/T 30428.2). Where none is recorded the coarsest holds.
func accuracyM(class string) float64 {
	switch class {
	case "A":
		return 0.5
	case "B":
		return 1
	}
	return 10
}

// states a component may be in.
var states = []string{"", "完好", "破损", "丢失", "废弃", "移除"}

// verdict is what is wrong with a set of traits, found once for thousands of
// rows.
type verdict struct{ category, state, accuracy, units []string }

// inventory examines the components.
type inventory struct {
	x          *exam
	s          *sink
	layer      *layer
	categories map[string]bool
	units      map[string]bool
	verdicts   map[*grids.ComponentTraits]*verdict
	dates      map[string]time.Time
	coded      bool // by division, category and serial
}

// checkComponents examines each component, and the units and categories that
// other rows name.
func (x *exam) checkComponents(_ *repair.Judge, s *sink) error {
	v := &inventory{
		x: x, s: s, layer: x.layer[grids.Components],
		categories: map[string]bool{}, units: map[string]bool{},
		verdicts: map[*grids.ComponentTraits]*verdict{}, dates: map[string]time.Time{},
	}
	for _, c := range x.city.Categories {
		if c.Scheme == x.city.Scheme && c.Kind == grids.ComponentKind {
			v.categories[c.Code] = true
		}
	}
	for i := range x.city.Units {
		v.units[x.city.Units[i].Code] = true
	}
	v.coded = x.componentsCoded()
	inPlace := x.shifted[grids.Components] == x.shifted[grids.Cells] && x.layer[grids.Cells].hasShapes()
	for i := range x.city.Components {
		if i%4096 == 0 && x.ctx.Err() != nil {
			return x.ctx.Err()
		}
		v.traits(int32(i))
		v.code(int32(i))
		v.written(int32(i))
		if inPlace {
			v.place(int32(i))
		}
	}
	v.others()
	return nil
}

// componentsCoded tells whether most components have codes of division, their
// own category and serial.
func (x *exam) componentsCoded() bool {
	const division, serial = 6, 6
	coded := 0
	for i := range x.city.Components {
		c := &x.city.Components[i]
		if c.ComponentTraits != nil && len(c.Code) == division+len(c.Category)+serial && allDigits(c.Code) {
			coded++
		}
	}
	return 2*coded > len(x.city.Components)
}

// add reports a fault of component i.
func (v *inventory) add(i int32, rule, en, zh string) {
	v.s.add(Finding{Rule: rule, At: v.layer.features[i].At, Placed: true, Features: []Ref{v.layer.ref(i)}, Reason: en, ReasonZH: zh})
}

// traits judges category, state, accuracy class and units.
func (v *inventory) traits(i int32) {
	t := v.x.city.Components[i].ComponentTraits
	if t == nil {
		t = &grids.ComponentTraits{}
	}
	d, known := v.verdicts[t]
	if !known {
		d = v.judge(t)
		v.verdicts[t] = d
	}
	if d == nil {
		return
	}
	for _, c := range d.category {
		v.add(i, ruleCategory, fmt.Sprintf("the category %q is not in the city's list", c), fmt.Sprintf("类别 %q 不在城市类别表中", c))
	}
	for _, c := range d.state {
		v.add(i, ruleState, fmt.Sprintf("the state %q is none", c), fmt.Sprintf("状态 %q 不存在", c))
	}
	for _, c := range d.accuracy {
		v.add(i, ruleAccuracy, fmt.Sprintf("the accuracy class %q is none", c), fmt.Sprintf("精度等级 %q 不存在", c))
	}
	for _, c := range d.units {
		v.add(i, ruleUnit, fmt.Sprintf("the unit %q does not exist", c), fmt.Sprintf("单位 %q 不存在", c))
	}
}

// judge returns what is wrong with traits, nil for nothing.
func (v *inventory) judge(t *grids.ComponentTraits) *verdict {
	d := &verdict{}
	if len(v.categories) > 0 && !v.categories[t.Category] {
		d.category = []string{t.Category}
	}
	if !slices.Contains(states, t.State) {
		d.state = []string{t.State}
	}
	if !slices.Contains([]string{"", "A", "B", "C"}, t.AccuracyClass) {
		d.accuracy = []string{t.AccuracyClass}
	}
	for _, u := range []string{t.Owner, t.Maintainer, t.Authority} {
		if u != "" && len(v.units) > 0 && !v.units[u] && !slices.Contains(d.units, u) {
			d.units = append(d.units, u)
		}
	}
	if d.category == nil && d.state == nil && d.accuracy == nil && d.units == nil {
		return nil
	}
	return d
}

// code holds the digits against the row: a division that exists, the row's own
// category, six digits of serial.
func (v *inventory) code(i int32) {
	c := &v.x.city.Components[i]
	if !v.coded || c.Code == "" || c.ComponentTraits == nil || !v.categories[c.Category] {
		return
	}
	const division, serial = 6, 6
	switch {
	case len(c.Code) != division+len(c.Category)+serial || !allDigits(c.Code):
		v.add(i, ruleComponentCode, fmt.Sprintf("%q is not %d digits", c.Code, division+len(c.Category)+serial),
			fmt.Sprintf("%q 不是%d位数字", c.Code, division+len(c.Category)+serial))
	case c.Code[division:division+len(c.Category)] != c.Category:
		v.add(i, ruleComponentCode, fmt.Sprintf("the code has category %s, the row %s", c.Code[division:division+len(c.Category)], c.Category),
			fmt.Sprintf("代码中的类别为 %s，记录为 %s", c.Code[division:division+len(c.Category)], c.Category))
	case len(v.x.city.Districts) > 0 && v.x.layer[grids.Districts].find(c.Code[:division]) == spatial.None:
		v.add(i, ruleComponentCode, fmt.Sprintf("there is no district %s", c.Code[:division]), fmt.Sprintf("区划 %s 不存在", c.Code[:division]))
	}
}

// written judges the dates.
func (v *inventory) written(i int32) {
	c := &v.x.city.Components[i]
	placed, okPlaced := v.date(c.PlacedOn)
	changed, okChanged := v.date(c.ChangedOn)
	switch latest := v.x.At.AddDate(0, 0, 1); {
	case !okPlaced:
		v.add(i, ruleDate, fmt.Sprintf("placed on %q", c.PlacedOn), fmt.Sprintf("设置日期 %q 不合理", c.PlacedOn))
	case !okChanged:
		v.add(i, ruleDate, fmt.Sprintf("changed on %q", c.ChangedOn), fmt.Sprintf("变更日期 %q 不合理", c.ChangedOn))
	case placed.After(latest) || changed.After(latest):
		v.add(i, ruleDate, fmt.Sprintf("placed on %q, changed on %q: in the future", c.PlacedOn, c.ChangedOn),
			fmt.Sprintf("设置日期 %q、变更日期 %q 在将来", c.PlacedOn, c.ChangedOn))
	case !placed.IsZero() && !changed.IsZero() && changed.Before(placed):
		v.add(i, ruleDate, fmt.Sprintf("changed on %s, before it was placed on %s", c.ChangedOn, c.PlacedOn),
			fmt.Sprintf("变更日期 %s 早于设置日期 %s", c.ChangedOn, c.PlacedOn))
	}
}

// dateLayouts are the ways in which cities write a day.
var dateLayouts = []string{
	time.DateOnly, time.RFC3339, "2006-1-2", "2006/1/2", "20060102", "2006-01", "2006",
	"2006年1月2日", "2006年1月", time.DateTime, "2006-01-02T15:04:05", "1/2/2006", "1/2/2006 15:04:05",
}

// firstYear is before anything in a city's inventory: databases write 1753 or
// 1899 for no date at all.
const firstYear = 1900

// date reads a day; none is the zero time. It is not ok where it cannot be one.
func (v *inventory) date(text string) (day time.Time, ok bool) {
	if text == "" {
		return time.Time{}, true
	}
	day, seen := v.dates[text]
	if !seen {
		for _, layout := range dateLayouts {
			if d, err := time.Parse(layout, strings.TrimSpace(text)); err == nil {
				day = d
				break
			}
		}
		v.dates[text] = day
	}
	return day, day.Year() > firstYear
}

// place holds the recorded cell against the one by geometry. Cells that cross
// themselves answer nothing.
func (v *inventory) place(i int32) {
	c := &v.x.city.Components[i]
	cells := v.x.layer[grids.Cells]
	class := "C" // the coarsest, where none is recorded
	if c.ComponentTraits != nil && c.AccuracyClass != "" {
		class = c.AccuracyClass
	}
	within := accuracyM(class)
	in, also := v.x.cover.Locate(c.At)
	recorded := cells.find(c.Cell)
	if recorded != spatial.None && (recorded == in || slices.Contains(also, recorded) || cells.invalid[recorded] || cells.shapes[recorded] == nil) {
		return
	}
	if in != spatial.None && cells.features[in].Code == c.Cell {
		return // of two cells with one code, the other
	}
	if in == spatial.None {
		near, d := v.x.cover.Areas().Nearest(c.At, math.Inf(1))
		if d <= within || (near != spatial.None && cells.invalid[near]) {
			return
		}
		v.s.add(Finding{
			Rule: ruleComponentOutside, At: c.At, Placed: true, Features: []Ref{v.layer.ref(i), cells.ref(near)}, Measured: d, Unit: "m",
			Reason:   fmt.Sprintf("no cell holds it; the nearest is %.1f m off", d),
			ReasonZH: fmt.Sprintf("不在任何网格内，距最近网格 %.1f 米", d),
		})
		return
	}
	if recorded == spatial.None || cells.invalid[in] {
		return // not recorded, or of a cell that does not exist, which rule orphan names
	}
	d := v.x.plane.fromBorderM(c.At, cells.shapes[recorded])
	if d <= within {
		return
	}
	v.s.add(Finding{
		Rule: ruleComponentCell, At: c.At, Placed: true, Features: []Ref{v.layer.ref(i), cells.ref(recorded), cells.ref(in)}, Measured: d, Unit: "m",
		Reason:   fmt.Sprintf("it is recorded in %s and lies in %s, %.1f m off (class %s allows %.1f)", c.Cell, cells.features[in].Code, d, class, within),
		ReasonZH: fmt.Sprintf("记录网格 %s，实际位于 %s，相距 %.1f 米（%s级允许 %.1f 米）", c.Cell, cells.features[in].Code, d, class, within),
	})
}

// fromBorderM is the distance from a position to the border of a polygon.
func (p plane) fromBorderM(c spatial.Coord, s *spatial.Shape) float64 {
	best, at := math.Inf(1), p.of(c)
	for i := range s.Ends {
		ring := p.ring(s.Part(i))
		a := ring[len(ring)-1]
		for _, b := range ring {
			best = min(best, fromSegmentM(at, a, b))
			a = b
		}
	}
	return best
}

// others looks at the units that zones, resources and ownership areas name, and
// at the classes of the latter.
func (v *inventory) others() {
	c := v.x.city
	unit := func(name grids.Layer, i int, code string) {
		if code != "" && len(v.units) > 0 && !v.units[code] {
			l := v.x.layer[name]
			v.s.add(Finding{
				Rule: ruleUnit, At: l.features[i].At, Placed: true, Features: []Ref{l.ref(int32(i))},
				Reason: fmt.Sprintf("the unit %q does not exist", code), ReasonZH: fmt.Sprintf("单位 %q 不存在", code),
			})
		}
	}
	for i := range c.Zones {
		unit(grids.Zones, i, c.Zones[i].Unit)
	}
	for i := range c.Resources {
		unit(grids.Resources, i, c.Resources[i].Unit)
	}
	l := v.x.layer[grids.OwnershipAreas]
	for i := range c.OwnershipAreas {
		unit(grids.OwnershipAreas, i, c.OwnershipAreas[i].Unit)
		for _, class := range classesOf(c.OwnershipAreas[i].Category) {
			if len(v.categories) > 0 && !v.categories[class] {
				v.s.add(Finding{
					Rule: ruleCategory, At: l.features[i].At, Placed: true, Features: []Ref{l.ref(int32(i))},
					Reason:   fmt.Sprintf("the category %q is not in the city's list", class),
					ReasonZH: fmt.Sprintf("类别 %q 不在城市类别表中", class),
				})
			}
		}
	}
}

// classesOf takes a list of classes apart.
func classesOf(list string) (out []string) {
	for class := range strings.SplitSeq(list, ",") {
		if class = strings.TrimSpace(class); class != "" {
			out = append(out, class)
		}
	}
	return out
}
