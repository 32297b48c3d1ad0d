package sheet

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/image/font/gofont/goregular"

	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
)

func TestAScaleBarIsARoundNumberOfMetres(t *testing.T) {
	t.Parallel()
	for most, want := range map[float64]float64{1: 1, 1.9: 1, 2: 2, 4.99: 2, 5: 5, 9.9: 5, 10: 10, 2730: 2000, 60_000: 50_000} {
		if got := barLength(most); got != want {
			t.Errorf("within %g m: %g, not %g", most, got, want)
		}
	}
	for v, want := range map[float64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := figure(v); got != want {
			t.Errorf("%g is %s, not %s", v, got, want)
		}
	}
}

func TestLinesMayEndWhereReadersExpectIt(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"one two, three":        "one |two, |three",
		"时段，共 3 天。":             "时|段，|共 |3 |天。",
		"（范围 600 米）的":           "（范|围 |600 |米）|的",
		"n=12；a_b.c":            "n=12；|a_b.c",
		strings.Repeat("x", 90): strings.Repeat("x", 40) + "|" + strings.Repeat("x", 40) + "|" + strings.Repeat("x", 10),
	} {
		if got := strings.Join(pieces(text), "|"); got != want {
			t.Errorf("%s: %s, not %s", text, got, want)
		}
	}
}

// TestNoLineIsTooLongAndNothingIsLost whatever the text.
func TestNoLineIsTooLongAndNothingIsLost(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a.ttf")
	if err := os.WriteFile(path, goregular.TTF, 0o600); err != nil {
		t.Fatal(err)
	}
	fonts := glyphs.Open(path)
	defer fonts.Close()
	stack, err := fonts.Stack("Go Regular")
	if err != nil {
		t.Fatal(err)
	}
	f := newFace(stack)
	rnd := rand.New(rand.NewPCG(2, 2))
	for range 200 {
		runes := make([]rune, rnd.IntN(300))
		for i := range runes {
			runes[i] = []rune("abc W,.-")[rnd.IntN(8)]
		}
		text := string(runes)
		lines := f.wrap([]string{text}, 30)
		if got := strings.ReplaceAll(strings.Join(lines, ""), " ", ""); got != strings.ReplaceAll(text, " ", "") {
			t.Fatalf("%q became %q", text, lines)
		}
		if i := slices.IndexFunc(lines, func(l string) bool { return f.width(l) > 30+maxPiece }); i >= 0 {
			t.Fatalf("%q is %g ems long", lines[i], f.width(lines[i]))
		}
	}
}
