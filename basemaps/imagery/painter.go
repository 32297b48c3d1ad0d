//go:build gdal

package imagery

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"math"
	"strings"

	"github.com/airbusgeo/godal"
)

// maxOpen bounds the sheets that a worker has open.
const maxOpen = 32

// handle is an open sheet.
type handle struct {
	ds   *godal.Dataset
	used int
}

// gdalPainter paints and encodes by GDAL, for one goroutine.
type gdalPainter struct {
	*studio
	open map[*sheet]*handle
	turn int
	// canvas are pictures in memory of three and of four bands, for encoding.
	canvas [5]*godal.Dataset
}

func (p *gdalPainter) close() {
	for _, h := range p.open {
		release(h.ds)
	}
	for _, c := range p.canvas {
		if c != nil {
			release(c)
		}
	}
}

// sheet opens it, or has it open.
func (p *gdalPainter) sheet(one *sheet) (*godal.Dataset, error) {
	p.turn++
	if h := p.open[one]; h != nil {
		h.used = p.turn
		return h.ds, nil
	}
	if len(p.open) >= maxOpen {
		var oldest *sheet
		for other, h := range p.open {
			if oldest == nil || h.used < p.open[oldest].used {
				oldest = other
			}
		}
		release(p.open[oldest].ds)
		delete(p.open, oldest)
	}
	ds, err := one.dataset(&p.stretch)
	if err != nil {
		return nil, err
	}
	p.open[one] = &handle{ds, p.turn}
	return ds, nil
}

// paint lays the sheets over each other.
func (p *gdalPainter) paint(ctx context.Context, box extent, onto *image.NRGBA) error {
	for _, one := range p.sheets {
		if !one.extent.meets(box) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.paintSheet(one, box, onto); err != nil {
			return fmt.Errorf("sheet %s: %w", one.path, err)
		}
	}
	return nil
}

// paintSheet warps the part of a sheet that is in the box.
func (p *gdalPainter) paintSheet(one *sheet, box extent, onto *image.NRGBA) error {
	side := onto.Rect.Dx()
	pixel := (box.east - box.west) / float64(side)
	e := one.extent.and(box)
	// A pixel more on each side: extents are estimates.
	at := image.Rect(
		int(math.Floor((e.west-box.west)/pixel))-1, int(math.Floor((box.north-e.north)/pixel))-1,
		int(math.Ceil((e.east-box.west)/pixel))+1, int(math.Ceil((box.north-e.south)/pixel))+1,
	).Intersect(onto.Rect)
	if at.Empty() {
		return nil
	}
	ds, err := p.sheet(one)
	if err != nil {
		return err
	}
	metres := func(v float64) string { return fmt.Sprintf("%.17g", v) }
	method := "average"
	if one.metres > pixel {
		method = "bilinear"
	}
	warped, err := godal.Warp("", []*godal.Dataset{ds}, append(one.switches(&p.options),
		"-of", "MEM", "-r", method, "-wm", "64", "-wo", "NUM_THREADS=1",
		"-te", metres(box.west+float64(at.Min.X)*pixel), metres(box.north-float64(at.Max.Y)*pixel),
		metres(box.west+float64(at.Max.X)*pixel), metres(box.north-float64(at.Min.Y)*pixel),
		"-ts", fmt.Sprint(at.Dx()), fmt.Sprint(at.Dy()),
	), godal.ConfigOption(settings()...), godal.ErrLogger(failures))
	if err != nil {
		return err
	}
	defer release(warped)
	picture := image.NewNRGBA(image.Rect(0, 0, at.Dx(), at.Dy()))
	if err := warped.Read(0, 0, picture.Pix, at.Dx(), at.Dy(), godal.ErrLogger(failures)); err != nil {
		return err
	}
	lay(onto, at.Min, picture)
	return nil
}

// encode makes the bytes of a tile, three bands if it is opaque.
func (p *gdalPainter) encode(tile *image.NRGBA, opaque bool) (body []byte, err error) {
	if p.options.Format == JPEG && !opaque {
		tile, opaque = flatten(tile), true
	}
	bands, pixels := 4, tile.Pix
	if opaque {
		bands, pixels = 3, make([]byte, 0, 3*tileSize*tileSize)
		for i := 0; i < len(tile.Pix); i += 4 {
			pixels = append(pixels, tile.Pix[i:i+3]...)
		}
	}
	if p.canvas[bands] == nil {
		if p.canvas[bands], err = godal.Create(godal.Memory, "", bands, godal.Byte, tileSize, tileSize, godal.ErrLogger(failures)); err != nil {
			return nil, err
		}
	}
	canvas := p.canvas[bands]
	if err := canvas.Write(0, 0, pixels, tileSize, tileSize, godal.ErrLogger(failures)); err != nil {
		return nil, err
	}
	// Files in memory are of the process: the painter's address makes the name its own.
	name := fmt.Sprintf("/vsimem/wanmi-%p.%s", p, p.options.Format)
	options := godal.CreationOption(p.creation()...)
	written, err := canvas.Translate(name, []string{"-of", strings.ToUpper(string(p.options.Format))}, options, godal.ConfigOption(settings()...), godal.ErrLogger(failures))
	if err != nil {
		return nil, err
	}
	if err := written.Close(godal.ErrLogger(failures)); err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, godal.VSIUnlink(name)) }()
	f, err := godal.VSIOpen(name)
	if err != nil {
		return nil, err
	}
	body, err = io.ReadAll(f)
	return body, errors.Join(err, f.Close())
}

// creation options of the format's driver.
func (p *gdalPainter) creation() []string {
	q := p.options.Quality
	switch {
	case p.options.Format == PNG:
		return []string{"ZLEVEL=6"}
	case p.options.Format == WebP && q == 100:
		return []string{"LOSSLESS=YES"}
	}
	return []string{fmt.Sprintf("QUALITY=%d", q)}
}
