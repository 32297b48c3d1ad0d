package truth

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// Mix is by which shares cases are drawn.
type Mix struct {
	Events    float64 // of all cases; the rest are about components
	Near      float64 // of all: within 10 m of a border of responsibility
	Ownerless float64 // of all: components that nobody owns on record
	Joint     float64 // of all: those of them handled jointly
	Stale     float64 // of all: components whose ownership record went stale
	Twin      float64 // of all: components with another of the class within 2 m
	TwinOther float64 // of twins: those whose twin has another owner
	// WrongCategory is how many are reported as another minor of the major.
	WrongCategory float64
}

// TheMix is the one that is fixed; that half of the twins have another owner and
// a third of the ownerless are covers for joint handling was set before anything
// was measured.
func TheMix() Mix {
	return Mix{Events: 0.60, Near: 0.40, Ownerless: 0.15, Joint: 0.05, Stale: 0.05, Twin: 0.10, TwinOther: 0.5, WrongCategory: 0.03}
}

// Stratum is what is special about a case.
type Stratum uint8

// The strata.
const (
	Event Stratum = iota
	Plain
	Ownerless
	JointCover
	StaleRecord
	Twin
	strata
)

// String names the stratum in tables.
func (s Stratum) String() string {
	return [...]string{"event", "component", "ownerless", "joint cover", "stale record", "twin"}[s]
}

// Case is a report and the truth about it.
type Case struct {
	Stratum   Stratum
	Near      bool
	Kind      grids.Kind
	Category  string // the true one
	Component string // the true one, or ""
	// Unit is who is responsible; Joint whether others come too.
	Unit  string
	Joint bool
	// Hidden is whether nothing on record at the start shows it.
	Hidden bool

	at point
}

// Report is a case as it is reported.
type Report struct {
	*Case
	Lon, Lat  float64
	AccuracyM float64
	Category  string
	Wrong     bool
	seen      point
}

// Give is a return that both sides agreed on.
type Give struct {
	Component, Unit string
	At              time.Time
}

// World is a city with its truth.
type World struct {
	City    *grids.City
	Records []grids.OwnershipRecord
	Rulings []grids.Ruling
	Returns []Give

	mix     Mix
	land    *territory
	r       *rand.Rand
	lead    string
	joint   string // the class handled jointly
	things  []thing
	strata  [strata][]int32 // things by stratum
	near    map[int32]bool
	minors  map[string][]string
	drawn   [strata][2]float64 // how many draws were near, and all
	at      squares            // things
	byCode  map[string]int32
	classOf map[string]string // accuracy class by category
}

// thing is a component and the truth about it.
type thing struct {
	at      point // as recorded
	really  point
	sigma   float64
	stratum Stratum
	unit    string
	joint   bool
	row     int32
}

// Options say what to make.
type Options struct {
	Seed uint64
	Mix  Mix
	// Joint is the component class whose covers are handled jointly, and Lead who
	// leads.
	Joint, Lead string
	// Start is when what is on record begins, Now when cases come.
	Start, Now time.Time
}

// Make changes a copy of the city. Of its components 12 % lose owner and
// maintainer, 4 % have stale records, 6 % have a twin.
func Make(city *grids.City, o Options) (*World, error) {
	c := *city
	c.Components = slices.Clone(city.Components)
	w := &World{
		City: &c, mix: o.Mix, land: newTerritory(city), r: rand.New(rand.NewPCG(o.Seed, 0x7472757468)), lead: o.Lead, joint: o.Joint,
		near: map[int32]bool{}, minors: map[string][]string{}, byCode: map[string]int32{}, classOf: map[string]string{},
	}
	for _, k := range c.Categories {
		if k.Major != "" && k.Scheme == c.Scheme {
			key := string(k.Kind) + k.Major
			w.minors[key] = append(w.minors[key], k.Code)
		}
	}
	if len(w.land.borders) == 0 || len(c.Components) == 0 {
		return nil, fmt.Errorf("city %s has no borders of responsibility or no components", c.Code)
	}
	for i := range city.Components {
		w.populate(int32(i), o)
	}
	for i := range w.things {
		t := &w.things[i]
		w.strata[t.stratum] = append(w.strata[t.stratum], int32(i))
		w.at.add(int32(i), t.at.x, t.at.y, t.at.x, t.at.y)
		w.byCode[c.Components[t.row].Code] = int32(i)
	}
	c.Sort()
	for i := range c.Components {
		if t, ok := w.byCode[c.Components[i].Code]; ok {
			w.things[t].row = int32(i)
		}
	}
	for _, s := range []Stratum{Plain, Ownerless, JointCover, StaleRecord, Twin} {
		if len(w.strata[s]) == 0 {
			return nil, fmt.Errorf("city %s has no component for %s", c.Code, s)
		}
	}
	return w, nil
}

