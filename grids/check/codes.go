package check

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

// codedLayers are those whose rows are named by others, or asked for, by code.
var codedLayers = []grids.Layer{
	grids.Districts, grids.Streets, grids.Communities, grids.Zones, grids.Cells, grids.Components, grids.OwnershipAreas,
}

// checkCodes finds missing and double codes, retired numbers in use and rows
// that end before they begin.
func (x *exam) checkCodes(_ *repair.Judge, s *sink) error {
	rows := featuresOf(x.whole)
	for _, name := range codedLayers {
		x.sameCodes(x.layer[name], s)
		if name == grids.Cells {
			x.reused(name, rows[name], s)
		}
	}
	for _, name := range append(grids.MapLayers(), grids.OwnershipAreas) {
		for _, f := range rows[name] {
			if f.Valid.To.IsZero() || f.Valid.From.IsZero() || f.Valid.To.After(f.Valid.From) {
				continue
			}
			s.add(Finding{
				Rule: ruleValidity, At: f.At, Placed: true, Features: []Ref{{name, f.Code, f.FID}},
				Reason:   fmt.Sprintf("it holds from %s to %s", f.Valid.From, f.Valid.To),
				ReasonZH: fmt.Sprintf("生效 %s，失效 %s", f.Valid.From, f.Valid.To),
			})
		}
	}
	return nil
}

// sameCodes finds rows without a code and with another's.
func (x *exam) sameCodes(l *layer, s *sink) {
	order := make([]int32, len(l.features))
	for i := range order {
		order[i] = int32(i)
	}
	byCode := func(a, b int32) int { return strings.Compare(l.features[a].Code, l.features[b].Code) }
	if !slices.IsSortedFunc(order, byCode) {
		slices.SortStableFunc(order, byCode)
	}
	for k := 0; k < len(order); {
		n := k + 1
		code := l.features[order[k]].Code
		for n < len(order) && l.features[order[n]].Code == code {
			n++
		}
		same := order[k:n]
		k = n
		if code == "" && l.name != grids.OwnershipAreas {
			for _, i := range same {
				s.add(Finding{
					Rule: ruleCodeMissing, At: l.features[i].At, Placed: true, Features: []Ref{l.ref(i)},
					Reason: "the row has no code", ReasonZH: "该记录没有代码",
				})
			}
		}
		if code == "" || len(same) == 1 {
			continue
		}
		f := Finding{
			Rule: ruleDuplicateCode, At: l.features[same[1]].At, Placed: true, Measured: float64(len(same)), Unit: "count",
			Reason:   fmt.Sprintf("%d rows that hold have the code %s", len(same), code),
			ReasonZH: fmt.Sprintf("%d 条有效记录使用代码 %s", len(same), code),
		}
		const named = 10
		for _, i := range same[:min(len(same), named)] {
			f.Features = append(f.Features, l.ref(i))
		}
		s.add(f)
	}
}

// reused finds rows that hold under the code of another that had ended: a number
// that was out of use for a time, or that lies elsewhere than it did. A new
// version of the same row, which follows on the old at its place, is none.
func (x *exam) reused(name grids.Layer, rows []*grids.Feature, s *sink) {
	at := grids.MomentOf(x.At)
	ended := map[string][]*grids.Feature{}
	for _, f := range rows {
		if !f.Valid.To.IsZero() && !f.Valid.To.After(at) && f.Valid.To.After(f.Valid.From) {
			ended[f.Code] = append(ended[f.Code], f)
		}
	}
	if len(ended) == 0 {
		return
	}
	for _, f := range x.layer[name].features {
		old := ended[f.Code]
		if len(old) == 0 {
			continue
		}
		last := slices.MaxFunc(old, func(a, b *grids.Feature) int { return a.Valid.To.Compare(b.Valid.To) })
		idle := f.Valid.From.After(last.Valid.To)
		if !idle && samePlace(f, last) {
			continue
		}
		why, whyZH := "lies elsewhere than the one that ended", "位置与原网格不同"
		if idle {
			why, whyZH = "was out of use before", "此前已停用"
		}
		s.add(Finding{
			Rule: ruleCodeReused, At: f.At, Placed: true, Features: []Ref{{name, f.Code, f.FID}, {name, last.Code, last.FID}},
			Reason:   fmt.Sprintf("the number ended on %s and %s", last.Valid.To, why),
			ReasonZH: fmt.Sprintf("该编号已于 %s 停用，%s", last.Valid.To, whyZH),
		})
	}
}

// samePlace tells whether one of two rows has the point of the other inside.
func samePlace(a, b *grids.Feature) bool {
	if a.Shape == nil || b.Shape == nil {
		return a.At == b.At
	}
	_, in := a.Shape.Contains(b.At)
	_, back := b.Shape.Contains(a.At)
	return in || back
}

