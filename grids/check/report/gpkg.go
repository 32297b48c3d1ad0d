package report

import (
	"context"
	"strings"

	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
)

// GeoPackage writes the findings as a GeoPackage for desktop GIS: the layer
// faults has every finding, a point at the place to look at (none for those
// without a place); fault_areas and fault_lines have the shapes of those that
// have one. A city file at path is not replaced.
func (r *Report) GeoPackage(ctx context.Context, path string) error {
	titles := map[string]*Rule{}
	for i := range r.Rules {
		titles[r.Rules[i].ID] = &r.Rules[i]
	}
	table := func(name, description string, kind spatial.Kind) cityfile.FeatureTable {
		var at []int
		for i := range r.Findings {
			if s := r.Findings[i].shape; kind == spatial.Points || (s != nil && s.Kind == kind) {
				at = append(at, i)
			}
		}
		return cityfile.FeatureTable{
			Name: name, Description: description, Kind: kind, Columns: columns, N: len(at),
			Row: func(i int) (*spatial.Shape, []any) {
				f := &r.Findings[at[i]]
				return f.drawn(kind), f.values(titles[f.Rule])
			},
		}
	}
	return cityfile.CreateFeatures(ctx, path, []cityfile.FeatureTable{
		table("faults", "every finding, at the place to look at", spatial.Points),
		table("fault_areas", "gaps, overlaps and other areas", spatial.Polygons),
		table("fault_lines", "edges and other lines", spatial.Lines),
	})
}

// columns of the layers; values in the same order.
var columns = []cityfile.FeatureColumn{
	{Name: "rule", Type: "TEXT"},
	{Name: "severity", Type: "TEXT"},
	{Name: "title", Type: "TEXT"},
	{Name: "title_zh", Type: "TEXT"},
	{Name: "reason", Type: "TEXT"},
	{Name: "reason_zh", Type: "TEXT"},
	{Name: "hint", Type: "TEXT"},
	{Name: "hint_zh", Type: "TEXT"},
	{Name: "clause", Type: "TEXT"},
	{Name: "fixable", Type: "BOOLEAN"},
	{Name: "measured", Type: "REAL"},
	{Name: "unit", Type: "TEXT"},
	{Name: "layer", Type: "TEXT"},
	{Name: "codes", Type: "TEXT"},
	{Name: "file", Type: "TEXT"},
	{Name: "record", Type: "INTEGER"},
}

func (f *Finding) values(rule *Rule) []any {
	if rule == nil {
		rule = &Rule{}
	}
	var measured any
	if f.Measured != nil {
		measured = *f.Measured
	}
	var layer string
	var codes []string
	for i, ref := range f.Features {
		if i == 0 {
			layer = string(ref.Layer)
		}
		if ref.Code != "" {
			codes = append(codes, ref.Code)
		}
	}
	var record any
	if f.Record > 0 {
		record = f.Record
	}
	return []any{
		f.Rule, f.Severity, rule.Title.En, rule.Title.Zh, f.Reason.En, f.Reason.Zh, rule.Hint.En, rule.Hint.Zh,
		rule.Clause, rule.Fixable, measured, f.Unit, layer, strings.Join(codes, " "), f.File, record,
	}
}

// drawn is the geometry of a finding in the layer of a kind.
func (f *Finding) drawn(kind spatial.Kind) *spatial.Shape {
	if kind != spatial.Points {
		return f.shape
	}
	if !f.placed {
		return nil
	}
	return &spatial.Shape{
		Kind: spatial.Points, Coords: []spatial.Coord{f.at}, Ends: []uint32{1}, Box: spatial.Box{Min: f.at, Max: f.at},
	}
}
