package cases

import (
	"encoding/json"
	"time"
)

// Outcome is what a case's log says of whose it was: the labels that first
// dispatch is judged by.
type Outcome struct {
	// First is the unit that the case was dispatched to first, at unit level; ""
	// where it never was. Joint is whether it was to handle with others.
	First   string
	FirstAt time.Time
	Joint   bool
	// Decision is what the dispatch engine had said, as it was kept; nil where
	// nothing was.
	Decision json.RawMessage
	// Last is the unit that the case was given to last, by dispatch or ruling.
	Last string
	// Right is whose the case was, "" where the log does not tell yet: see
	// OutcomeOf. Ruled is whether a ruling said so.
	Right string
	Ruled bool

	Returns, Disputes, Rulings, Reworks, Surveys int
	// ScoreSum is that of the surveys' answers.
	ScoreSum int
}

// OutcomeOf reads the events of a case. Whose it was is told by a ruling; else by
// its closing at the unit that had it last; else, while it is open, by its going to
// another unit after the first gave it back or disputed it. A case that was made
// void tells nothing, nor one that was given back and lies with nobody.
func OutcomeOf(events []Event) Outcome {
	var o Outcome
	over, void, gaveBack, lies := false, false, false, false
	for i := range events {
		e := &events[i]
		switch e.Kind {
		case Dispatch:
			if e.Level == DistrictLevel || e.Unit == "" {
				continue // on its way down
			}
			o.dispatched(e)
			lies = true
		case Rule:
			o.Rulings++
			lies = true
			o.Ruled, o.Last = true, e.Unit
		case Return:
			o.Returns, gaveBack, lies = o.Returns+1, true, false
		case Dispute:
			o.Disputes, gaveBack = o.Disputes+1, true
		case Rework:
			o.Reworks++
		case Survey:
			o.Surveys, o.ScoreSum = o.Surveys+1, o.ScoreSum+e.Score
		case Close:
			over = true
		case Reopen:
			over = false
		case Void:
			void = true
		}
	}
	if !void && lies && o.First != "" && (over || o.Ruled || (gaveBack && o.Last != o.First)) {
		o.Right = o.Last
	}
	return o
}

func (o *Outcome) dispatched(e *Event) {
	if o.First == "" {
		o.First, o.FirstAt, o.Joint, o.Decision = e.Unit, e.At, len(e.Members) > 0, e.Decision
	}
	// A dispatch after a ruling is of a later dispute, if to another unit.
	o.Ruled = o.Ruled && e.Unit == o.Last
	o.Last = e.Unit
}
