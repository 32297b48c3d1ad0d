package sheet

import (
	"context"
	"fmt"
	"image"
	"image/color"
	"slices"
	"strings"

	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
)

// Limits of a sheet's sides in pixels.
const (
	MinSide = 400
	MaxSide = 4096
)

// Sheet is what is drawn.
type Sheet struct {
	Width, Height int
	// Regular letters all but the title, which is Bold.
	Regular, Bold glyphs.Stack

	Title string
	// Picked says what was picked, Footer how it was made; lines are broken where they
	// must be.
	Picked, Footer []string
	Map            Map
	Legend         Legend
}

// Map is the middle of it, in metres of a plane.
type Map struct {
	// Extent is what must be seen; more is where the sheet has room.
	Extent Rect
	// Ground are rings of the areas on which the surface is shown, in any direction.
	Ground [][]Point
	// Colour is the surface's at a place; clear where it has none.
	Colour func(p Point) color.NRGBA
	// Lines are borders, thin ones first.
	Lines []Lines
	Names []Name
	// North and Metre, Kilometre are words: N, m, km.
	North, Metre, Kilometre string
}

// Point is an easting and a northing.
type Point struct{ E, N float64 }

// Rect is an extent.
type Rect struct{ Min, Max Point }

// Lines are drawn alike.
type Lines struct {
	Name   string // in the legend; "" for not
	Width  float64
	Colour color.NRGBA
	Paths  [][]Point // closed
}

// Name is a word on the map, in its middle.
type Name struct {
	Text string
	At   Point
}

// Legend says what colours mean.
type Legend struct {
	Title string
	// Columns are over the numbers of the classes.
	Columns []string
	Classes []Class
	// Notes are below.
	Notes []string
}

// Class is a colour with its numbers, one for each column.
type Class struct {
	Colour color.NRGBA
	Texts  []string
}

// MissingError says which characters no font has.
type MissingError struct{ Characters string }

func (e *MissingError) Error() string {
	return fmt.Sprintf("no font here has %q", e.Characters)
}

// Draw draws the sheet. An error is a [MissingError], or the context's.
func (s *Sheet) Draw(ctx context.Context) (*image.RGBA, error) {
	regular, bold := newFace(s.Regular), newFace(s.Bold)
	if err := s.missing(regular, bold); err != nil {
		return nil, err
	}
	c := newCanvas(s.Width, s.Height, regular, bold)
	l := s.layOut(c)
	s.head(c, l)
	if err := s.drawMap(ctx, c, l); err != nil {
		return nil, err
	}
	s.legend(c, l)
	s.foot(c, l)
	return c.img, nil
}

// missing looks for all characters before anything is drawn.
func (s *Sheet) missing(regular, bold *face) error {
	texts := slices.Concat(s.Picked, s.Footer, s.Legend.Columns, s.Legend.Notes, []string{s.Legend.Title, s.Map.North, s.Map.Metre, s.Map.Kilometre})
	for _, n := range s.Map.Names {
		texts = append(texts, n.Text)
	}
	for _, l := range s.Map.Lines {
		texts = append(texts, l.Name)
	}
	for _, c := range s.Legend.Classes {
		texts = append(texts, c.Texts...)
	}
	var lacking []rune
	look := func(f *face, text string) {
		for _, r := range text {
			if _, ok := f.letter(r); !ok && !slices.Contains(lacking, r) {
				lacking = append(lacking, r)
			}
		}
	}
	look(bold, s.Title+s.Legend.Title)
	look(regular, strings.Join(texts, ""))
	if len(lacking) == 0 {
		return nil
	}
	const most = 20
	return &MissingError{string(lacking[:min(most, len(lacking))])}
}