// splitCellCode takes a cell's code apart by the scheme of GB/T 30428.1: six
// digits of division, three each of street, community and serial; the first
// twelve are the community's code. It is the one place that knows the pattern.
func splitCellCode(code string) (community, serial string, ok bool) {
	const digits, chain = 15, 12
	if len(code) != digits || !allDigits(code) {
		return "", "", false
	}
	return code[:chain], code[chain:], true
}

func allDigits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// checkCellCodes holds the digits of the codes against the chain, where most
// cells have codes of the national pattern.
func (x *exam) checkCellCodes(_ *repair.Judge, s *sink) error {
	if len(x.city.Components) > 0 && !x.componentsCoded() {
		s.add(Finding{
			Rule: ruleUnexamined, Features: []Ref{{Layer: grids.Components}},
			Reason:   "most components have codes that are not of division, category and six digits; they were not examined",
			ReasonZH: "多数部件代码不是区划、类别加6位顺序码，未检查",
		})
	}
	cells := x.layer[grids.Cells]
	of := 0
	for _, f := range cells.features {
		if _, _, ok := splitCellCode(f.Code); ok {
			of++
		}
	}
	if 2*of <= len(cells.features) {
		if len(cells.features) > 0 {
			s.add(Finding{
				Rule: ruleUnexamined, Features: []Ref{{Layer: grids.Cells}},
				Reason:   "most cells have codes that are not of 6+3+3+3 digits; code rules were not applied",
				ReasonZH: "多数网格代码不是6+3+3+3位数字，未检查编码规则",
			})
		}
		return nil
	}
	inCommunity := map[string][]int32{}
	for i := range x.city.Cells {
		x.cellCode(int32(i), cells, inCommunity, s)
	}
	if !x.shifted[cells.name] {
		for _, code := range sortedKeys(inCommunity) {
			x.serialOrder(cells, inCommunity[code], s)
		}
	}
	for i := range x.city.Streets {
		x.divisionCode(x.layer[grids.Streets], int32(i), x.city.Streets[i].Parent, 599, s)
	}
	for i := range x.city.Communities {
		x.divisionCode(x.layer[grids.Communities], int32(i), x.city.Communities[i].Parent, 399, s)
	}
	return nil
}

// cellCode judges one cell's code and puts the cell with its community.
func (x *exam) cellCode(i int32, cells *layer, inCommunity map[string][]int32, s *sink) {
	f := cells.features[i]
	if f.Code == "" {
		return
	}
	community, serial, ok := splitCellCode(f.Code)
	if !ok {
		s.add(Finding{
			Rule: ruleCodeFormat, At: f.At, Placed: true, Features: []Ref{cells.ref(i)},
			Reason:   fmt.Sprintf("%q is not 15 digits", f.Code),
			ReasonZH: fmt.Sprintf("%q 不是15位数字", f.Code),
		})
		return
	}
	recorded := x.city.Cells[i].Community
	if community != recorded && x.layer[grids.Communities].find(recorded) != spatial.None {
		s.add(Finding{
			Rule: ruleCodeChain, At: f.At, Placed: true, Features: []Ref{cells.ref(i), {Layer: grids.Communities, Code: recorded}},
			Reason:   fmt.Sprintf("the digits %s are not those of the community %s", community, recorded),
			ReasonZH: fmt.Sprintf("代码中的 %s 与所属社区 %s 不一致", community, recorded),
		})
		return
	}
	if serial == "000" {
		s.add(Finding{
			Rule: ruleSerialRange, At: f.At, Placed: true, Features: []Ref{cells.ref(i)},
			Reason: "the serial is 000", ReasonZH: "顺序码为000",
		})
		return
	}
	inCommunity[community] = append(inCommunity[community], i)
}

// divisionCode judges the code of a street or community: that of the one above
// with three digits more, up to most.
func (x *exam) divisionCode(l *layer, i int32, parent string, most int, s *sink) {
	f := l.features[i]
	if f.Code == "" || parent == "" || len(parent) < 6 || !allDigits(parent) {
		return
	}
	number, ok := strings.CutPrefix(f.Code, parent)
	if !ok {
		s.add(Finding{
			Rule: ruleCodeChain, At: f.At, Placed: true, Features: []Ref{l.ref(i), {Code: parent}},
			Reason:   fmt.Sprintf("the code %s does not begin with that of the division above, %s", f.Code, parent),
			ReasonZH: fmt.Sprintf("代码 %s 与上级区划代码 %s 不一致", f.Code, parent),
		})
		return
	}
	if n := 0; len(number) == 3 && allDigits(number) {
		for _, d := range number {
			n = 10*n + int(d-'0')
		}
		if n >= 1 && n <= most {
			return
		}
	}
	s.add(Finding{
		Rule: ruleCodeRange, At: f.At, Placed: true, Features: []Ref{l.ref(i)},
		Reason:   fmt.Sprintf("the number %s is not one of 001 to %d", number, most),
		ReasonZH: fmt.Sprintf("编号 %s 不在001至%d之间", number, most),
	})
}
