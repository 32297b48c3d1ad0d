package heat

import (
	"image/color"
	"math"
	"slices"
	"sort"
)

// Palette is a row of colours between which is interpolated, lowest first.
type Palette struct {
	Name string
	// Diverging palettes have their middle at 0.
	Diverging bool
	stops     []color.NRGBA
}

// Palettes are those that pictures can be asked for, the first by default. The
// sequential ones grow lighter evenly, so that they are read alike in grey and by
// eyes that tell red from green badly. Viridis and inferno are by S. van der Walt
// and N. Smith, cividis by J. Nuñez, C. Anderton and R. Renslow (all CC0), at
// nine or more of their 256 colours; the diverging one is C. Brewer's RdBu with
// blue as the low end. Each sequential one is there the other way round, too, for
// light ground, on which much is dark.
var Palettes = bothWays(
	Palette{"viridis", false, hexColours(0x440154, 0x482878, 0x3e4989, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6ece58, 0xb5de2b, 0xfde725)},
	Palette{"cividis", false, hexColours(0x00224e, 0x123570, 0x3b496c, 0x575d6d, 0x707173, 0x8a8678, 0xa59c74, 0xc3b369, 0xe1cc55, 0xfee838)},
	Palette{"inferno", false, hexColours(0x000004, 0x1b0c41, 0x4a0c6b, 0x781c6d, 0xa52c60, 0xcf4446, 0xed6925, 0xfb9b06, 0xf7d13d, 0xfcffa4)},
	Palette{"blue-red", true, hexColours(0x053061, 0x2166ac, 0x4393c3, 0x92c5de, 0xd1e5f0, 0xf7f7f7, 0xfddbc7, 0xf4a582, 0xd6604d, 0xb2182b, 0x67001f)},
)

// Reversed ends the name of a palette that is the other way round.
const Reversed = "-reversed"

func bothWays(all ...Palette) []Palette {
	for _, p := range all {
		if !p.Diverging {
			stops := slices.Clone(p.stops)
			slices.Reverse(stops)
			all = append(all, Palette{p.Name + Reversed, false, stops})
		}
	}
	return all
}

// PaletteOf finds a palette by its name.
func PaletteOf(name string) (Palette, bool) {
	for _, p := range Palettes {
		if p.Name == name {
			return p, true
		}
	}
	return Palette{}, false
}

func hexColours(rgb ...uint32) []color.NRGBA {
	out := make([]color.NRGBA, len(rgb))
	for i, c := range rgb {
		out[i] = color.NRGBA{uint8(c >> 16), uint8(c >> 8), uint8(c), 255}
	}
	return out
}

// At returns the colour at t, 0 to 1.
func (p *Palette) At(t float64) color.NRGBA {
	t = min(max(t, 0), 1) * float64(len(p.stops)-1)
	i := min(int(t), len(p.stops)-2)
	mix := func(a, b uint8) uint8 {
		return uint8(float64(a) + float64((float64(b)-float64(a))*(t-float64(i))) + 0.5)
	}
	a, b := p.stops[i], p.stops[i+1]
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// Colour returns the colour that a picture has for a number of the coding.
func (p *Palette) Colour(c Coding, v float64, breaks []float64) color.NRGBA {
	return p.At(p.place(c, v, breaks))
}

// place is where a number lies in the palette.
func (p *Palette) place(c Coding, v float64, breaks []float64) float64 {
	low, high := c.Number(0, 0, 0), c.Number(0, (levelCount-1)>>8, (levelCount-1)&255)
	if len(breaks) > 0 {
		class := sort.Search(len(breaks), func(i int) bool { return breaks[i] > v })
		if !p.Diverging {
			return float64(class) / float64(len(breaks))
		}
		// The class is coloured as its middle is: what is next to 0 is pale, however many
		// classes there are on either side.
		if class > 0 {
			low = breaks[class-1]
		}
		if class < len(breaks) {
			high = breaks[class]
		}
		v, low, high = (low+high)/2, c.Number(0, 0, 0), c.Number(0, (levelCount-1)>>8, (levelCount-1)&255)
	}
	if p.Diverging {
		reach := max(math.Abs(low), high)
		return (v + reach) / (2 * reach)
	}
	return (v - low) / (high - low)
}

// coloured writes the levels as colours.
func (w *picture) coloured(c Coding, p Palette, breaks []float64) []byte {
	const steps = 255 // colour 0 is clear
	clear(w.index[:])
	zero := c.zero()
	for l := range w.index {
		v := c.Number(0, byte(l>>8), byte(l))
		w.index[l] = 1 + uint16(p.place(c, v, breaks)*(steps-1)+0.5)
	}
	w.index[zero] = 0
	palette, alphas := make([]byte, 3, 3*256), []byte{0}
	for i := range steps {
		col := p.At(float64(i) / (steps - 1))
		palette = append(palette, col.R, col.G, col.B)
	}
	w.raw = w.raw[:0]
	for j := range TileSize {
		w.raw = append(w.raw, filterNone)
		for _, l := range w.levels[j*TileSize : (j+1)*TileSize] {
			w.raw = append(w.raw, byte(w.index[l]))
		}
	}
	return w.png(pngPalette, palette, alphas)
}