// sigmaOf are the errors of recorded positions by accuracy class: ±0.5, 1 and
// 10 m as 68 % circles.
func sigmaOf(class string) float64 {
	const perSigma = 1.5095921854516636
	switch class {
	case "A":
		return 0.5 / perSigma
	case "B":
		return 1 / perSigma
	}
	return 10 / perSigma
}

// populate makes the thing of a component.
func (w *World) populate(i int32, o Options) {
	row := &w.City.Components[i]
	if row.State == "移除" || row.Shape != nil {
		return
	}
	t := thing{at: w.land.plane.of(row.At), sigma: sigmaOf(row.AccuracyClass), row: i, stratum: Plain}
	t.really = w.moved(t.at, t.sigma)
	owner := row.Owner
	if owner == "" {
		owner = row.Maintainer
	}
	if w.land.zoneUnit(t.really) == "" {
		return
	}
	dice := w.r.Float64()
	switch {
	case row.Category == w.joint:
		t.stratum, t.joint, t.unit = JointCover, true, w.lead
		w.clear(row)
	case owner == "" || dice < 0.12:
		t.stratum, t.unit = Ownerless, w.land.groundUnit(row.Category, t.really)
		w.clear(row)
	case dice < 0.16:
		t.stratum, t.unit = StaleRecord, w.goStale(row, owner, o)
	case dice < 0.22:
		t.stratum, t.unit = Twin, owner
		w.addTwin(row, t, owner)
	default:
		t.unit = owner
	}
	w.things = append(w.things, t)
}

func (w *World) clear(row *grids.Component) {
	*row = row.With(func(t *grids.ComponentTraits) { t.Owner, t.Maintainer = "", "" })
}

func (w *World) moved(q point, sigma float64) point {
	return point{q.x + sigma*w.r.NormFloat64(), q.y + sigma*w.r.NormFloat64()}
}

// other draws a unit that is not the one given.
func (w *World) other(unit string) string {
	for {
		if u := w.City.Units[w.r.IntN(len(w.City.Units))].Code; u != unit {
			return u
		}
	}
}

// goStale writes a record that no longer says who is responsible: expired, ruled
// otherwise later, or given back later. It returns who is.
func (w *World) goStale(row *grids.Component, owner string, o Options) string {
	claim := func(unit string, from, to time.Time) grids.Claim {
		return grids.Claim{
			ID: int64(len(w.Records) + len(w.Rulings) + 1), Subject: grids.Subject{Component: row.Code}, Unit: unit,
			Evidence: "模拟", Valid: grids.Between(from, to),
		}
	}
	wrong := w.other(owner)
	half := o.Start.Add(o.Now.Sub(o.Start) / 2)
	switch w.r.IntN(3) {
	case 0:
		w.Records = append(w.Records, grids.OwnershipRecord{Claim: claim(wrong, o.Start, half)})
		return owner
	case 1:
		w.Records = append(w.Records, grids.OwnershipRecord{Claim: claim(wrong, o.Start, time.Time{})})
		right := w.other(wrong)
		w.Rulings = append(w.Rulings, grids.Ruling{Claim: claim(right, half, time.Time{})})
		return right
	}
	w.Records = append(w.Records, grids.OwnershipRecord{Claim: claim(wrong, o.Start, time.Time{})})
	w.Returns = append(w.Returns, Give{row.Code, wrong, half})
	return owner
}

// addTwin puts another component of the class within 2 m.
func (w *World) addTwin(row *grids.Component, t thing, owner string) {
	sin, cos := math.Sincos(2 * math.Pi * w.r.Float64())
	d := 0.3 + 1.7*w.r.Float64()
	twin := *row
	twin.FID, twin.Code = 0, row.Code+"T"
	t.at = point{t.at.x + d*cos, t.at.y + d*sin}
	t.really = w.moved(t.at, t.sigma)
	twin.At = w.land.plane.coord(t.at)
	if w.r.Float64() < w.mix.TwinOther {
		t.unit = w.other(owner)
		twin = twin.With(func(x *grids.ComponentTraits) { x.Owner, x.Maintainer = t.unit, t.unit })
	}
	t.row = int32(len(w.City.Components))
	w.City.Components = append(w.City.Components, twin)
	w.things = append(w.things, t)
}
