package sheet

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"golang.org/x/image/vector"
)

// The colours of paper and ink.
var (
	paper = color.NRGBA{255, 255, 255, 255}
	ink   = color.NRGBA{34, 38, 42, 255}
	faint = color.NRGBA{96, 102, 108, 255}
	rule  = color.NRGBA{150, 155, 160, 255}
	water = color.NRGBA{243, 245, 246, 255} // what is not the city
	land  = color.NRGBA{252, 252, 250, 255}
)

// canvas is the picture as it grows.
type canvas struct {
	img           *image.RGBA
	regular, bold *face
	z             *vector.Rasterizer
	// k is the size of things: 1 on a sheet of 1600 × 1200.
	k float64
}

func newCanvas(width, height int, regular, bold *face) *canvas {
	c := &canvas{
		img: image.NewRGBA(image.Rect(0, 0, width, height)), regular: regular, bold: bold, z: vector.NewRasterizer(0, 0),
		k: math.Sqrt(float64(width) * float64(height) / (1600 * 1200)),
	}
	draw.Draw(c.img, c.img.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	return c
}

// size is a length of the sheet of 1600 × 1200 on this one.
func (c *canvas) size(v float64) float64 { return v * c.k }

// letters is the size of letters, which are never too small to be read.
func (c *canvas) letters(v float64) float64 { return max(v*c.k, 10) }

// box fills a rectangle.
func (c *canvas) box(x0, y0, x1, y1 float64, col color.NRGBA) {
	r := image.Rect(int(math.Round(x0)), int(math.Round(y0)), int(math.Round(x1)), int(math.Round(y1)))
	draw.Draw(c.img, r, image.NewUniform(col), image.Point{}, draw.Over)
}

// frame draws the border of a rectangle, inside it.
func (c *canvas) frame(x0, y0, x1, y1, width float64, col color.NRGBA) {
	w := max(1, math.Round(width))
	c.box(x0, y0, x1, y0+w, col)
	c.box(x0, y1-w, x1, y1, col)
	c.box(x0, y0+w, x0+w, y1-w, col)
	c.box(x1-w, y0+w, x1, y1-w, col)
}

// text writes a text with its baseline at y and returns where it ends. halo is the
// width of a white edge around it.
func (c *canvas) text(f *face, x, y, size float64, text string, col color.NRGBA, halo float64) float64 {
	width := f.width(text) * size
	// Letters may reach beyond their advance and line.
	left, top := math.Floor(x-size), math.Floor(y-1.3*size)
	area := image.Rect(int(left), int(top), int(math.Ceil(x+width+size)), int(math.Ceil(y+0.6*size)))
	pass := func(draw func(x, y float64, edge [2][2]float64), col color.NRGBA) {
		c.z.Reset(area.Dx(), area.Dy())
		pen := x - left
		for _, r := range text {
			l, _ := f.letter(r)
			for _, e := range l.Edges {
				draw(pen, y-top, e)
			}
			pen += l.Advance * size
		}
		c.paint(area, col)
	}
	if halo > 0 {
		pass(func(x, y float64, e [2][2]float64) {
			stroke(c.z, x+e[0][0]*size, y+e[0][1]*size, x+e[1][0]*size, y+e[1][1]*size, 2*halo)
		}, color.NRGBA{255, 255, 255, 230})
	}
	var at [2]float64
	begun := false
	pass(func(x, y float64, e [2][2]float64) {
		if !begun || e[0] != at {
			c.z.MoveTo(float32(x+e[0][0]*size), float32(y+e[0][1]*size))
		}
		c.z.LineTo(float32(x+e[1][0]*size), float32(y+e[1][1]*size))
		at, begun = e[1], true
	}, col)
	return x + width
}

// paint draws what the rasterizer has, with its corner at the area's.
func (c *canvas) paint(area image.Rectangle, col color.NRGBA) {
	c.z.DrawOp = draw.Over
	c.z.Draw(c.img, area, image.NewUniform(col), image.Point{})
}

// stroke adds a line with round ends enough for thin ones: a six-sided lozenge. All
// run the same way around, so that those that overlap do not cancel.
func stroke(z *vector.Rasterizer, x0, y0, x1, y1, width float64) {
	dx, dy := x1-x0, y1-y0
	length := math.Sqrt(dx*dx + dy*dy)
	if length == 0 {
		return
	}
	h := width / 2 / length
	ux, uy := dx*h, dy*h // along
	nx, ny := -uy, ux    // across
	z.MoveTo(float32(x0-ux), float32(y0-uy))
	for _, p := range [...][2]float64{
		{x0 + nx - ux/2, y0 + ny - uy/2},
		{x1 + nx + ux/2, y1 + ny + uy/2},
		{x1 + ux, y1 + uy},
		{x1 - nx + ux/2, y1 - ny + uy/2},
		{x0 - nx - ux/2, y0 - ny - uy/2},
	} {
		z.LineTo(float32(p[0]), float32(p[1]))
	}
	z.ClosePath()
}
