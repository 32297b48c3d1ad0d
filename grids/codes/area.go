package codes

// Street is the code of a street (街道, 镇, 乡).
type Street struct {
	Division string // GB/T 2260
	Number   int    // from 1
}

// Community is the code of a community (社区, 村).
type Community struct {
	Division string
	Street   int
	Number   int // from 1
}

// Cell is the code of a unit cell (单元网格).
type Cell struct {
	Division  string
	Street    int
	Community int
	Serial    int // from 1; 999 is the last where it has three digits
}

// The patterns of what lies above a cell are the first groups of the cell's,
// so that the code of a cell begins with the code of its community.
const (
	divisionGroup = iota
	streetGroup
	communityGroup
	serialGroup
)

// ParseDivision reads the code of a division by the city's pattern of cells,
// the zero value for the standard's, and returns its digits.
func ParseDivision(cells Pattern, code string) (string, error) {
	groups, err := cells.or(CellPattern()).first(1).split("division", code, 1)
	return groups[divisionGroup], err
}

// ParseStreet reads the code of a street by the city's pattern of cells, the
// zero value for the standard's.
func ParseStreet(cells Pattern, code string) (Street, error) {
	p := cells.or(CellPattern()).first(streetGroup + 1)
	groups, err := p.split("street", code, streetGroup+1)
	if err != nil {
		return Street{}, err
	}
	s := Street{groups[divisionGroup], number(groups[streetGroup])}
	if err := p.above0("street", code, streetGroup, s.Number); err != nil {
		return Street{}, err
	}
	return s, nil
}

// Code writes the street's code.
func (s Street) Code(cells Pattern) (string, error) {
	p := cells.or(CellPattern()).first(streetGroup + 1)
	code, err := p.join("street", s.Division, padded(s.Number, p.Widths[streetGroup]))
	if err != nil {
		return "", err
	}
	return code, p.above0("street", code, streetGroup, s.Number)
}

// ParseCommunity reads the code of a community by the city's pattern of cells,
// the zero value for the standard's.
func ParseCommunity(cells Pattern, code string) (Community, error) {
	p := cells.or(CellPattern()).first(communityGroup + 1)
	groups, err := p.split("community", code, communityGroup+1)
	if err != nil {
		return Community{}, err
	}
	c := Community{groups[divisionGroup], number(groups[streetGroup]), number(groups[communityGroup])}
	if err := c.check(p, code); err != nil {
		return Community{}, err
	}
	return c, nil
}

func (c Community) check(p Pattern, code string) error {
	if err := p.above0("community", code, streetGroup, c.Street); err != nil {
		return err
	}
	return p.above0("community", code, communityGroup, c.Number)
}

// Code writes the community's code.
func (c Community) Code(cells Pattern) (string, error) {
	p := cells.or(CellPattern()).first(communityGroup + 1)
	code, err := p.join("community", c.Division, padded(c.Street, p.Widths[streetGroup]), padded(c.Number, p.Widths[communityGroup]))
	if err != nil {
		return "", err
	}
	return code, c.check(p, code)
}

// In is the street above.
func (c Community) In() Street { return Street{c.Division, c.Street} }

// ParseCell reads the code of a cell by the city's pattern, the zero value for
// the standard's.
func ParseCell(p Pattern, code string) (Cell, error) {
	p = p.or(CellPattern())
	groups, err := p.split("cell", code, serialGroup+1)
	if err != nil {
		return Cell{}, err
	}
	c := Cell{groups[divisionGroup], number(groups[streetGroup]), number(groups[communityGroup]), number(groups[serialGroup])}
	if err := c.check(p, code); err != nil {
		return Cell{}, err
	}
	return c, nil
}

func (c Cell) check(p Pattern, code string) error {
	for g, n := range [...]int{streetGroup: c.Street, communityGroup: c.Community, serialGroup: c.Serial} {
		if g == divisionGroup {
			continue
		}
		if err := p.above0("cell", code, g, n); err != nil {
			return err
		}
	}
	return nil
}

// Code writes the cell's code.
func (c Cell) Code(p Pattern) (string, error) {
	p = p.or(CellPattern())
	code, err := p.join("cell", c.Division, padded(c.Street, p.Widths[streetGroup]),
		padded(c.Community, p.Widths[communityGroup]), padded(c.Serial, p.Widths[serialGroup]))
	if err != nil {
		return "", err
	}
	return code, c.check(p, code)
}

// In is the community above.
func (c Cell) In() Community { return Community{c.Division, c.Street, c.Community} }
