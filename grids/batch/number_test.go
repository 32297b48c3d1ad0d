package batch

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
)

// checkDecimal compares what is read of a text with strconv and the lattice of
// package spatial.
func checkDecimal(t *testing.T, text string) (read bool) {
	t.Helper()
	v, ok := number([]byte(text))
	d, n := readDecimal([]byte(text + ",9"))
	if n == 0 {
		return false
	}
	want, err := strconv.ParseFloat(text, 64)
	if n != len(text) || err != nil || !ok || math.Float64bits(d.float()) != math.Float64bits(want) || v != want {
		t.Fatalf("%q: %v and %v of %d bytes, strconv %v %v", text, d.float(), v, n, want, err)
	}
	if x, ok := d.lattice(180e7); ok {
		if math.Abs(want) > 180 || spatial.At(want, 0).X != x {
			t.Fatalf("%q: %d on the lattice, not %d", text, x, spatial.At(want, 0).X)
		}
	} else if math.Abs(want) <= 180 && d.places <= 7 {
		t.Fatalf("%q is not on the lattice", text)
	}
	return true
}

func TestReadDecimal_IsStrconvAndTheLattice(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 7))
	read := 0
	for range 300_000 {
		text := strconv.FormatFloat((r.Float64()*2-1)*math.Pow10(r.IntN(4)), 'f', r.IntN(14), 64)
		if checkDecimal(t, text) {
			read++
		}
	}
	if read < 200_000 {
		t.Errorf("only %d were read", read)
	}
	for _, text := range []string{"180", "-180", "180.0000000", "180.0000001", "-0", "0", "0.0000001", "-0.0000001", "5.", ".5", "000000000000180"} {
		if !checkDecimal(t, text) {
			t.Errorf("%q is not read", text)
		}
	}
	for _, text := range []string{"", "-", ".", "-.", "+1", " 1", "1 ", "1e2", "1.2.3", "--1", "0x1", "1234567890123456", "0.1234567890123456", "1_0", "NaN", "１"} {
		if checkDecimal(t, text) {
			t.Errorf("%q is read", text)
		}
	}
}

func FuzzReadDecimal(f *testing.F) {
	f.Add("114.3051234")
	f.Add("-0.")
	f.Add("99999999999999.9")
	f.Fuzz(func(t *testing.T, text string) {
		for i := range len(text) {
			if text[i] == ',' {
				return
			}
		}
		checkDecimal(t, text)
	})
}
