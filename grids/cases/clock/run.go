package clock

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// What a run refuses.
var (
	ErrExtensions = errors.New("it was extended as often as it may be")
	ErrHeld       = errors.New("the clock is held")
	ErrNotHeld    = errors.New("the clock is not held")
	ErrOrder      = errors.New("the time lies before what happened last")
	ErrPauses     = errors.New("the clock was held too often")
)

// MaxExtensions is how often a limit may be added once more.
const MaxExtensions = 2

// maxPauses bounds what a stored run makes the server count.
const maxPauses = 100

// Run is a clock that was started: a copy of the limit and what happened to it
// since. It is a value to be stored with the case, so that a change of the
// conditions touches only what is dispatched later. The methods that change it
// refuse what cannot be and leave it as it was then; they never change what a
// copy shares.
type Run struct {
	Start time.Time `json:"start"`
	Limit Limit     `json:"limit"`
	// Extensions (延期) add the original limit once more each.
	Extensions int `json:"extensions,omitempty"`
	// Pauses (挂账) stand in order and do not overlap.
	Pauses []Pause `json:"pauses,omitempty"`
	// Urged (督办) are marks that change no time.
	Urged []time.Time `json:"urged,omitempty"`
}

// Pause is a time in which the clock stands still.
type Pause struct {
	From time.Time `json:"from"`
	// Until is zero as long as no date is known.
	Until time.Time `json:"until,omitzero"`
}

// Hold stops the clock at an instant until another, or until [Run.Resume] if
// that is zero.
func (r *Run) Hold(at, until time.Time) error {
	switch {
	case len(r.Pauses) == maxPauses:
		return fmt.Errorf("hold: %w: %d times", ErrPauses, maxPauses)
	case at.Before(r.Start), !until.IsZero() && until.Before(at):
		return fmt.Errorf("hold from %s until %s: %w", at.Format(time.RFC3339), until.Format(time.RFC3339), ErrOrder)
	case r.HeldAt(at):
		return fmt.Errorf("hold at %s: %w already", at.Format(time.RFC3339), ErrHeld)
	case len(r.Pauses) > 0 && at.Before(r.Pauses[len(r.Pauses)-1].From):
		return fmt.Errorf("hold at %s: %w", at.Format(time.RFC3339), ErrOrder)
	}
	r.Pauses = append(slices.Clip(r.Pauses), Pause{at, until})
	return nil
}

// Resume lets the clock go on, at the latest when the hold's own date came: a
// resume after that changes nothing.
func (r *Run) Resume(at time.Time) error {
	if len(r.Pauses) == 0 {
		return fmt.Errorf("resume at %s: %w", at.Format(time.RFC3339), ErrNotHeld)
	}
	last := r.Pauses[len(r.Pauses)-1]
	if at.Before(last.From) {
		return fmt.Errorf("resume at %s: %w", at.Format(time.RFC3339), ErrOrder)
	}
	if last.Until.IsZero() || at.Before(last.Until) {
		r.Pauses = slices.Clone(r.Pauses)
		r.Pauses[len(r.Pauses)-1].Until = at
	}
	return nil
}

// Extend adds the original limit once more.
func (r *Run) Extend() error {
	if r.Extensions >= MaxExtensions {
		return fmt.Errorf("extend: %w: %d times", ErrExtensions, r.Extensions)
	}
	r.Extensions++
	return nil
}

// Urge leaves a mark.
func (r *Run) Urge(at time.Time) { r.Urged = append(slices.Clip(r.Urged), at) }

// HeldAt tells whether the clock stands still at an instant.
func (r *Run) HeldAt(at time.Time) bool {
	return slices.ContainsFunc(r.Pauses, func(p Pause) bool {
		return !at.Before(p.From) && (p.Until.IsZero() || at.Before(p.Until))
	})
}

// stretch is a time in which the clock goes, in Unix seconds.
type stretch struct {
	window
	open bool // the clock goes on after it
}

// total is the limit with its extensions in seconds.
func (r *Run) total() (int64, error) {
	one, err := r.Limit.Seconds()
	if err != nil {
		return 0, err
	}
	if r.Extensions < 0 || r.Extensions > MaxExtensions {
		return 0, fmt.Errorf("%d extensions: %w", r.Extensions, ErrExtensions)
	}
	return one * int64(1+r.Extensions), nil
}

// stretches calls do with the times in which the clock goes, in order, until it
// returns false. A run that was stored is not trusted.
func (r *Run) stretches(do func(stretch) bool) error {
	if len(r.Pauses) > maxPauses {
		return fmt.Errorf("%d holds: %w", len(r.Pauses), ErrPauses)
	}
	from, err := instant(r.Start)
	if err != nil {
		return err
	}
	for i, p := range r.Pauses {
		pause, err := instant(p.From)
		if err != nil {
			return err
		}
		if pause < from {
			return fmt.Errorf("hold %d at %s: %w", i+1, p.From.Format(time.RFC3339), ErrOrder)
		}
		if !do(stretch{window{from, pause}, false}) {
			return nil
		}
		if p.Until.IsZero() {
			if i+1 < len(r.Pauses) {
				return fmt.Errorf("hold %d at %s: %w already", i+2, r.Pauses[i+1].From.Format(time.RFC3339), ErrHeld)
			}
			return nil
		}
		if from, err = instant(p.Until); err != nil {
			return err
		}
		if from < pause {
			return fmt.Errorf("hold %d until %s: %w", i+1, p.Until.Format(time.RFC3339), ErrOrder)
		}
	}
	do(stretch{window{from, end}, true})
	return nil
}
