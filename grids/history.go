package grids

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Sort brings every layer into the order of code, then of the start of
// validity. Indices of a snapshot follow it, so that the order in which a
// source lists its rows never shows in an answer.
func (c *City) Sort() {
	c.completeTraits()
	sortRows(c.Districts, func(d *District) *Feature { return &d.Feature })
	sortRows(c.Streets, func(d *Street) *Feature { return &d.Feature })
	sortRows(c.Communities, func(d *Community) *Feature { return &d.Feature })
	sortRows(c.Zones, func(d *Zone) *Feature { return &d.Feature })
	sortRows(c.Cells, func(d *Cell) *Feature { return &d.Feature })
	sortRows(c.Components, func(d *Component) *Feature { return &d.Feature })
	sortRows(c.Addresses, func(d *Address) *Feature { return &d.Feature })
	sortRows(c.Resources, func(d *Resource) *Feature { return &d.Feature })
	sortRows(c.OwnershipAreas, func(d *OwnershipArea) *Feature { return &d.Feature })
	for _, l := range BaseLayers() {
		sortRows(c.Base[l], func(d *Base) *Feature { return &d.Feature })
	}
	units := func(a, b Unit) int {
		return cmp.Or(strings.Compare(a.Code, b.Code), a.Valid.From.Compare(b.Valid.From), cmp.Compare(a.FID, b.FID))
	}
	if !slices.IsSortedFunc(c.Units, units) {
		slices.SortStableFunc(c.Units, units)
	}
}

func sortRows[T any](rows []T, feature func(*T) *Feature) {
	// Mostly they are sorted. The rows are large: looked at, not copied.
	for i := 1; i < len(rows); i++ {
		if rowOrder(feature(&rows[i-1]), feature(&rows[i])) > 0 {
			slices.SortStableFunc(rows, func(a, b T) int { return rowOrder(feature(&a), feature(&b)) })
			return
		}
	}
}

// rowOrder is the order of a layer's rows.
func rowOrder(x, y *Feature) int {
	return cmp.Or(strings.Compare(x.Code, y.Code), x.Valid.From.Compare(y.Valid.From), cmp.Compare(x.FID, y.FID))
}

// HoldingAt returns the city with only the rows that hold at t. It shares the
// layers where all do: neither is to be changed.
func (c *City) HoldingAt(t time.Time) *City {
	now, _ := c.holdingAt(t)
	return now
}

// holdingAt returns the city with only the rows that hold at t, sharing the
// layers where all do, and the span around t in which no row starts or ends to
// hold.
func (c *City) holdingAt(t time.Time) (now *City, span Validity) {
	cut := *c
	cut.Base = make(map[Layer][]Base, len(c.Base))
	h := holding{t: MomentOf(t)}
	cut.Districts = hold(&h, c.Districts, func(d *District) Validity { return d.Valid })
	cut.Streets = hold(&h, c.Streets, func(d *Street) Validity { return d.Valid })
	cut.Communities = hold(&h, c.Communities, func(d *Community) Validity { return d.Valid })
	cut.Zones = hold(&h, c.Zones, func(d *Zone) Validity { return d.Valid })
	cut.Cells = hold(&h, c.Cells, func(d *Cell) Validity { return d.Valid })
	cut.Components = hold(&h, c.Components, func(d *Component) Validity { return d.Valid })
	cut.Addresses = hold(&h, c.Addresses, func(d *Address) Validity { return d.Valid })
	cut.Resources = hold(&h, c.Resources, func(d *Resource) Validity { return d.Valid })
	cut.OwnershipAreas = hold(&h, c.OwnershipAreas, func(d *OwnershipArea) Validity { return d.Valid })
	cut.Units = hold(&h, c.Units, func(d *Unit) Validity { return d.Valid })
	for l, rows := range c.Base {
		cut.Base[l] = hold(&h, rows, func(d *Base) Validity { return d.Valid })
	}
	return &cut, h.span
}

// holding is the time asked for and the changes next to it.
type holding struct {
	t    Moment
	span Validity
}

func (h *holding) sees(v Validity) bool {
	for _, edge := range [...]Moment{v.From, v.To} {
		switch {
		case edge.IsZero():
		case edge > h.t:
			if h.span.To.IsZero() || edge < h.span.To {
				h.span.To = edge
			}
		case edge > h.span.From:
			h.span.From = edge
		}
	}
	return v.holds(h.t)
}

func hold[T any](h *holding, rows []T, valid func(*T) Validity) []T {
	n := 0
	for i := range rows {
		if h.sees(valid(&rows[i])) {
			n++
		}
	}
	if n == len(rows) {
		return rows
	}
	out := make([]T, 0, n)
	for i := range rows {
		if valid(&rows[i]).holds(h.t) {
			out = append(out, rows[i])
		}
	}
	return out
}
