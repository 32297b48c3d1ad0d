package detect

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
)

// Limits of Detect.
const (
	// MinPoints is how many different points there must be.
	MinPoints = 200
	// MaxRows is how many rows may come.
	MaxRows = 100_000
	// maxUsed is how many points are looked at: more of them tell no more.
	maxUsed = 5_000
	// maxShown bounds the faults and guesses that are listed.
	maxShown = 10
)

// Sentinels for errors.Is.
var (
	// ErrTooFew is wrapped when fewer than MinPoints different points can be used.
	ErrTooFew = errors.New("too few points")
	// ErrTooMany is wrapped when there are more than MaxRows rows.
	ErrTooMany = errors.New("too many points")
)

// Row is a point as it came, two figures in the order of their columns, with
// what is known of its place. Of several expectations the first that the city
// knows counts: Cell, Community, Zone, Category.
type Row struct {
	X, Y      float64
	Cell      string
	Community string
	Zone      string
	// Category is the code of a minor or major category: the point is a
	// component of it.
	Category string
}

// Fault says why a row was not used.
type Fault struct {
	Row    int // counted from 0
	Reason string
}

// Reading is a way to read two figures as a place.
type Reading struct {
	// Systems has the names of all systems that give the same places.
	Systems  []string
	Axes     Axes
	Notation Notation
}

// String names the reading: "gcj02", "epsg:4547 lat,lon", "wgs84 dd.mmss".
func (r Reading) String() string {
	out := strings.Join(r.Systems, " = ")
	if r.Axes != LonLat {
		out += " " + string(r.Axes)
	}
	if r.Notation != Degrees && r.Notation != Metres {
		out += " " + string(r.Notation)
	}
	return out
}

// Guess is a reading with the points that it puts where they should lie.
type Guess struct {
	Reading
	Matched int
	Score   float64 // the share of the points
}

// Offset is how far all points lie from where they should, in metres: take it
// away and they fit.
type Offset struct{ EastM, NorthM float64 }

// LengthM is the length of the offset.
func (o Offset) LengthM() float64 { return math.Hypot(o.EastM, o.NorthM) }

// Finding is the answer of Detect.
type Finding struct {
	// Verdict is the reading that the points are in; nil for "cannot tell".
	Verdict *Reading
	// Reason says in words what the verdict rests on, or why there is none.
	Reason string
	// Guesses has the readings that fit at least one point, at most 10, best
	// first.
	Guesses []Guess
	// Chance is the share of the points that would lie where they should if they
	// were drawn at random from the city.
	Chance float64
	// ToleranceM is how far from its place a point counts as lying there.
	ToleranceM float64
	// Offset is set where the points of the best guess are shifted all alike.
	Offset *Offset
	// Points is how many points were looked at; Rows how many came; Repeated and
	// Faulty how many of those said the same as an earlier row or could not be
	// used; Faults has the first of the latter.
	Points, Rows, Repeated, Faulty int
	Faults                         []Fault
}

// Detect finds the coordinate system of the rows. An error wraps ErrTooFew or
// ErrTooMany, or is the context's.
func Detect(ctx context.Context, snap *grids.Snapshot, rows []Row) (*Finding, error) {
	if len(rows) > MaxRows {
		return nil, fmt.Errorf("%w: %d rows, at most %d are read", ErrTooMany, len(rows), MaxRows)
	}
	d := &detective{ground: newGround(snap)}
	d.found.Rows = len(rows)
	d.take(rows)
	if n := len(d.points); n < MinPoints {
		return nil, fmt.Errorf("%w: %d different points of %d rows can be used, %d are needed%s", ErrTooFew, n, len(rows), MinPoints, d.excuse())
	}
	d.sample()
	d.found.Points = len(d.points)
	for _, h := range hypotheses(snap) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		d.try(h)
	}
	d.drawAtRandom()
	d.decide()
	return &d.found, nil
}

// detective is one search.
type detective struct {
	ground *ground
	points []point
	tries  []*attempt
	// byChance has, for places drawn at random, how far each is from where a
	// point should lie.
	byChance []float64
	found    Finding
}

// point is a row that can be used.
type point struct {
	x, y float64
	want expectation
}

// take keeps the rows that can be used, each but once.
func (d *detective) take(rows []Row) {
	seen := make(map[point]bool, len(rows))
	for i := range rows {
		want, err := d.ground.expect(&rows[i])
		if !isFinite(rows[i].X) || !isFinite(rows[i].Y) {
			err = fmt.Errorf("(%v, %v) is not a pair of numbers", rows[i].X, rows[i].Y)
		}
		p := point{rows[i].X, rows[i].Y, want}
		switch {
		case err != nil:
			if d.found.Faulty++; len(d.found.Faults) < maxShown {
				d.found.Faults = append(d.found.Faults, Fault{i, err.Error()})
			}
		case seen[p]:
			d.found.Repeated++
		default:
			seen[p] = true
			d.points = append(d.points, p)
		}
	}
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// excuse says what became of the other rows.
func (d *detective) excuse() string {
	var out string
	if d.found.Repeated > 0 {
		out += fmt.Sprintf("; %d repeat an earlier row", d.found.Repeated)
	}
	if d.found.Faulty > 0 {
		first := d.found.Faults[0]
		out += fmt.Sprintf("; %d are faulty, the first is row %d: %s", d.found.Faulty, first.Row+1, first.Reason)
	}
	return out
}

// seed fixes all that is drawn.
const seed = 4490

// sample draws as many points as are looked at.
func (d *detective) sample() {
	if len(d.points) <= maxUsed {
		return
	}
	rand.New(rand.NewPCG(seed, 0)).Shuffle(len(d.points), func(i, j int) {
		d.points[i], d.points[j] = d.points[j], d.points[i]
	})
	d.points = d.points[:maxUsed]
}
