package web

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
)

// awkwardTexts are names as nobody gives them.
var awkwardTexts = []string{
	"", "东市", `"quoted"`, `back\slash`, "<b>&amp;</b>", "line\nbreak\ttab\r\b\f", "\x00\x1f\x7f", "broken \xff\xfe utf-8", "cut \xe4\xb8",
	"\u2028 and \u2029", "— dashes ‘’", "😀", "\ufffd", "a/b", "é", "\xed\xa0\x80", strings.Repeat("长", 300),
}

// plainNumbers are the forms of the contract, by strconv alone.
func plainNumbers(v float64) (degrees, metres, probability string) {
	format := func(v float64, decimals int) string { return strconv.FormatFloat(v, 'f', decimals, 64) }
	return format(v, 7), format(math.Round(v*100)/100, -1), format(math.Round(v*10_000)/10_000, -1)
}

func checkNumbers(t *testing.T, v float64) {
	t.Helper()
	degrees, metres, probability := plainNumbers(v)
	if got := string(AppendDegrees(nil, Degrees(v))); got != degrees {
		t.Errorf("%v degrees: %s, want %s", v, got, degrees)
	}
	if got := string(AppendMetres(nil, Metres(v))); got != metres {
		t.Errorf("%v metres: %s, want %s", v, got, metres)
	}
	if got := string(AppendProbability(nil, Probability(v))); got != probability {
		t.Errorf("probability %v: %s, want %s", v, got, probability)
	}
}

func TestAppendNumbers_AreThoseOfStrconv(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 9))
	for _, v := range []float64{0, math.Copysign(0, -1), 0.005, 0.01, 0.1, 1, 9.995, 10, 99.99, 100, 123.4, 1e7, 1e7 + 0.01, 1e9, 1e15, 1e300, -0.05, -12.3, 0.00005, 0.81, 180, -180, 360.5} {
		checkNumbers(t, v)
	}
	for range 50_000 {
		lattice := float64(r.Int32()) / 1e7
		for _, v := range []float64{lattice, -lattice, math.Nextafter(lattice, 1), r.Float64() * 1000, r.Float64(), math.Float64frombits(r.Uint64())} {
			if !math.IsNaN(v) && !math.IsInf(v, 0) {
				checkNumbers(t, v)
			}
		}
	}
}

func TestAppendText_IsThatOfEncodingJSON(t *testing.T) {
	for _, text := range awkwardTexts {
		checkText(t, text)
	}
	for c := range 256 {
		checkText(t, string([]byte{byte(c)}))
	}
	for c := range rune(0x11000) {
		checkText(t, "ab"+string(c))
	}
}

func checkText(t *testing.T, text string) {
	t.Helper()
	want, err := json.Marshal(text)
	if got := AppendText(nil, text); err != nil || string(got) != string(want) {
		t.Errorf("%q: %s, encoding/json %s", text, got, want)
	}
}

func FuzzAppend(f *testing.F) {
	f.Add("东市 <1>", 114.3488)
	f.Add("\xe2\x80\xa8", -0.0000001)
	f.Fuzz(func(t *testing.T, text string, v float64) {
		checkText(t, text)
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			checkNumbers(t, v)
		}
	})
}
