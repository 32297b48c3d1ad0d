package sheet

import (
	"image"
	"image/color"
	"math"
)

// barLength is 1, 2 or 5 times a power of ten: the longest within the metres given.
func barLength(most float64) float64 {
	p := math.Pow(10, math.Floor(math.Log10(most)))
	for _, f := range [...]float64{5, 2} {
		if f*p <= most {
			return f * p
		}
	}
	return p
}

// veil is behind what is written on the map.
var veil = color.NRGBA{255, 255, 255, 215}

// bar measures the scale bar: its length in metres and in pixels.
func (v *view) bar() (metres, pixels float64) {
	const share = 0.24 // of the map's width at most
	metres = barLength(share * float64(v.area.Dx()) * v.pixelM)
	return metres, metres / v.pixelM
}

// barBox is the room that the scale bar takes, from the frame's corner.
func (v *view) barBox(c *canvas) image.Rectangle {
	_, pixels := v.bar()
	size := c.letters(nameSize)
	h := v.area.Dy()
	return image.Rect(0, h-int(3.1*size), int(pixels+5.2*size), h)
}

// scaleBar draws the bar in four parts, with the metres at its ends and its middle.
func (s *Sheet) scaleBar(c *canvas, v *view) {
	metres, pixels := v.bar()
	size := c.letters(nameSize)
	box := v.barBox(c).Add(v.area.Min)
	c.box(float64(box.Min.X), float64(box.Min.Y), float64(box.Max.X), float64(box.Max.Y), veil)
	x, y := float64(box.Min.X)+1.4*size, float64(box.Max.Y)-1.3*size
	const parts = 4
	for i := range parts {
		col := ink
		if i%2 == 1 {
			col = paper
		}
		c.box(x+pixels*float64(i)/parts, y, x+pixels*float64(i+1)/parts, y+0.45*size, col)
	}
	c.frame(x, y, x+pixels, y+0.45*size, 1, ink)
	unit, per := s.Map.Metre, 1.0
	const inKilometres = 10_000
	if metres >= inKilometres {
		unit, per = s.Map.Kilometre, 1000
	}
	for _, part := range [...]float64{0, 0.5, 1} {
		text := figure(metres * part / per)
		at := x + pixels*part - c.regular.width(text)*size*0.85/2
		end := c.text(c.regular, at, y-0.35*size, 0.85*size, text, ink, 0)
		if part == 1 {
			c.text(c.regular, end+0.25*size, y-0.35*size, 0.85*size, unit, ink, 0)
		}
	}
}

// northBox is the room of the arrow.
func (v *view) northBox(c *canvas) image.Rectangle {
	size := c.letters(nameSize)
	w := v.area.Dx()
	return image.Rect(w-int(2.6*size), 0, w, int(4.2*size))
}

// north draws an arrow to the plane's north.
func (s *Sheet) north(c *canvas, v *view) {
	size := c.letters(nameSize)
	box := v.northBox(c).Add(v.area.Min)
	c.box(float64(box.Min.X), float64(box.Min.Y), float64(box.Max.X), float64(box.Max.Y), veil)
	middle, top := float64(box.Min.X+box.Max.X)/2, float64(box.Min.Y)+0.4*size
	c.text(c.bold, middle-c.bold.width(s.Map.North)*size/2, top+0.95*size, size, s.Map.North, ink, 0)
	x, y := middle-float64(box.Min.X), 1.6*size
	half := func(side float64, col color.NRGBA) {
		c.z.Reset(box.Dx(), box.Dy())
		c.z.MoveTo(float32(x), float32(y))
		c.z.LineTo(float32(x+side*0.62*size), float32(y+2.2*size))
		c.z.LineTo(float32(x), float32(y+1.7*size))
		c.z.ClosePath()
		c.paint(box, col)
	}
	half(-1, ink)
	half(1, rule)
}
