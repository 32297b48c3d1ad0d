package glyphs

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// em is how many pixels glyphs have to the em.
const em = 24

// face is one font of a file.
type face struct {
	name string
	also []string
	file string
	of   *fontFile
	font *sfnt.Font
	// ascent is how far the font's highest letters rise above the baseline, in
	// whole pixels: MapLibre's tops are counted from there.
	ascent int
}

// openFaces reads the fonts of a file as far as it must to know that they can be
// drawn from.
func openFaces(r io.ReaderAt) (faces []*face, err error) {
	defer recoverFont(&err)
	all, err := sfnt.ParseCollectionReaderAt(withoutKerning(r))
	if err != nil {
		return nil, err
	}
	if all.NumFonts() > maxFaces {
		return nil, fmt.Errorf("%d fonts in one file; at most %d", all.NumFonts(), maxFaces)
	}
	for i := range all.NumFonts() {
		f, err := all.Font(i)
		if err != nil {
			return nil, fmt.Errorf("font %d: %w", i, err)
		}
		face := &face{font: f}
		if err := face.look(); err != nil {
			return nil, fmt.Errorf("font %d: %w", i, err)
		}
		faces = append(faces, face)
	}
	if len(faces) == 0 {
		return nil, errors.New("no font in it")
	}
	return faces, nil
}

// recoverFont makes an error of a panic: the reader of fonts indexes by what they
// say.
func recoverFont(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("broken: %v", r)
	}
}

// look reads the face's names and measures and tries some of its glyphs.
func (f *face) look() error {
	var b sfnt.Buffer
	read := func(id sfnt.NameID) string {
		name, err := f.font.Name(&b, id)
		if err != nil || len(name) > maxName || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == ',' }) {
			return ""
		}
		return strings.Join(strings.Fields(name), " ")
	}
	family, style := read(sfnt.NameIDTypographicFamily), read(sfnt.NameIDTypographicSubfamily)
	if family == "" || style == "" {
		family, style = read(sfnt.NameIDFamily), read(sfnt.NameIDSubfamily)
	}
	if family == "" {
		return errors.New("it has no name")
	}
	f.name = strings.TrimSpace(family + " " + style)
	for _, id := range [...]sfnt.NameID{sfnt.NameIDFull, sfnt.NameIDPostScript} {
		if name := read(id); name != "" {
			f.also = append(f.also, name)
		}
	}
	m, err := f.font.Metrics(&b, fixed.I(em), font.HintingNone)
	if err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	if f.ascent = m.Ascent.Ceil(); f.ascent < -maxSide || f.ascent > maxSide {
		return fmt.Errorf("ascent of %d pixels to an em of %d", f.ascent, em)
	}
	const tried = 32
	n := f.font.NumGlyphs()
	if n == 0 {
		return errors.New("it has no glyphs")
	}
	for i := range min(tried, n) {
		if _, err := f.font.LoadGlyph(&b, sfnt.GlyphIndex(i*n/tried%n), fixed.I(em), nil); err != nil && !errors.Is(err, sfnt.ErrColoredGlyph) {
			return fmt.Errorf("glyph %d: %w", i*n/tried%n, err)
		}
	}
	return nil
}

// outline returns the outline and the advance of the character; ok is false where
// the font has none that can be drawn.
func (f *face) outline(b *sfnt.Buffer, r rune) (segments sfnt.Segments, advance fixed.Int26_6, ok bool) {
	var err error
	defer func() { ok = ok && err == nil }()
	defer recoverFont(&err)
	at, err := f.font.GlyphIndex(b, r)
	if err != nil || at == 0 {
		return nil, 0, false
	}
	if advance, err = f.font.GlyphAdvance(b, at, fixed.I(em), font.HintingNone); err != nil {
		return nil, 0, false
	}
	segments, err = f.font.LoadGlyph(b, at, fixed.I(em), nil)
	return segments, advance, err == nil
}
