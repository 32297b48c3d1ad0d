package imagery

import (
	"image"
	"image/color"
)

// half returns the picture at half its size: each pixel is the mean of four, the
// colour weighted by alpha. Sides are even.
func half(p *image.NRGBA) *image.NRGBA {
	w, h := p.Rect.Dx()/2, p.Rect.Dy()/2
	out := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		above, below := p.Pix[2*y*p.Stride:], p.Pix[(2*y+1)*p.Stride:]
		to := out.Pix[y*out.Stride:]
		for x := range w {
			mean(to[4*x:4*x+4], above[8*x:8*x+8], below[8*x:8*x+8])
		}
	}
	return out
}

// mean of two pixels above and two below.
func mean(to, above, below []byte) {
	a := [4]uint32{uint32(above[3]), uint32(above[7]), uint32(below[3]), uint32(below[7])}
	sum := a[0] + a[1] + a[2] + a[3]
	if sum == 0 {
		return
	}
	for c := range 3 {
		v := a[0]*uint32(above[c]) + a[1]*uint32(above[c+4]) + a[2]*uint32(below[c]) + a[3]*uint32(below[c+4])
		to[c] = byte((v + sum/2) / sum)
	}
	to[3] = byte((sum + 2) / 4)
}

// lay puts a picture over another, its upper left corner at a point. Both cover as
// much of a pixel as their alpha says, and not the same part of it as long as there
// is room: of two sheets that meet within a pixel no ground shows between.
func lay(dst *image.NRGBA, at image.Point, src *image.NRGBA) {
	for y := range src.Rect.Dy() {
		from := src.Pix[y*src.Stride:][:4*src.Rect.Dx()]
		to := dst.Pix[dst.PixOffset(at.X, at.Y+y):][:len(from)]
		for i := 0; i < len(from); i += 4 {
			over := uint32(from[i+3])
			under := min(uint32(to[i+3]), 255-over)
			switch {
			case over == 0:
			case under == 0:
				copy(to[i:i+4], from[i:i+4])
			default:
				sum := over + under
				for c := i; c < i+3; c++ {
					to[c] = byte((over*uint32(from[c]) + under*uint32(to[c]) + sum/2) / sum)
				}
				to[i+3] = byte(sum)
			}
		}
	}
}

// cover says how much of a picture there is.
type cover uint8

const (
	nothing cover = iota
	part
	whole
)

func coverOf(p *image.NRGBA) cover {
	some, all := false, true
	for y := range p.Rect.Dy() {
		row := p.Pix[y*p.Stride:][:4*p.Rect.Dx()]
		for i := 3; i < len(row); i += 4 {
			some, all = some || row[i] != 0, all && row[i] == 255
		}
		if some && !all {
			return part
		}
	}
	if some {
		return whole
	}
	return nothing
}

// cut copies a tile out of a block, without what is behind full transparency: equal
// tiles shall have equal bytes.
func cut(block *image.NRGBA, x, y int) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, tileSize, tileSize))
	for row := range tileSize {
		copy(out.Pix[row*out.Stride:][:out.Stride], block.Pix[block.PixOffset(x*tileSize, y*tileSize+row):])
	}
	for i := 3; i < len(out.Pix); i += 4 {
		if out.Pix[i] == 0 {
			clear(out.Pix[i-3 : i])
		}
	}
	return out
}

// ground shows through where a format has no alpha.
var ground = color.Gray{Y: 255}

// flatten returns the picture laid on the ground.
func flatten(p *image.NRGBA) *image.NRGBA {
	out := image.NewNRGBA(p.Rect)
	for i := 0; i < len(p.Pix); i += 4 {
		a := uint32(p.Pix[i+3])
		for c := i; c < i+3; c++ {
			out.Pix[c] = byte((uint32(p.Pix[c])*a + uint32(ground.Y)*(255-a) + 127) / 255)
		}
		out.Pix[i+3] = 255
	}
	return out
}
