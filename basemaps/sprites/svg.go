package sprites

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/color"
	"io"
	"math"
	"strconv"
	"strings"
)

// drawing is an icon: shapes one over the other in a square of the given side.
type drawing struct {
	side   float64
	shapes []shape
}

// shape is an area with one colour.
type shape struct {
	fill color.NRGBA
	path []step
}

// step is a piece of a path in the drawing's units: 'M' and 'L' have one point, 'C'
// three, 'Z' none.
type step struct {
	op byte
	p  [3]point
}

type point struct{ x, y float64 }

const (
	maxShapes = 100
	maxSteps  = 10_000
	maxSide   = 1024
)

// parse reads an icon.
func parse(text []byte) (*drawing, error) {
	d := &drawing{}
	for r := xml.NewDecoder(bytes.NewReader(text)); ; {
		t, err := r.Token()
		if errors.Is(err, io.EOF) {
			if d.side == 0 {
				return nil, errors.New("no svg element")
			}
			return d, nil
		}
		if err != nil {
			return nil, err
		}
		e, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		if err := d.take(attributes(e)); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name.Local, err)
		}
	}
}

// element is its attributes by name, its own name under "".
type element map[string]string

func attributes(e xml.StartElement) element {
	out := element{"": e.Name.Local}
	for _, a := range e.Attr {
		if a.Name.Space == "" {
			out[a.Name.Local] = a.Value
		}
	}
	return out
}

// take adds what an element draws. What is not known is refused: half an icon would
// be no icon.
func (d *drawing) take(e element) (err error) {
	if e[""] == "svg" {
		var box [4]float64
		for i, field := range strings.Fields(e["viewBox"]) {
			if i < len(box) {
				if box[i], err = number(field); err != nil {
					return err
				}
			}
		}
		if d.side = box[2]; box != [4]float64{2: d.side, 3: d.side} || d.side < 1 || d.side > maxSide {
			return errors.New("the viewBox is not 0 0 N N")
		}
		return nil
	}
	if d.side == 0 || len(d.shapes) == maxShapes {
		return fmt.Errorf("out of an svg element, or more than %d shapes", maxShapes)
	}
	var s shape
	if s.fill, err = colour(e["fill"]); err != nil {
		return err
	}
	switch e[""] {
	case "rect":
		v, err := e.numbers("x", "y", "width", "height", "rx")
		if err != nil {
			return err
		}
		s.path = rect(v[0], v[1], v[2], v[3], v[4])
	case "circle":
		v, err := e.numbers("cx", "cy", "r")
		if err != nil {
			return err
		}
		s.path = rect(v[0]-v[2], v[1]-v[2], 2*v[2], 2*v[2], v[2])
	case "path":
		if s.path, err = parsePath(e["d"]); err != nil {
			return err
		}
	default:
		return errors.New("an element that is not read")
	}
	d.shapes = append(d.shapes, s)
	return nil
}

// numbers reads attributes; one that is missing is 0.
func (e element) numbers(names ...string) (out []float64, err error) {
	out = make([]float64, len(names))
	for i, name := range names {
		if text, ok := e[name]; ok {
			if out[i], err = number(text); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	return out, nil
}

func number(s string) (float64, error) {
	v, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > maxSide {
		return 0, fmt.Errorf("%.20q is no number up to %d", s, maxSide)
	}
	return v, nil
}

// colour reads #rrggbb.
func colour(s string) (color.NRGBA, error) {
	v, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 16, 32)
	if err != nil || len(s) != len("#rrggbb") || s[0] != '#' {
		return color.NRGBA{}, fmt.Errorf("fill: %.20q is not #rrggbb", s)
	}
	return color.NRGBA{byte(v >> 16), byte(v >> 8), byte(v), 0xff}, nil
}

// quarter is how far the handles of a cubic are along that stands for a quarter of a
// circle of radius 1: 4/3·(√2 − 1). It is off by 0.03 % of the radius.
const quarter = 0.5522847498307936

// rect is a rectangle with rounded corners; a square with the largest is a circle.
func rect(x, y, w, h, r float64) []step {
	r = min(max(r, 0), w/2, h/2)
	if r == 0 {
		return []step{to('M', x, y), to('L', x+w, y), to('L', x+w, y+h), to('L', x, y+h), {op: 'Z'}}
	}
	k := r * (1 - quarter)
	return []step{
		to('M', x+r, y), to('L', x+w-r, y),
		curve(x+w-k, y, x+w, y+k, x+w, y+r), to('L', x+w, y+h-r),
		curve(x+w, y+h-k, x+w-k, y+h, x+w-r, y+h), to('L', x+r, y+h),
		curve(x+k, y+h, x, y+h-k, x, y+h-r), to('L', x, y+r),
		curve(x, y+k, x+k, y, x+r, y),
		{op: 'Z'},
	}
}

func to(op byte, x, y float64) step { return step{op, [3]point{{x, y}}} }

func curve(ax, ay, bx, by, x, y float64) step {
	return step{'C', [3]point{{ax, ay}, {bx, by}, {x, y}}}
}
