//go:build gdal

package imagery

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/airbusgeo/godal"
)

// stretch is, for grey sheets and for those of three colours, the value of each
// colour that becomes darkest and the one that becomes brightest. One for all sheets:
// else their borders showed.
type stretch [2][3][2]float64

// A sheet of more than 8 bits is looked at in so many pixels a side, and of very many
// sheets some, spread evenly; darkest and brightest are the percentiles 2 and 98.
const (
	sampleSide = 256
	maxSampled = 64
	lowest     = 0.02
	highest    = 0.98
)

// measure samples the sheets that are deep.
func (s *studio) measure(ctx context.Context) (stretch, error) {
	var deep []*sheet
	for _, one := range s.sheets {
		if one.deep {
			deep = append(deep, one)
		}
	}
	var samples [2][3][]float64
	step := max(1, (len(deep)+maxSampled-1)/maxSampled)
	for i := 0; i < len(deep); i += step {
		if err := ctx.Err(); err != nil {
			return stretch{}, err
		}
		if err := deep[i].sample(&samples); err != nil {
			return stretch{}, fmt.Errorf("sheet %s: %w", deep[i].path, err)
		}
	}
	var out stretch
	for k := range samples {
		for c, values := range samples[k] {
			out[k][c] = span(values)
		}
	}
	return out, nil
}

// span is darkest and brightest of the values, which are never the same.
func span(values []float64) [2]float64 {
	if len(values) == 0 {
		return [2]float64{0, 1}
	}
	slices.Sort(values)
	at := func(share float64) float64 { return values[int(share*float64(len(values)-1))] }
	low, high := at(lowest), at(highest)
	if low >= high {
		high = low + 1
	}
	return [2]float64{low, high}
}

// sample adds the sheet's values that are data.
func (one *sheet) sample(to *[2][3][]float64) error {
	ds, err := openFile(one.path)
	if err != nil {
		return err
	}
	defer release(ds)
	w, h := min(one.width, sampleSide), min(one.height, sampleSide)
	values, mask := make([]float64, w*h), make([]byte, w*h)
	for c, n := range one.colours {
		band := ds.Bands()[n-1]
		read := func(b godal.Band, into any) error {
			return b.Read(0, 0, into, w, h, godal.Window(one.width, one.height), godal.ConfigOption(settings()...), godal.ErrLogger(failures))
		}
		if err := read(band, values); err != nil {
			return err
		}
		if err := read(band.MaskBand(), mask); err != nil {
			return err
		}
		list := &to[len(one.colours)/2][c]
		for i, v := range values {
			if mask[i] != 0 && !math.IsNaN(v) && !math.IsInf(v, 0) && (one.nodata == nil || v != *one.nodata) {
				*list = append(*list, v)
			}
		}
	}
	return nil
}
