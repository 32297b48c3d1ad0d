package glyphs_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
)

// folder writes font files and opens them.
func folder(t testing.TB, files map[string][]byte) (dir string, fonts *glyphs.Fonts) {
	t.Helper()
	dir = t.TempDir()
	for name, body := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	fonts, err := glyphs.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := fonts.Close(); err != nil {
			t.Error(err)
		}
	})
	return dir, fonts
}

func goFonts(t testing.TB) *glyphs.Fonts {
	t.Helper()
	_, fonts := folder(t, map[string][]byte{"regular.ttf": goregular.TTF, "sub/bold.ttf": gobold.TTF})
	return fonts
}

func stackOf(t testing.TB, fonts *glyphs.Fonts, names string) glyphs.Stack {
	t.Helper()
	s, err := fonts.Stack(names)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestLettersAreTheDistancesToTheirOutlines computes each letter anew, slowly: from
// hundreds of points on each curve.
func TestLettersAreTheDistancesToTheirOutlines(t *testing.T) {
	t.Parallel()
	name, letters, drawn := decode(t, glyphs.Range(stackOf(t, goFonts(t), "Go Regular"), 0, 2))
	if name != "Go Regular" || letters != "0-255" || len(drawn) < 190 {
		t.Fatalf("%q %q with %d letters", name, letters, len(drawn))
	}
	font, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		t.Fatal(err)
	}
	metrics, err := font.Metrics(nil, fixed.I(24), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range " Ag." {
		got, ok := drawn[int(r)]
		if !ok {
			t.Fatalf("%c is missing", r)
		}
		index, err := font.GlyphIndex(nil, r)
		if err != nil {
			t.Fatal(err)
		}
		advance, err := font.GlyphAdvance(nil, index, fixed.I(24), 0)
		if err != nil {
			t.Fatal(err)
		}
		outline, err := font.LoadGlyph(nil, index, fixed.I(24), nil)
		if err != nil {
			t.Fatal(err)
		}
		want := slowly(outline)
		want.id, want.advance, want.top = int(r), advance.Floor(), want.top-metrics.Ascent.Ceil()
		if got.width != want.width || got.height != want.height || got.left != want.left || got.top != want.top || got.advance != want.advance || len(got.bitmap) != len(want.bitmap) {
			t.Fatalf("%c: %+v, want %+v", r, got, want)
		}
		for i := range want.bitmap {
			if d := int(got.bitmap[i]) - int(want.bitmap[i]); d < -1 || d > 1 {
				t.Fatalf("%c: pixel %d is %d, want %d", r, i, got.bitmap[i], want.bitmap[i])
			}
		}
	}
}

type dot struct{ x, y float64 }

// slowly draws an outline from many points on it.
func slowly(outline sfnt.Segments) (l letter) {
	var contours [][]dot
	at := func(p fixed.Point26_6) dot { return dot{float64(p.X) / 64, float64(p.Y) / 64} }
	mix := func(a, b dot, t float64) dot { return dot{a.x + t*(b.x-a.x), a.y + t*(b.y-a.y)} }
	for _, s := range outline {
		if s.Op == sfnt.SegmentOpMoveTo {
			contours = append(contours, []dot{at(s.Args[0])})
			continue
		}
		c := &contours[len(contours)-1]
		from := (*c)[len(*c)-1]
		p, q := at(s.Args[0]), at(s.Args[1])
		n := 200 // curves of letters are short
		if s.Op == sfnt.SegmentOpLineTo {
			n = 700
		}
		for i := 1; i <= n; i++ {
			t := float64(i) / float64(n)
			if s.Op == sfnt.SegmentOpLineTo {
				*c = append(*c, mix(from, p, t))
			} else { // these fonts have no cubics
				*c = append(*c, mix(mix(from, p, t), mix(p, q, t), t))
			}
		}
	}
	if len(contours) == 0 {
		return letter{}
	}
	low, high := dot{math.Inf(1), math.Inf(1)}, dot{math.Inf(-1), math.Inf(-1)}
	for _, c := range contours {
		for _, p := range c {
			low, high = dot{min(low.x, p.x), min(low.y, p.y)}, dot{max(high.x, p.x), max(high.y, p.y)}
		}
	}
	left, top := math.Round(low.x), math.Round(low.y)
	l.left, l.top, l.width, l.height = int(left), -int(top), int(math.Round(high.x)-left), int(math.Round(high.y)-top)
	for y := range l.height + 6 {
		for x := range l.width + 6 {
			p := dot{left - 3 + float64(x) + 0.5, top - 3 + float64(y) + 0.5}
			nearest, turned := math.Inf(1), 0.0
			for _, c := range contours {
				for i, a := range c {
					b := c[(i+1)%len(c)]
					nearest = min(nearest, math.Hypot(a.x-p.x, a.y-p.y))
					turned += math.Remainder(math.Atan2(b.y-p.y, b.x-p.x)-math.Atan2(a.y-p.y, a.x-p.x), 2*math.Pi)
				}
			}
			if math.Abs(turned) > math.Pi {
				nearest = -nearest
			}
			l.bitmap = append(l.bitmap, 255-byte(min(max(nearest*32+64, 0), 255)))
		}
	}
	return l
}

func TestRangesHaveTheSameBytesOnEveryMachineAndFromAnyNumberOfWorkers(t *testing.T) {
	t.Parallel()
	s := stackOf(t, goFonts(t), "Go Regular, go bold")
	one := glyphs.Range(s, 0, 1)
	if many := glyphs.Range(s, 0, 7); !bytes.Equal(one, many) {
		t.Error("seven workers draw other bytes than one")
	}
	const want = "43321ca4f69d71f15e317ce59d46956b84348170c428ebab21e11aaa1a1a49f2"
	if got := fmt.Sprintf("%x", sha256.Sum256(one)); got != want {
		t.Errorf("the range's hash is %s, want %s", got, want)
	}
}

func TestOfSeveralFontsTheFirstDrawsALetterOnItsOwnBaseline(t *testing.T) {
	t.Parallel()
	fonts := goFonts(t)
	_, _, regular := decode(t, glyphs.Range(stackOf(t, fonts, "Go Regular"), 0, 2))
	_, _, bold := decode(t, glyphs.Range(stackOf(t, fonts, "GO Bold"), 0, 2))
	name, _, both := decode(t, glyphs.Range(stackOf(t, fonts, "Comic Sans, Go,Go Bold,Go Regular"), 0, 2))
	if name != "Go Regular,Go Bold" {
		t.Errorf("the stack is %q", name)
	}
	if !bytes.Equal(both['A'].bitmap, regular['A'].bitmap) || bytes.Equal(bold['A'].bitmap, regular['A'].bitmap) {
		t.Error("A is not the first font's")
	}
}

func TestStacksAndRangesThatCannotBeReadAreRefused(t *testing.T) {
	t.Parallel()
	fonts := goFonts(t)
	for stack, want := range map[string]error{
		"": glyphs.ErrStack, "Go,,Go": glyphs.ErrStack, "Go," + strings.Repeat("x", 101): glyphs.ErrStack,
		strings.Repeat("Go,", 10) + "Go": glyphs.ErrStack, strings.Repeat("x,", 5000) + "x": glyphs.ErrStack,
		"Comic Sans,Papyrus": glyphs.ErrNoFont, "../regular.ttf": glyphs.ErrNoFont,
	} {
		if _, err := fonts.Stack(stack); !errors.Is(err, want) {
			t.Errorf("%.30q: %v, want %v", stack, err, want)
		}
	}
	for _, r := range []string{"", "0", "0-256", "1-256", "00-255", "0-0255", "-256--1", "65536-65791", "256-511 ", "0x0-255", "+0-255"} {
		if first, err := glyphs.ParseRange(r); !errors.Is(err, glyphs.ErrRange) {
			t.Errorf("%q: %d, %v", r, first, err)
		}
	}
	for r, want := range map[string]rune{"0-255": 0, "19968-20223": 19968, "65280-65535": 65280} {
		if first, err := glyphs.ParseRange(r); err != nil || first != want {
			t.Errorf("%q: %d, %v", r, first, err)
		}
	}
}

func TestFilesThatAreNoFontsAreRefusedWithTheirReasonAndLeaveTheOthersAlone(t *testing.T) {
	t.Parallel()
	_, fonts := folder(t, map[string][]byte{
		"good.ttf": goregular.TTF, "words.ttf": []byte("no font at all"), "half.otf": goregular.TTF[:len(goregular.TTF)/2],
		"empty.ttc": nil, "readme.txt": []byte("passed over"), "many.ttc": append([]byte("ttcf\x00\x01\x00\x00\x00\xff\xff\xff"), make([]byte, 100)...),
	})
	if names := fonts.Names(); len(names) != 1 || names[0] != "Go Regular" {
		t.Errorf("%q", names)
	}
	refused := fonts.Refused()
	if len(refused) != 4 {
		t.Errorf("%v", refused)
	}
	for _, r := range refused {
		if !strings.Contains(r.Err.Error(), r.Name) || len(r.Err.Error()) < len(r.Name)+10 {
			t.Errorf("%s: %v", r.Name, r.Err)
		}
	}
	if _, err := glyphs.OpenFolder(filepath.Join(t.TempDir(), "nowhere")); err == nil {
		t.Error("a folder that is not there is opened")
	}
	if names := glyphs.Open(filepath.Join(t.TempDir(), "nowhere.ttf")); len(names.Names())+len(names.Refused()) != 0 {
		t.Errorf("a file that is not there: %v", names.Refused())
	}
}

func TestARangeIsMadeOnceForAllWhoAskAndKeptWithinTheLimit(t *testing.T) {
	t.Parallel()
	var packed atomic.Int32
	c := glyphs.NewCache(goFonts(t), glyphs.Options{MaxBytes: 150_000, Pack: func(b []byte) []byte { packed.Add(1); return b[:10] }})
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			a, err := c.Range(context.Background(), "Go Regular", 0)
			if err != nil || len(a.Packed) != 10 || len(a.Plain) < 10_000 {
				t.Errorf("%d and %d bytes, %v", len(a.Plain), len(a.Packed), err)
			}
		})
	}
	all.Wait()
	if n := packed.Load(); n != 1 {
		t.Errorf("made %d times", n)
	}
	for i := range 6 {
		if _, err := c.Range(context.Background(), []string{"Go Bold", "Go Regular", "Go Bold,Go Regular"}[i%3], 0); err != nil {
			t.Fatal(err)
		}
	}
	if n := packed.Load(); n <= 3 {
		t.Errorf("three stacks of some 100 kB each are kept in 150 kB: made %d times", n)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := c.Range(gone, "Go Regular", 512); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := c.Range(context.Background(), "Go Regular", 512); err != nil {
		t.Errorf("after one who went away: %v", err)
	}
}

func TestAFontThatIsWrittenOverIsNotDrawnFrom(t *testing.T) {
	t.Parallel()
	dir, fonts := folder(t, map[string][]byte{"regular.ttf": goregular.TTF})
	c := glyphs.NewCache(fonts, glyphs.Options{})
	if err := os.Truncate(filepath.Join(dir, "regular.ttf"), 5000); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Range(context.Background(), "Go Regular", 0); !errors.Is(err, glyphs.ErrChanged) {
		t.Errorf("%v", err)
	}
}

func BenchmarkRange(b *testing.B) {
	s := stackOf(b, goFonts(b), "Go Regular")
	b.ReportAllocs()
	for b.Loop() {
		glyphs.Range(s, 0, 1)
	}
}
