package sprites

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/draw"
	"image/png"

	"golang.org/x/image/vector"
)

// Sheet is the icons on one picture.
type Sheet struct {
	JSON []byte // where each is
	PNG  []byte
}

// Place is where an icon is on the sheet, in pixels, as MapLibre's sprites say it.
type Place struct {
	X          int `json:"x"`
	Y          int `json:"y"`
	Width      int `json:"width"`
	Height     int `json:"height"`
	PixelRatio int `json:"pixelRatio"`
}

const (
	// Size is an icon's width and height in pixels where the ratio is 1.
	Size    = 16
	columns = 6
	// gap keeps neighbours from showing at an icon's edge where a map draws it
	// between pixels.
	gap = 1
	// MaxRatio is the finest sheet.
	MaxRatio = 4
)

// Draw draws all icons, ratio pixels for each of theirs.
func Draw(ratio int) (Sheet, error) {
	if ratio < 1 || ratio > MaxRatio {
		return Sheet{}, fmt.Errorf("a sheet of ratio %d; 1 to %d", ratio, MaxRatio)
	}
	names, drawings, err := icons()
	if err != nil {
		return Sheet{}, err
	}
	side, pitch := Size*ratio, (Size+gap)*ratio
	rows := (len(names) + columns - 1) / columns
	sheet := image.NewNRGBA(image.Rect(0, 0, columns*pitch, rows*pitch))
	places := map[string]Place{} // written in the order of names
	for i, d := range drawings {
		x, y := i%columns*pitch, i/columns*pitch
		places[names[i]] = Place{x, y, side, side, ratio}
		draw.Draw(sheet, image.Rect(x, y, x+side, y+side), d.raster(side), image.Point{}, draw.Src)
	}
	list, err := json.Marshal(places)
	if err != nil {
		return Sheet{}, err
	}
	var picture bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&picture, sheet); err != nil {
		return Sheet{}, err
	}
	return Sheet{list, picture.Bytes()}, nil
}

// pieces is how many straight ones stand for a curve: of the largest circle there
// may be they are off by a twentieth of a pixel.
const pieces = 16

// along is the point at t of the curve from a.
func (s *step) along(a point, t float64) point {
	u := 1 - t
	ka, kb, kc, kd := u*u*u, 3*u*u*t, 3*u*t*t, t*t*t
	return point{
		ka*a.x + kb*s.p[0].x + kc*s.p[1].x + kd*s.p[2].x,
		ka*a.y + kb*s.p[0].y + kc*s.p[1].y + kd*s.p[2].y,
	}
}

// raster draws the icon in a square of side pixels.
func (d *drawing) raster(side int) *image.RGBA {
	out := image.NewRGBA(image.Rect(0, 0, side, side))
	scale := float64(side) / d.side
	for _, s := range d.shapes {
		r := vector.NewRasterizer(side, side)
		var at, start point
		for _, step := range s.path {
			p := step.p[0]
			switch step.op {
			case 'M':
				r.MoveTo(float32(p.x*scale), float32(p.y*scale))
				start = p
			case 'L':
				r.LineTo(float32(p.x*scale), float32(p.y*scale))
			case 'C':
				// The rasterizer's own curves take a tenth off a small disc.
				for k := 1; k <= pieces; k++ {
					q := step.along(at, float64(k)/pieces)
					r.LineTo(float32(q.x*scale), float32(q.y*scale))
				}
				p = step.p[2]
			case 'Z':
				r.ClosePath()
				p = start
			}
			at = p
		}
		r.ClosePath()
		r.Draw(out, out.Bounds(), image.NewUniform(s.fill), image.Point{})
	}
	return out
}
