package grids

import (
	"maps"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Edit is one row as it stands after a change, and the version that the change
// made. Exactly one row is set, and it is not changed afterwards. A row keeps
// its FID, its code and the start of its validity for life; a zone and a
// resource also the end, and a zone its shape.
type Edit struct {
	Version   int64
	Component *Component
	Zone      *Zone
	Resource  *Resource
}

// Row returns the layer and what every row has.
func (e *Edit) Row() (Layer, *Feature) {
	switch {
	case e.Component != nil:
		return Components, &e.Component.Feature
	case e.Zone != nil:
		return Zones, &e.Zone.Feature
	}
	return Resources, &e.Resource.Feature
}

// untouched is the version of a row that was never edited: that of a city fresh
// from its import.
const untouched = 1

// ComponentPatch says what to change of a component; nil leaves as it is.
type ComponentPatch struct {
	At                                      *spatial.Coord
	Name, Category, State                   *string
	AccuracyClass, Cell                     *string
	Owner, Maintainer, Authority            *string
	Source, PlacedOn, ChangedOn, Attributes *string
	ValidFrom, ValidTo                      *time.Time
}

// Patched returns a component of its own with the changes made. This is the one
// place that sets the fields of a component that is to be published.
func (c Component) Patched(p ComponentPatch) Component {
	if p.At != nil {
		c.At, c.Shape = *p.At, nil
	}
	set(&c.Name, p.Name)
	set(&c.Cell, p.Cell)
	set(&c.PlacedOn, p.PlacedOn)
	set(&c.ChangedOn, p.ChangedOn)
	set(&c.Attributes, p.Attributes)
	setMoment(&c.Valid.From, p.ValidFrom)
	setMoment(&c.Valid.To, p.ValidTo)
	return c.With(func(t *ComponentTraits) {
		set(&t.Category, p.Category)
		set(&t.State, p.State)
		set(&t.AccuracyClass, p.AccuracyClass)
		set(&t.Owner, p.Owner)
		set(&t.Maintainer, p.Maintainer)
		set(&t.Authority, p.Authority)
		set(&t.Source, p.Source)
	})
}

// ZonePatch says what to change of a zone; nil leaves as it is.
type ZonePatch struct {
	Name, Unit, Staff, Attributes *string
	OnDuty                        *bool
}

// Patched returns a zone of its own with the changes made.
func (z Zone) Patched(p ZonePatch) Zone {
	set(&z.Name, p.Name)
	set(&z.Unit, p.Unit)
	set(&z.Staff, p.Staff)
	set(&z.Attributes, p.Attributes)
	set(&z.OnDuty, p.OnDuty)
	return z
}

// ResourcePatch says what to change of a resource; nil leaves as it is.
type ResourcePatch struct {
	At      *spatial.Coord
	State   *string
	MovedAt *time.Time
}

// Patched returns a resource of its own with the changes made.
func (r Resource) Patched(p ResourcePatch) Resource {
	if p.At != nil {
		r.At, r.Shape = *p.At, nil
	}
	set(&r.State, p.State)
	set(&r.MovedAt, p.MovedAt)
	return r
}

func setMoment(field *Moment, to *time.Time) {
	if to != nil {
		*field = MomentOf(*to)
	}
}

func set[T any](field, to *T) {
	if to != nil {
		*field = *to
	}
}

// With returns the snapshot after the edits, given in the order of their
// versions, as it holds at t, which must lie in the Span. It shares all that
// the edits leave alone: the cost is that of the edits made since the snapshot
// was built (see Edited) and of the zones and resources where such are edited,
// not that of the city. Where rows of one code hold one after the other, the
// Span may end earlier than it needs.
func (s *Snapshot) With(t time.Time, edits ...Edit) *Snapshot {
	city, whole := *s.City, *s.whole
	next := *s
	next.City, next.whole, next.at = &city, &whole, t
	next.layers = maps.Clone(s.layers)
	var over *overlay
	var zones []Zone
	var resources []Resource
	h := holding{t: MomentOf(t), span: s.Span}
	for _, e := range edits {
		city.Version = max(city.Version, e.Version)
		_, f := e.Row()
		h.sees(f.Valid)
		switch {
		case e.Component != nil:
			if over == nil {
				over = s.layers[Components].overlay()
			}
			over.put(s.City.Components, changed{e.Component, e.Version}, t)
		case e.Zone != nil:
			zones = append(zones, *e.Zone)
		case e.Resource != nil:
			resources = append(resources, *e.Resource)
		}
	}
	next.Span = h.span
	whole.Version = city.Version
	if over != nil {
		next.layers[Components] = over.index(&city, s.layers[Components])
	}
	city.RowVersions = versionsAfter(s.City.RowVersions, edits)
	whole.RowVersions = city.RowVersions
	if zones != nil {
		feature := func(z *Zone) *Feature { return &z.Feature }
		city.Zones, whole.Zones = replaced(city.Zones, zones, feature), replaced(whole.Zones, zones, feature)
		next.layers[Zones] = s.layers[Zones].of(&city, Zones)
	}
	if resources != nil {
		feature := func(r *Resource) *Feature { return &r.Feature }
		city.Resources, whole.Resources = replaced(city.Resources, resources, feature), replaced(whole.Resources, resources, feature)
		next.layers[Resources] = city.index(Resources)
	}
	return &next
}

// replaced returns the rows with those of the same FID in the others' place.
func replaced[T any](rows, by []T, feature func(*T) *Feature) []T {
	out := slices.Clone(rows)
	for k := range by {
		f := feature(&by[k])
		for i := find(out, f.Code, feature); i != spatial.None && int(i) < len(out) && feature(&out[i]).Code == f.Code; i++ {
			if feature(&out[i]).FID == f.FID {
				out[i] = by[k]
			}
		}
	}
	return out
}

// versionsAfter adds the versions of edited zones and resources; those of
// components stand in their overlay.
func versionsAfter(of map[Layer]map[int64]int64, edits []Edit) map[Layer]map[int64]int64 {
	out := maps.Clone(of)
	if out == nil {
		out = map[Layer]map[int64]int64{}
	}
	fresh := map[Layer]bool{}
	for i := range edits {
		l, f := edits[i].Row()
		if l == Components {
			continue
		}
		if !fresh[l] {
			fresh[l], out[l] = true, maps.Clone(out[l])
			if out[l] == nil {
				out[l] = map[int64]int64{}
			}
		}
		out[l][f.FID] = edits[i].Version
	}
	return out
}

// of returns the same index over the rows of a city that differ in nothing the
// index knows.
func (x *layerIndex) of(c *City, l Layer) *layerIndex {
	y := *x
	_, y.feature = c.rows(l)
	return &y
}

// Edited returns how many components were edited since the snapshot was built:
// they make every question about components a little slower until Folded.
func (s *Snapshot) Edited() int {
	if o := s.layers[Components].over; o != nil {
		return len(o.rows)
	}
	return 0
}

// Folded returns the same snapshot with the edited components among the others
// and indexed like them; 200,000 take some 100 ms.
func (s *Snapshot) Folded() *Snapshot {
	if s.Edited() == 0 {
		return s
	}
	next, now := *s, *s.City
	next.City, next.whole = &now, s.wholeNow()
	now.RowVersions = next.whole.RowVersions
	h := holding{t: MomentOf(s.at)}
	now.Components = hold(&h, next.whole.Components, func(c *Component) Validity { return c.Valid })
	next.layers = make(map[Layer]*layerIndex, len(s.layers))
	for l, x := range s.layers {
		// Each by the new city: the old one with its components is let go.
		next.layers[l] = x.of(&now, l)
	}
	next.layers[Components] = now.index(Components)
	return &next
}

// wholeNow returns the city with the rows of all times and all edits.
func (s *Snapshot) wholeNow() *City {
	o := s.layers[Components].over
	if o == nil {
		return s.whole
	}
	whole := *s.whole
	whole.Components = o.merged(s.whole.Components)
	whole.RowVersions = maps.Clone(s.whole.RowVersions)
	versions := maps.Clone(whole.RowVersions[Components])
	if versions == nil {
		versions = make(map[int64]int64, len(o.rows))
	}
	for _, c := range o.rows {
		versions[c.row.FID] = c.version
	}
	whole.RowVersions[Components] = versions
	return &whole
}

// RowVersion returns the city's version of the last edit of feature i of a
// layer, 1 where it was never edited. Imports and other programs that write to
// the file raise the city's version, not that of rows.
func (s *Snapshot) RowVersion(l Layer, i int32) int64 {
	if o := s.layers[l].over; o != nil && i >= o.base {
		return o.rows[i-o.base].version
	}
	if v := s.City.RowVersions[l][s.Feature(l, i).FID]; v > 0 {
		return v
	}
	return untouched
}

// Component returns component i.
func (s *Snapshot) Component(i int32) *Component {
	if int(i) < len(s.City.Components) {
		return &s.City.Components[i]
	}
	o := s.layers[Components].over
	return o.rows[i-o.base].row
}
