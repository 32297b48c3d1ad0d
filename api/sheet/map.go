package sheet

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"math"
	"slices"
)

// view puts metres to pixels of the map's frame.
type view struct {
	area   image.Rectangle
	e0, n1 float64 // of the upper left corner
	pixelM float64
}

// look makes the view that has the whole extent in its middle.
func (m *Map) look(l *layout) view {
	v := view{area: image.Rect(int(l.map0[0]), int(l.map0[1]), int(l.map1[0]), int(l.map1[1]))}
	w, h := float64(v.area.Dx()), float64(v.area.Dy())
	e, n := m.Extent.Max.E-m.Extent.Min.E, m.Extent.Max.N-m.Extent.Min.N
	const rim = 1.06 // so that nothing touches the frame
	v.pixelM = rim * max(e/w, n/h)
	v.e0 = (m.Extent.Min.E+m.Extent.Max.E)/2 - v.pixelM*w/2
	v.n1 = (m.Extent.Min.N+m.Extent.Max.N)/2 + v.pixelM*h/2
	return v
}

// at is a place in pixels from the frame's corner.
func (v *view) at(p Point) (x, y float64) { return (p.E - v.e0) / v.pixelM, (v.n1 - p.N) / v.pixelM }

// place is the reverse.
func (v *view) place(x, y float64) Point { return Point{v.e0 + x*v.pixelM, v.n1 - y*v.pixelM} }

// ctxLines is after how many lines of pixels it is asked whether anybody waits.
const ctxLines = 8

func (s *Sheet) drawMap(ctx context.Context, c *canvas, l *layout) error {
	v := s.Map.look(l)
	c.box(l.map0[0], l.map0[1], l.map1[0], l.map1[1], water)
	mask := s.groundMask(c, &v)
	for y := range v.area.Dy() {
		if y%ctxLines == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		for x := range v.area.Dx() {
			if a := mask.AlphaAt(x, y).A; a > 0 {
				c.blend(v.area.Min.X+x, v.area.Min.Y+y, s.Map.pixel(&v, x, y), a)
			}
		}
	}
	for i := range s.Map.Lines {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.drawLines(c, &v, &s.Map.Lines[i])
	}
	s.names(c, &v)
	s.scaleBar(c, &v)
	s.north(c, &v)
	c.frame(l.map0[0], l.map0[1], l.map1[0], l.map1[1], c.size(1.5), rule)
	return nil
}

// groundMask is how much of each pixel lies on the ground.
func (s *Sheet) groundMask(c *canvas, v *view) *image.Alpha {
	mask := image.NewAlpha(image.Rect(0, 0, v.area.Dx(), v.area.Dy()))
	c.z.Reset(v.area.Dx(), v.area.Dy())
	for _, ring := range s.Map.Ground {
		for i, p := range ring {
			x, y := v.at(p)
			if i == 0 {
				c.z.MoveTo(float32(x), float32(y))
			} else {
				c.z.LineTo(float32(x), float32(y))
			}
		}
		c.z.ClosePath()
	}
	c.z.DrawOp = draw.Src
	c.z.Draw(mask, mask.Bounds(), image.Opaque, image.Point{})
	return mask
}

// pixel is the surface's colour, of four places in the pixel, on the land.
func (m *Map) pixel(v *view, x, y int) [3]float64 {
	var sum [3]float64
	for i := range 4 {
		col := m.Colour(v.place(float64(x)+0.25+0.5*float64(i%2), float64(y)+0.25+0.5*float64(i/2)))
		a := float64(col.A) / 255
		sum[0] += a*float64(col.R) + (1-a)*float64(land.R)
		sum[1] += a*float64(col.G) + (1-a)*float64(land.G)
		sum[2] += a*float64(col.B) + (1-a)*float64(land.B)
	}
	return [3]float64{sum[0] / 4, sum[1] / 4, sum[2] / 4}
}

// blend puts a colour over a pixel, by a part of 255.
func (c *canvas) blend(x, y int, rgb [3]float64, alpha uint8) {
	i := c.img.PixOffset(x, y)
	a := float64(alpha) / 255
	for k := range 3 {
		p := &c.img.Pix[i+k]
		*p = uint8(a*rgb[k] + (1-a)*float64(*p) + 0.5)
	}
}

// shortest is how long the pieces of a line are at least, in its widths.
const shortest = 2.5

// drawLines draws closed paths as far as they are in the frame.
func (s *Sheet) drawLines(c *canvas, v *view, lines *Lines) {
	c.z.Reset(v.area.Dx(), v.area.Dy())
	width := max(1, c.size(lines.Width))
	w, h := float64(v.area.Dx())+width, float64(v.area.Dy())+width
	for _, path := range lines.Paths {
		if len(path) == 0 {
			continue
		}
		x0, y0 := v.at(path[len(path)-1])
		for i, p := range path {
			x1, y1 := v.at(p)
			// Pieces shorter than they are wide would overlap to a string of beads.
			if math.Abs(x1-x0)+math.Abs(y1-y0) < shortest*width && i < len(path)-1 {
				continue
			}
			if max(x0, x1) > -width && max(y0, y1) > -width && min(x0, x1) < w && min(y0, y1) < h {
				stroke(c.z, x0, y0, x1, y1, width)
			}
			x0, y0 = x1, y1
		}
	}
	c.paint(v.area, lines.Colour)
}

// paintAt draws what the rasterizer has, at a place.
func (c *canvas) paintAt(x, y float64, w, h int, col color.NRGBA) {
	at := image.Pt(int(math.Round(x)), int(math.Round(y)))
	c.paint(image.Rectangle{at, at.Add(image.Pt(w, h))}, col)
}

// names writes the words that have room: the first of two that meet.
func (s *Sheet) names(c *canvas, v *view) {
	size := c.letters(nameSize)
	taken := []image.Rectangle{v.barBox(c), v.northBox(c)}
	for _, n := range s.Map.Names {
		x, y := v.at(n.At)
		half := c.regular.width(n.Text) * size / 2
		box := image.Rect(int(x-half-4), int(y-0.7*size), int(x+half+4), int(y+0.7*size))
		if !box.In(image.Rect(0, 0, v.area.Dx(), v.area.Dy())) || slices.ContainsFunc(taken, box.Overlaps) {
			continue
		}
		taken = append(taken, box)
		c.text(c.regular, float64(v.area.Min.X)+x-half, float64(v.area.Min.Y)+y+0.36*size, size, n.Text, ink, c.size(2.6))
	}
}
