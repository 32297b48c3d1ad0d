package heatmap

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/sheet"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
	"github.com/wanmi-gis/wanmi/tiler"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// heatPictureWords are those of pictures alone.
var heatPictureWords = []string{"width", "height", "bbox", "title", "lang", "borders"}

// pictureAsk is a picture that is asked for, read.
type pictureAsk struct {
	*ask
	width, height int
	bbox          *[4]float64 // west, south, east, north in degrees
	title         string
	lang          int
	borders       int // in levels, −1 for none
}

// maxTitle is how many characters a title has.
const maxTitle = 120

// readPicture reads what a picture is to show, and how large.
func readPicture(a *ask) (*pictureAsk, error) {
	p := &pictureAsk{ask: a, width: 1600, height: 1200}
	for _, side := range [...]struct {
		word string
		into *int
	}{{"width", &p.width}, {"height", &p.height}} {
		text, ok := a.params.Find(side.word)
		if !ok {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < sheet.MinSide || n > sheet.MaxSide {
			return nil, web.Refuse(side.word, text, fmt.Sprintf("%d to %d pixels", sheet.MinSide, sheet.MaxSide), web.ErrMalformed)
		}
		*side.into = n
	}
	var err error
	if p.lang, err = oneOf(a.params, "lang", languages...); err != nil {
		return nil, err
	}
	p.title = a.params.Get("title")
	if !utf8.ValidString(p.title) || utf8.RuneCountInString(p.title) > maxTitle || strings.ContainsFunc(p.title, unicode.IsControl) {
		return nil, web.Refuse("title", p.title, fmt.Sprintf("at most %d characters in one line", maxTitle), web.ErrMalformed)
	}
	words := []string{"street", "none"}
	for _, l := range levels {
		words = append(words, l.word)
	}
	word, err := oneOf(a.params, "borders", words...)
	if err != nil {
		return nil, err
	}
	p.borders = slices.IndexFunc(levels[:], func(l areaLevel) bool { return l.word == words[word] })
	return p, p.readBox()
}

// readBox reads the part of the city that is shown.
func (p *pictureAsk) readBox() error {
	text, ok := p.params.Find("bbox")
	if !ok {
		return nil
	}
	wrong := func(reason string) error { return web.Refuse("bbox", text, reason, web.ErrMalformed) }
	parts := strings.Split(text, ",")
	var b [4]float64
	if len(parts) != len(b) {
		return wrong("west,south,east,north in degrees")
	}
	for i, part := range parts {
		v, err := strconv.ParseFloat(part, 64)
		if err != nil || !(math.Abs(v) <= 180) {
			return wrong("west,south,east,north in degrees")
		}
		b[i] = v
	}
	const least, most = 1e-4, 3.0 // 10 m; three hundred km
	if w, h := b[2]-b[0], b[3]-b[1]; !(w >= least && h >= least && w <= most && h <= most) {
		return wrong(fmt.Sprintf("west,south,east,north, %g to %g degrees in each direction", least, most))
	}
	p.bbox = &b
	return nil
}

// heatPicture is GET /heat/export.png.
func (s *server) picture(c echo.Context) error {
	a, err := s.ask(c, heatPictureWords...)
	if err != nil {
		return err
	}
	p, err := readPicture(a)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	surface, body, err := s.heat.fileOf(ctx, a, func(surface *heatSurface) ([]byte, error) { return s.pictureOf(ctx, p, surface) })
	if err != nil {
		return err
	}
	a.nameFile(c, surface, "png")
	return web.SendEncoded(c, web.TypePNG, "", "no-cache", tiler.ETag(body, ""), body)
}

// pictureOf draws it.
func (s *server) pictureOf(ctx context.Context, p *pictureAsk, surface *heatSurface) ([]byte, error) {
	sh, err := s.sheetOf(ctx, p, surface)
	if err != nil {
		return nil, err
	}
	img, err := sh.Draw(ctx)
	if missing, ok := errors.AsType[*sheet.MissingError](err); ok {
		return nil, web.Refuse("lang", languages[p.lang], missing.Error()+"; "+howToGetFonts, web.ErrImpossible)
	}
	if err != nil {
		return nil, err
	}
	return encodePNG(ctx, img)
}

// encodePNG ends soon after the context: what the encoder has made it gives away in
// pieces of 32 kB, some 20 of a sheet.
func encodePNG(ctx context.Context, img image.Image) ([]byte, error) {
	b := whileWanted{ctx: ctx}
	if err := png.Encode(&b, img); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// whileWanted takes bytes until its context ends.
type whileWanted struct {
	bytes.Buffer

	ctx context.Context //nolint:containedctx // io.Writer has no room for it
}

func (b *whileWanted) Write(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	return b.Buffer.Write(p)
}

// sheetOf says what is on the sheet.
func (s *server) sheetOf(ctx context.Context, p *pictureAsk, surface *heatSurface) (*sheet.Sheet, error) {
	sh := &sheet.Sheet{Width: p.width, Height: p.height, Title: p.title}
	var err error
	if sh.Regular, err = s.pictureLetters(false); err != nil {
		return nil, err
	}
	if sh.Bold, err = s.pictureLetters(true); err != nil {
		return nil, err
	}
	lattice := surface.lattice()
	digest, err := lattice.digest(ctx, p.city.ground.Plane())
	if err != nil {
		return nil, err
	}
	legend := p.legend(surface)
	if sh.Title == "" {
		sh.Title = p.snap.City.Name + spoken{"　", ": "}[p.lang] + say(legend.Mode, p.lang)
	}
	period, rest := p.inWords(p.lang)
	sh.Picked = []string{period + spoken{"　", "    "}[p.lang] + rest}
	sh.Footer = p.footer(&legend, digest, s.doc.Info.Version, s.mapApproval)
	p.mapOf(sh, surface, &legend)
	p.legendOf(sh, surface, &legend)
	return sh, nil
}

// pictureLetters are the fonts that maps are lettered with.
func (s *server) pictureLetters(bold bool) (glyphs.Stack, error) {
	stack := s.fontStack(bold)
	if len(stack) == 0 {
		return glyphs.Stack{}, web.Refuse("fonts", "", "this server has no fonts to letter a picture with; "+howToGetFonts, web.ErrImpossible)
	}
	return s.letters.Fonts().Stack(strings.Join(stack, ","))
}

// howToGetFonts is for who runs the server.
const howToGetFonts = "they are those of the folder that its setting fonts names, or of the package fonts-noto-cjk"

// pictureStyle is the palette asked for: of differences one with a middle.
func (p *pictureAsk) pictureStyle() heat.Palette {
	if p.style != nil {
		return *p.style
	}
	for i := range heat.Palettes {
		if heat.Palettes[i].Diverging == (p.mode == modeDifference || p.mode == modeSources) {
			return heat.Palettes[i]
		}
	}
	return heat.Palettes[0]
}

// mapOf puts surface, ground, borders and names on the map.
func (p *pictureAsk) mapOf(sh *sheet.Sheet, surface *heatSurface, l *HeatLegend) {
	plane := p.city.ground.Plane()
	m := &sh.Map
	m.North, m.Metre, m.Kilometre = spoken{"北", "N"}[p.lang], spoken{"米", "m"}[p.lang], spoken{"千米", "km"}[p.lang]
	cells := p.city.snap.City.Cells
	for i := range cells {
		m.Ground = appendRings(m.Ground, plane, cells[i].Shape, true)
	}
	m.Extent = extentOf(m.Ground)
	if p.bbox != nil {
		m.Extent = boxInPlane(plane, p.bbox)
	}
	colours := classColours(p.pictureStyle(), p.codingOf(surface), l.Breaks)
	half := l.Quantum / 2
	m.Colour = func(at sheet.Point) color.NRGBA {
		v := surface.InPlane(at.E, at.N)
		if v != v || v > -half && v < half {
			return color.NRGBA{}
		}
		i, _ := slices.BinarySearchFunc(l.Breaks, v, func(b, v float64) int {
			if b <= v {
				return -1
			}
			return 1
		})
		return colours[i]
	}
	thin := color.NRGBA{255, 255, 255, 190}
	if middle := colours[len(colours)/2]; l.Min == 0 && l.Max == 0 || int(middle.R)+int(middle.G)+int(middle.B) > 3*170 {
		thin = color.NRGBA{110, 115, 120, 220} // which would not be seen
	}
	p.bordersOf(m, plane, thin)
}

// classColours are the colours of the classes between breaks.
func classColours(style heat.Palette, c heat.Coding, breaks []float64) []color.NRGBA {
	if len(breaks) == 0 {
		return []color.NRGBA{style.At(1)}
	}
	out := []color.NRGBA{style.Colour(c, math.Inf(-1), breaks)}
	for _, b := range breaks {
		out = append(out, style.Colour(c, b, breaks))
	}
	return out
}

// bordersOf draws the areas of a level with their names.
func (p *pictureAsk) bordersOf(m *sheet.Map, plane crs.TM, thin color.NRGBA) {
	if p.borders < 0 {
		return
	}
	level := levels[p.borders]
	lines := sheet.Lines{Name: say(level.word, p.lang) + spoken{"界", ""}[p.lang], Width: 1.6, Colour: thin}
	const mostNames = 400 // more would not fit
	for i := range p.snap.All(level.layer) {
		f := p.snap.Feature(level.layer, i)
		if f.Shape == nil {
			continue
		}
		lines.Paths = appendRings(lines.Paths, plane, f.Shape, false)
		if len(m.Names) < mostNames && level.level != heat.Cells {
			e, n := plane.Forward(f.At.Lon(), f.At.Lat())
			m.Names = append(m.Names, sheet.Name{Text: f.Name, At: sheet.Point{E: e, N: n}})
		}
	}
	m.Lines = append(m.Lines, lines)
	if level.level == heat.Districts {
		return
	}
	around := sheet.Lines{Name: say("district", p.lang) + spoken{"界", ""}[p.lang], Width: 2.4, Colour: color.NRGBA{40, 44, 48, 255}}
	for i := range p.snap.All(grids.Districts) {
		if f := p.snap.Feature(grids.Districts, i); f.Shape != nil {
			around.Paths = appendRings(around.Paths, plane, f.Shape, false)
		}
	}
	m.Lines = append(m.Lines, around)
}

// appendRings appends the rings of areas in the plane, turned so that shells run one
// way and holes the other if they are to be filled.
func appendRings(out [][]sheet.Point, plane crs.TM, s *spatial.Shape, fill bool) [][]sheet.Point {
	for i := range s.Shells {
		from, to := s.Rings(i)
		for r := from; r < to; r++ {
			ring := make([]sheet.Point, 0, len(s.Part(r)))
			sum := 0.0
			for _, c := range s.Part(r) {
				e, n := plane.Forward(c.Lon(), c.Lat())
				ring = append(ring, sheet.Point{E: e, N: n})
			}
			for k := range ring {
				a, b := ring[k], ring[(k+1)%len(ring)]
				sum += (a.E-ring[0].E)*(b.N-ring[0].N) - (b.E-ring[0].E)*(a.N-ring[0].N)
			}
			if fill && (sum > 0) != (r == from) {
				slices.Reverse(ring)
			}
			out = append(out, ring)
		}
	}
	return out
}

func extentOf(rings [][]sheet.Point) sheet.Rect {
	inf := math.Inf(1)
	x := sheet.Rect{Min: sheet.Point{E: inf, N: inf}, Max: sheet.Point{E: -inf, N: -inf}}
	for _, ring := range rings {
		for _, p := range ring {
			x.Min.E, x.Min.N = min(x.Min.E, p.E), min(x.Min.N, p.N)
			x.Max.E, x.Max.N = max(x.Max.E, p.E), max(x.Max.N, p.N)
		}
	}
	return x
}

// boxInPlane is around the box of degrees.
func boxInPlane(plane crs.TM, b *[4]float64) sheet.Rect {
	var ring []sheet.Point
	const steps = 8
	for i := range steps + 1 {
		t := float64(i) / steps
		for _, c := range [...][2]float64{
			{b[0] + t*(b[2]-b[0]), b[1]}, {b[0] + t*(b[2]-b[0]), b[3]}, {b[0], b[1] + t*(b[3]-b[1])}, {b[2], b[1] + t*(b[3]-b[1])},
		} {
			e, n := plane.Forward(c[0], c[1])
			ring = append(ring, sheet.Point{E: e, N: n})
		}
	}
	return extentOf([][]sheet.Point{ring})
}
