package codes

// Component is the code of a managed object (部件).
type Component struct {
	Division string
	// Major and Minor are the category's digits as they stand in the code.
	Major, Minor string
	Serial       int
}

// ParseComponent reads the code of a component by the pattern of its declared
// scheme.
func ParseComponent(p Pattern, code string) (Component, error) {
	groups, err := p.split("component", code, 4)
	if err != nil {
		return Component{}, err
	}
	return Component{groups[0], groups[1], groups[2], number(groups[3])}, nil
}

// Category is the code of the minor, as it stands in the list of categories.
func (c Component) Category() string { return c.Major + c.Minor }

// Code writes the component's code.
func (c Component) Code(p Pattern) (string, error) {
	return p.join("component", c.Division, c.Major, c.Minor, padded(c.Serial, p.Widths[3]))
}

// Event is the code of a class of event (事件) in one division.
type Event struct{ Division, Major, Minor string }

// ParseEvent reads the code of a class of event by the pattern of its declared
// scheme.
func ParseEvent(p Pattern, code string) (Event, error) {
	groups, err := p.split("event", code, 3)
	if err != nil {
		return Event{}, err
	}
	return Event{groups[0], groups[1], groups[2]}, nil
}

// Category is the code of the minor, as it stands in the list of categories.
func (e Event) Category() string { return e.Major + e.Minor }

// Code writes the code of the class.
func (e Event) Code(p Pattern) (string, error) { return p.join("event", e.Division, e.Major, e.Minor) }

// Zone is the code of a responsibility zone (责任网格). No standard's pattern
// is known: a city declares one of a serial alone, or of division and serial,
// or of division, street and serial.
type Zone struct {
	Division string // or ""
	Street   string // its digits, or ""
	Serial   int
}

// ParseZone reads the code of a zone by the city's pattern.
func ParseZone(p Pattern, code string) (Zone, error) {
	n := min(max(p.groups(), 1), 3)
	groups, err := p.split("zone", code, n)
	if err != nil {
		return Zone{}, err
	}
	z := Zone{Serial: number(groups[n-1])}
	if n > 1 {
		z.Division = groups[0]
	}
	if n > 2 {
		z.Street = groups[1]
	}
	return z, nil
}

// Code writes the zone's code.
func (z Zone) Code(p Pattern) (string, error) {
	switch serial := padded(z.Serial, p.Widths[max(p.groups(), 1)-1]); p.groups() {
	case 3:
		return p.join("zone", z.Division, z.Street, serial)
	case 2:
		return p.join("zone", z.Division, serial)
	default:
		return p.join("zone", serial)
	}
}
