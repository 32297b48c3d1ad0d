package clock

import "time"

// Outcome is what the on-time rate asks of a case: when it was due, when it was
// closed, whether it is held now.
type Outcome struct {
	Due    time.Time // zero where it is not known
	Closed time.Time // zero where it is open
	Held   bool
}

// InTime tells whether the case was closed by its due time, to the second.
func (o Outcome) InTime() bool {
	return !o.Due.IsZero() && !o.Closed.IsZero() && o.Closed.Unix() <= o.Due.Unix()
}

// OnTime is the on-time rate (按期结案率) of some cases:
// InTime / (Due − Held). Sums add up, so a city's is the sum of its districts'.
type OnTime struct {
	Due    int // 应结案: due in the period
	Held   int // of these, still open and held
	InTime int // of these, closed by their due time
}

// Count adds a case if it was due in the period that begins at from and ends
// before to. A case that is held and not closed counts as held, one held
// without a known due time not at all.
func (n *OnTime) Count(o Outcome, from, to time.Time) {
	if o.Due.IsZero() || o.Due.Before(from) || !o.Due.Before(to) {
		return
	}
	n.Due++
	switch {
	case o.InTime():
		n.InTime++
	case o.Held && o.Closed.IsZero():
		n.Held++
	}
}

// Add adds another sum.
func (n *OnTime) Add(o OnTime) {
	n.Due += o.Due
	n.Held += o.Held
	n.InTime += o.InTime
}

// Rate is the share closed in time, 0 to 1; false where nothing was due.
func (n *OnTime) Rate() (float64, bool) {
	if n.Due <= n.Held {
		return 0, false
	}
	return float64(n.InTime) / float64(n.Due-n.Held), true
}
