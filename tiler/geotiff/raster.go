package geotiff

import (
	"context"
	"errors"
	"fmt"
	"math"

	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// BlockSize is the side of a block in pixels.
const BlockSize = 256

// MaxPixels is the largest raster that is written: compressed or not it is far
// below the 4 GB that a classic TIFF can have.
const MaxPixels = 64 << 20

// ErrRaster marks a raster that cannot be written.
var ErrRaster = errors.New("raster cannot be written")

// Raster is what is written.
type Raster struct {
	// Plane is where the raster lies.
	Plane crs.TM
	// West and North are the easting and northing of the outer corner of the first
	// pixel, PixelM its side in metres.
	West, North, PixelM float64
	Width, Height       int
	// Row fills dst, as long as Width, with row y from the north; NaN is none.
	Row func(y int, dst []float32)

	// Description is of the file, in words; Software of the program that made it.
	Description, Software string
	// Band and Unit are of the numbers.
	Band, Unit string
	// Items are metadata besides, in their order.
	Items []Item
}

// Item is one of the metadata.
type Item struct{ Name, Value string }

func (r *Raster) check() error {
	switch {
	case r.Width < 1 || r.Height < 1 || r.Width > MaxPixels/r.Height:
		return fmt.Errorf("%w: %d × %d pixels; 1 to %d", ErrRaster, r.Width, r.Height, MaxPixels)
	case !(r.PixelM > 0) || math.IsInf(r.PixelM, 0):
		return fmt.Errorf("%w: pixels of %g m", ErrRaster, r.PixelM)
	case math.IsNaN(r.West+r.North) || math.IsInf(r.West+r.North, 0):
		return fmt.Errorf("%w: its corner is %g, %g", ErrRaster, r.West, r.North)
	}
	if err := r.Plane.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrRaster, err)
	}
	return nil
}

// Encode returns the file. Errors wrap [ErrRaster], or are the context's.
func (r *Raster) Encode(ctx context.Context) ([]byte, error) {
	if err := r.check(); err != nil {
		return nil, err
	}
	f := newFile()
	if err := r.blocks(ctx, f); err != nil {
		return nil, err
	}
	r.tags(f)
	return f.finish(), nil
}

// blocks compresses the blocks, a row of them at a time.
func (r *Raster) blocks(ctx context.Context, f *file) error {
	across := (r.Width + BlockSize - 1) / BlockSize
	rows := make([]float32, BlockSize*r.Width)
	block := newBlock()
	nan := float32(math.NaN())
	for top := 0; top < r.Height; top += BlockSize {
		high := min(BlockSize, r.Height-top)
		for y := range high {
			if err := ctx.Err(); err != nil {
				return err
			}
			r.Row(top+y, rows[y*r.Width:(y+1)*r.Width])
		}
		for b := range across {
			if err := ctx.Err(); err != nil {
				return err
			}
			left := b * BlockSize
			wide := min(BlockSize, r.Width-left)
			for y := range BlockSize {
				line := block.line(y)
				n := 0
				if y < high {
					n = copy(line, rows[y*r.Width+left:y*r.Width+left+wide])
				}
				for ; n < BlockSize; n++ { // beyond the rim
					line[n] = nan
				}
			}
			packed := block.pack()
			f.offsets = append(f.offsets, uint32(len(f.body)))
			f.sizes = append(f.sizes, uint32(len(packed)))
			f.body = append(f.body, packed...)
		}
	}
	return nil
}

// tags says what the blocks are, and where.
func (r *Raster) tags(f *file) {
	f.ascii(tagDescription, r.Description)
	f.ascii(tagSoftware, r.Software)
	f.longs(tagWidth, uint32(r.Width))
	f.longs(tagHeight, uint32(r.Height))
	f.shorts(tagBits, 32)
	f.shorts(tagCompression, compressionDeflate)
	f.shorts(tagPhotometric, photometricMinIsBlack)
	f.shorts(tagSamples, 1)
	f.shorts(tagPlanar, 1)
	f.shorts(tagPredictor, predictorFloat)
	f.shorts(tagBlockWidth, BlockSize)
	f.shorts(tagBlockHeight, BlockSize)
	f.longs(tagBlockOffsets, f.offsets...)
	f.longs(tagBlockSizes, f.sizes...)
	f.shorts(tagFormat, formatFloat)
	f.doubles(tagPixelScale, r.PixelM, r.PixelM, 0)
	f.doubles(tagTiePoint, 0, 0, 0, r.West, r.North, 0)
	keys := planeKeys(r.Plane)
	f.shorts(tagKeys, keys.directory()...)
	f.doubles(tagKeyDoubles, keys.doubles...)
	f.ascii(tagKeyTexts, keys.texts)
	f.ascii(tagMetadata, r.metadata())
	f.ascii(tagNoData, "nan")
}
