package grids

// ComponentTraits are the columns of a component that thousands have in common:
// the 200,000 components of a city have 1,500 sets of them.
type ComponentTraits struct {
	Category      string
	State         string
	AccuracyClass string
	Owner         string // 权属单位, often empty
	Maintainer    string // 养护单位
	Authority     string // 主管部门
	Source        string
}

// With returns the component with changed traits. Those it shared with others
// stay as they are, so that a row of a published city can be copied and edited.
func (c Component) With(change func(*ComponentTraits)) Component {
	var t ComponentTraits
	if c.ComponentTraits != nil {
		t = *c.ComponentTraits
	}
	change(&t)
	if c.ComponentTraits == nil || t != *c.ComponentTraits {
		c.ComponentTraits = &t
	}
	return c
}

// TraitTable keeps one copy of each set of traits. Its zero value is ready; it is
// for one goroutine.
type TraitTable struct {
	sets map[ComponentTraits]*ComponentTraits
	last *ComponentTraits
}

// Share returns the one copy of t.
func (s *TraitTable) Share(t ComponentTraits) *ComponentTraits {
	// Rows come by category and street: two in three follow one of the same set.
	if s.last != nil && *s.last == t {
		return s.last
	}
	one, ok := s.sets[t]
	if !ok {
		if s.sets == nil {
			s.sets = map[ComponentTraits]*ComponentTraits{}
		}
		kept := t // t itself stays off the heap
		one = &kept
		s.sets[t] = one
	}
	s.last = one
	return one
}

// completeTraits gives the components without traits empty ones, so that
// reading them needs no thought.
func (c *City) completeTraits() {
	var none *ComponentTraits
	for i := range c.Components {
		if c.Components[i].ComponentTraits != nil {
			continue
		}
		if none == nil {
			none = &ComponentTraits{}
		}
		c.Components[i].ComponentTraits = none
	}
}
