package demo

// dozen is twelve points around a circle of radius 1000.
func dozen() []pt {
	return []pt{
		{1000, 0},
		{866, 500},
		{500, 866},
		{0, 1000},
		{-500, 866},
		{-866, 500},
		{-1000, 0},
		{-866, -500},
		{-500, -866},
		{0, -1000},
		{500, -866},
		{866, -500},
	}
}

// smooth rounds the corners of a line by cutting them (Chaikin), which needs
// nothing but quarters. The ends of an open line stay.
func smooth(line []pt, closed bool, rounds int) []pt {
	for range rounds {
		n := len(line)
		out := make([]pt, 0, 2*n)
		if !closed {
			out = append(out, line[0])
		}
		for i, a := range line {
			if i == n-1 && !closed {
				break
			}
			b := line[(i+1)%n]
			out = append(out, a.times(3, 4).add(b.times(1, 4)), a.times(1, 4).add(b.times(3, 4)))
		}
		if !closed {
			out = append(out, line[n-1])
		}
		line = out
	}
	return line
}

// paced returns points on the line about step apart, the ends included; of a
// closed line the first point is not repeated.
func paced(line []pt, closed bool, step int64) []pt {
	if closed {
		line = append(append([]pt(nil), line...), line[0])
	}
	total := lengthOf(line)
	n := max((total+step/2)/step, 1)
	out := make([]pt, 0, n+1)
	for i := range n {
		p, _ := pointAt(line, total*i/n)
		out = append(out, p)
	}
	if !closed {
		out = append(out, line[len(line)-1])
	}
	return out
}

func lengthOf(line []pt) int64 {
	var sum int64
	for i := 1; i < len(line); i++ {
		sum += line[i].sub(line[i-1]).length()
	}
	return sum
}

// pointAt returns the point of the line at a distance from its start and the
// segment it lies on, as a vector.
func pointAt(line []pt, distance int64) (at, along pt) {
	for i := 1; i < len(line); i++ {
		ab := line[i].sub(line[i-1])
		l := ab.length()
		if distance <= l && l > 0 {
			return line[i-1].add(ab.times(distance, l)), ab
		}
		distance -= l
	}
	n := len(line)
	return line[n-1], line[n-1].sub(line[n-2])
}

// beside returns the line moved to its left by off, which must be less than
// its radius of curvature.
func beside(line []pt, off int64) []pt {
	out := make([]pt, len(line))
	for i, p := range line {
		along := line[min(i+1, len(line)-1)].sub(line[max(i-1, 0)])
		out[i] = p.add(along.left().to(off))
	}
	return out
}

// wander returns a gently curved line through the control points, each moved
// by at most r but the ends.
func (d dice) wander(through []pt, r, step int64) []pt {
	line := append([]pt(nil), through...)
	for i := 1; i+1 < len(line); i++ {
		line[i] = d.jitter(line[i], r)
	}
	return paced(smooth(line, false, 3), false, step)
}
