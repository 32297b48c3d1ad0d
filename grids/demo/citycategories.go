package demo

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/grids"
)

// schemeCity is the city's own category system: CJ/T 214 with a seventh major
// of components and a sixth of events, as cities extend it.
const schemeCity = "cjt214-demo"

// The majors that the city adds.
const localMajor, localEvents = "21", "06"

// cityCategories returns the categories of a made-up city: 97 minors of
// components in 7 majors and 67 of events in 6. Those of CJ/T 214 name it as
// their equivalent.
func cityCategories() ([]grids.Category, error) {
	national, err := grids.National(grids.SchemeCJT214)
	if err != nil {
		return nil, fmt.Errorf("categories of the city: %w", err)
	}
	accuracy := map[string]string{}
	for _, k := range cityKinds() {
		accuracy[k.code] = k.accuracy
	}
	var out []grids.Category
	for _, c := range national {
		c.Scheme, c.Equivalent = schemeCity, grids.SchemeCJT214+":"+c.Code
		if c.Kind == grids.ComponentKind {
			c.AccuracyClass = accuracy[c.Code]
		}
		out = append(out, c)
	}
	local := func(kind grids.Kind, code, major, name, equivalent string) {
		out = append(out, grids.Category{
			Scheme: schemeCity, Kind: kind, Code: code, Major: major, Name: name, Equivalent: equivalent,
		})
		if kind == grids.ComponentKind {
			out[len(out)-1].AccuracyClass = accuracy[code]
		}
	}
	local(grids.ComponentKind, localMajor, "", "扩展部件", "")
	for _, c := range localComponents() {
		local(grids.ComponentKind, c[0], localMajor, c[1], c[2])
	}
	local(grids.EventKind, localEvents, "", "扩展事件", "")
	for i, name := range localEventNames() {
		local(grids.EventKind, fmt.Sprintf("%s%02d", localEvents, i+1), localEvents, name, "")
	}
	return out, nil
}

// localComponents lists code, name and equivalent of the city's own minors;
// numbers as in the one list of local extensions known to us, gaps and all.
func localComponents() [][3]string {
	return [][3]string{
		{"2101", "非机动车停放点", grids.SchemeGB2013 + ":0225"},
		{"2102", "路灯灯光变压器", ""},
		{"2103", "路灯灯光配电房", ""},
		{"2104", "路灯灯光配电箱", ""},
		{"2105", "充电桩", grids.SchemeGB2013 + ":0154"},
		{"2106", "提款机", ""},
		{"2108", "主干道", ""},
		{"2109", "次干道", ""},
		{"2110", "支路", ""},
		{"2115", "泵站", ""},
		{"2124", "加油站", grids.SchemeGB2013 + ":0503"},
		{"2133", "电梯", ""},
	}
}

func localEventNames() []string {
	return []string{
		"私设地桩、地锁", "垃圾未分类", "垃圾满溢", "光污染", "违规养犬", "外立面裂缝", "河道乱堆",
		"线体垂落", "园路破损", "施工残留物", "占用消防通道", "共享单车乱停放", "高空坠物",
	}
}
