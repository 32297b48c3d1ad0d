package cases

import "time"

// Lamp is the colour that shows how a case stands by its time.
type Lamp string

// The lamps. Grey is a case without a limit, one whose clock is held, and one
// that is over.
const (
	Green  Lamp = "green"
	Yellow Lamp = "yellow" // 80 % of the time are used up
	Red    Lamp = "red"    // the time is over
	Grey   Lamp = "grey"
)

// Lamps lists all lamps.
func Lamps() []Lamp { return []Lamp{Green, Yellow, Red, Grey} }

// Lamp returns the colour at an instant. The due second itself is still in time.
func (s *Summary) Lamp(now time.Time) Lamp {
	switch {
	case s.State.Over() || s.State == Held || s.DueAt.IsZero():
		return Grey
	case now.After(s.DueAt):
		return Red
	case !s.YellowAt.IsZero() && now.After(s.YellowAt):
		return Yellow
	}
	return Green
}
