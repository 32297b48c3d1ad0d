package sprites

import (
	"errors"
	"fmt"
	"math"
	"strings"
)

// operands is how many numbers each command takes.
var operands = map[byte]int{'M': 2, 'L': 2, 'H': 1, 'V': 1, 'C': 6, 'A': 7, 'Z': 0}

// parsePath reads the commands of a path, which stand apart by blanks.
func parsePath(d string) (out []step, err error) {
	words := strings.Fields(strings.ReplaceAll(d, ",", " "))
	var at, start point
	for len(words) > 0 {
		op := words[0]
		n, known := operands[op[0]]
		if len(op) != 1 || !known {
			return nil, fmt.Errorf("%.20q: not one of the commands M L H V C A Z", op)
		}
		if len(words) < n+1 {
			return nil, fmt.Errorf("%s wants %d numbers", op, n)
		}
		var v [7]float64
		for i := range n {
			if v[i], err = number(words[i+1]); err != nil {
				return nil, fmt.Errorf("%s: %w", op, err)
			}
		}
		words = words[n+1:]
		if len(out) == 0 && op != "M" {
			return nil, errors.New("a path begins with M")
		}
		switch op {
		case "M":
			start, at = point{v[0], v[1]}, point{v[0], v[1]}
			out = append(out, to('M', at.x, at.y))
		case "L", "H", "V":
			at = lineEnd(op, at, v)
			out = append(out, to('L', at.x, at.y))
		case "C":
			at = point{v[4], v[5]}
			out = append(out, curve(v[0], v[1], v[2], v[3], v[4], v[5]))
		case "A":
			end := point{v[5], v[6]}
			out = append(out, arc(at, end, v[0], v[1], v[2], v[3] != 0, v[4] != 0)...)
			at = end
		case "Z":
			at = start
			out = append(out, step{op: 'Z'})
		}
		if len(out) > maxSteps {
			return nil, fmt.Errorf("more than %d pieces", maxSteps)
		}
	}
	return out, nil
}

func lineEnd(op string, at point, v [7]float64) point {
	switch op {
	case "H":
		return point{v[0], at.y}
	case "V":
		return point{at.x, v[0]}
	}
	return point{v[0], v[1]}
}

// arc makes cubics of an elliptic arc by the formulas of SVG 1.1, appendix F.6: at
// most a quarter of the ellipse each.
func arc(from, end point, rx, ry, degrees float64, large, sweep bool) (out []step) {
	rx, ry = math.Abs(rx), math.Abs(ry)
	if from == end {
		return nil
	}
	if rx == 0 || ry == 0 {
		return []step{to('L', end.x, end.y)}
	}
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	// Halfway between the ends, in the ellipse's own directions.
	hx, hy := (from.x-end.x)/2, (from.y-end.y)/2
	px, py := cos*hx+sin*hy, -sin*hx+cos*hy
	if over := px*px/(rx*rx) + py*py/(ry*ry); over > 1 { // too small to reach: grown until it does
		rx, ry = rx*math.Sqrt(over), ry*math.Sqrt(over)
	}
	a, b := rx*rx*py*py, ry*ry*px*px
	k := math.Sqrt(max(0, (rx*rx*ry*ry-a-b)/(a+b)))
	if large == sweep {
		k = -k
	}
	qx, qy := k*rx*py/ry, -k*ry*px/rx
	centre := point{cos*qx - sin*qy + (from.x+end.x)/2, sin*qx + cos*qy + (from.y+end.y)/2}
	first := math.Atan2((py-qy)/ry, (px-qx)/rx)
	turn := math.Atan2((-py-qy)/ry, (-px-qx)/rx) - first
	if sweep && turn < 0 {
		turn += 2 * math.Pi
	} else if !sweep && turn > 0 {
		turn -= 2 * math.Pi
	}
	n := max(1, int(math.Ceil(math.Abs(turn)/(math.Pi/2)-1e-9)))
	part := turn / float64(n)
	handle := 4.0 / 3 * math.Tan(part/4)
	on := func(angle float64) (p, direction point) {
		s, c := math.Sincos(angle)
		x, y, dx, dy := rx*c, ry*s, -rx*s, ry*c
		return point{centre.x + cos*x - sin*y, centre.y + sin*x + cos*y}, point{cos*dx - sin*dy, sin*dx + cos*dy}
	}
	at, along := on(first)
	for i := 1; i <= n; i++ {
		next, nextAlong := on(first + part*float64(i))
		if i == n {
			next = end
		}
		out = append(out, curve(
			at.x+handle*along.x, at.y+handle*along.y, next.x-handle*nextAlong.x, next.y-handle*nextAlong.y, next.x, next.y))
		at, along = next, nextAlong
	}
	return out
}
