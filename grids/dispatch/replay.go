package dispatch

import (
	"cmp"
	"context"
	"iter"
	"slices"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Past is a case of the past with its first decision.
type Past struct {
	ID     string
	Report Report
	// Unit and Mode are the first dispatch, Mode "" if it is not known how it was
	// handled; Right is who it was in the end, "" if that is not known.
	Unit  string
	Mode  Mode
	Right string
}

// Diff is what changed rules would have decided otherwise.
type Diff struct {
	Cases, Changed int
	// Refused counts reports that can no longer be decided, by error.
	Refused map[string]int
	// Better and Worse count the changes of cases whose right unit is known.
	Better, Worse int
	// Automatic counts the cases that would go out without a person.
	Automatic int
	// Pairs and Classes are the changes by unit before and after, and by class,
	// most first.
	Pairs   []PairDiff
	Classes []ClassDiff
	// Points are the changed cases, for a map layer: the first MaxPoints of them.
	Points []PointDiff
}

// PairDiff is how many cases go from one unit to another.
type PairDiff struct {
	From, To      string
	N             int
	Better, Worse int
}

// ClassDiff is how many cases of a class change.
type ClassDiff struct {
	Kind     grids.Kind
	Category string
	N, Of    int
}

// PointDiff is one changed case.
type PointDiff struct {
	ID       string
	At       spatial.Coord
	Kind     grids.Kind
	Category string
	From, To string
	// Right is who it was in the end, "" if that is not known.
	Right string
	Mode  Mode
	Basis Step
}

// MaxPoints is how many changed cases a Diff has, each some 150 bytes: more than the
// cases of a year.
const MaxPoints = 120_000

// maxRefused bounds the different errors that are told apart.
const maxRefused = 100

// Replay decides past cases anew (dry run). It stops with the context's error.
func Replay(ctx context.Context, e *Engine, cases iter.Seq[Past]) (*Diff, error) {
	const look = 1024 // cases between two looks at the context
	d := &Diff{Refused: map[string]int{}}
	type pair struct{ from, to string }
	pairs, classes := map[pair]*PairDiff{}, map[classKey]*ClassDiff{}
	for p := range cases {
		if d.Cases%look == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		d.Cases++
		v, err := e.Whose(p.Report)
		if err != nil {
			if text := err.Error(); d.Refused[text] > 0 || len(d.Refused) < maxRefused {
				d.Refused[text]++
			}
			continue
		}
		if v.Automatic {
			d.Automatic++
		}
		key := classKey{p.Report.Kind, p.Report.Category}
		c := classes[key]
		if c == nil {
			c = &ClassDiff{Kind: key.kind, Category: key.code}
			classes[key] = c
		}
		c.Of++
		if v.Unit == p.Unit && (p.Mode == "" || (v.Mode == Joint) == (p.Mode == Joint)) {
			continue
		}
		d.Changed++
		c.N++
		x := pairs[pair{p.Unit, v.Unit}]
		if x == nil {
			x = &PairDiff{From: p.Unit, To: v.Unit}
			pairs[pair{p.Unit, v.Unit}] = x
		}
		x.N++
		switch p.Right {
		case "":
		case v.Unit:
			d.Better, x.Better = d.Better+1, x.Better+1
		case p.Unit:
			d.Worse, x.Worse = d.Worse+1, x.Worse+1
		}
		if len(d.Points) < MaxPoints {
			d.Points = append(d.Points, PointDiff{p.ID, p.Report.At, key.kind, key.code, p.Unit, v.Unit, p.Right, v.Mode, v.Basis})
		}
	}
	for _, x := range pairs {
		d.Pairs = append(d.Pairs, *x)
	}
	slices.SortFunc(d.Pairs, func(a, b PairDiff) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	for _, c := range classes {
		if c.N > 0 {
			d.Classes = append(d.Classes, *c)
		}
	}
	slices.SortFunc(d.Classes, func(a, b ClassDiff) int {
		return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Category, b.Category))
	})
	return d, nil
}
