package demo

// digLake returns the shore of the town's lake: a round of points at a part of
// the way from the park's middle to its border, smoothed.
func (p *plan) digLake() []pt {
	park := p.boroughs[0].park
	ring := p.points(park)
	c := p.hearts[park]
	rays := dozen()
	shore := make([]pt, len(rays))
	for i, dir := range rays {
		reach := int64(7_000)
		a := ring[len(ring)-1]
		for _, b := range ring {
			if q, _, ok := crossing(c, c.add(dir.to(100_000)), a, b); ok {
				reach = min(reach, q.sub(c).length())
			}
			a = b
		}
		shore[i] = c.add(dir.to(reach * p.between(48, 68) / 100))
	}
	return smooth(shore, true, 2)
}
