//go:build proof

package search_test

import (
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
	"unicode"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/grids/search"
)

// demoCity is the city of wanmi demo with 24,000 addresses.
func demoCity(tb testing.TB) town {
	tb.Helper()
	city, err := demo.City(demo.Options{Seed: 1})
	if err != nil {
		tb.Fatal(err)
	}
	s, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		tb.Fatal(err)
	}
	return town{search.NewIndex(s), s}
}

func TestProof_EveryAddressOfTheDemoAnswersItselfFirst(t *testing.T) {
	c := demoCity(t)
	fulls := map[string]int{}
	for i := range c.s.City.Addresses {
		fulls[c.s.City.Addresses[i].Full]++
	}
	same := 0
	for i := range c.s.City.Addresses {
		a := &c.s.City.Addresses[i]
		found := c.Addresses(a.Full, 3)
		if len(found) == 0 || found[0].Score != 1 || found[0].Full != a.Full || found[0].Fit != search.FitExact {
			t.Fatalf("%s %s: %+v", a.Code, a.Full, found)
		}
		if found[0].Index == int32(i) {
			continue
		}
		if same++; fulls[a.Full] == 1 {
			t.Errorf("%s %s: first is %+v", a.Code, a.Full, found[0])
		}
	}
	t.Logf("%d addresses, %d answered by another of the very same full address", len(c.s.City.Addresses), same)
}

// TestProof_ATypingErrorLeavesTheAddressAmongTheFirst makes one error at a
// random place of the full address: in a character of the words, or in a figure
// of the number, where the wrong number often is another plate.
func TestProof_ATypingErrorLeavesTheAddressAmongTheFirst(t *testing.T) {
	c := demoCity(t)
	r := newRand(t, 7)
	n := 20_000
	if testing.Short() {
		n = 4_000
	}
	type tally struct{ asked, first, three int }
	words, figures := map[typo]*tally{}, map[typo]*tally{}
	for range n {
		a := &c.s.City.Addresses[r.IntN(len(c.s.City.Addresses))]
		text, kind, figure := mistyped(r, a.Full)
		into := words
		if figure {
			into = figures
		}
		if into[kind] == nil {
			into[kind] = &tally{}
		}
		count := into[kind]
		count.asked++
		for k, f := range c.Addresses(text, 3) {
			if f.Full == a.Full {
				count.three++
				if k == 0 {
					count.first++
				}
				break
			}
		}
	}
	for name, tallies := range map[string]map[typo]*tally{"words": words, "figures": figures} {
		var all tally
		for kind, k := range tallies {
			t.Logf("%s, one character %s: %d asked, first %.2f %%, among three %.2f %%", name, kind, k.asked,
				100*float64(k.first)/float64(k.asked), 100*float64(k.three)/float64(k.asked))
			all.asked, all.first, all.three = all.asked+k.asked, all.first+k.first, all.three+k.three
		}
		share := float64(all.three) / float64(all.asked)
		t.Logf("%s: %d asked, first %.2f %%, among three %.2f %%", name, all.asked, 100*float64(all.first)/float64(all.asked), 100*share)
		if name == "words" && share < 0.95 {
			t.Errorf("among the first three in %.2f %% only", 100*share)
		}
	}
}

// typo is a kind of typing error.
type typo string

// mistyped makes one error; figure says that it hit the number.
func mistyped(r *rand.Rand, text string) (out string, kind typo, figure bool) {
	const others = "的一是了我不人在他有这上来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间斯知世什两次使身者被高已亲其进此话常与活正感"
	in := []rune(text)
	for {
		at := r.IntN(len(in))
		random := []rune(others)[r.IntN(len([]rune(others)))]
		if unicode.IsDigit(in[at]) {
			random = rune('0' + r.IntN(10))
		}
		var wrong []rune
		switch r.IntN(4) {
		case 0:
			kind, wrong = "wrong", append(append(append(wrong, in[:at]...), random), in[at+1:]...)
		case 1:
			kind, wrong = "missing", append(append(wrong, in[:at]...), in[at+1:]...)
		case 2:
			kind, wrong = "too many", append(append(append(wrong, in[:at]...), random), in[at:]...)
		default:
			if at+1 == len(in) {
				continue
			}
			kind, wrong = "swapped", append(append(append(wrong, in[:at]...), in[at+1], in[at]), in[at+2:]...)
			figure = unicode.IsDigit(in[at+1])
		}
		if out = string(wrong); out != text {
			return out, kind, figure || unicode.IsDigit(in[at])
		}
	}
}

// TestProof_TheIndexOfTheDemoIsSmall is the promise of 8 MB.
func TestProof_TheIndexOfTheDemoIsSmall(t *testing.T) {
	c := demoCity(t)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	start := time.Now()
	x := search.NewIndex(c.s)
	took := time.Since(start)
	runtime.GC()
	runtime.ReadMemStats(&after)
	heap := int64(after.HeapAlloc) - int64(before.HeapAlloc)
	t.Logf("%d addresses: %d bytes by its own count, %d on the heap, built in %v", len(c.s.City.Addresses), x.Bytes(), heap, took)
	if heap > 8<<20 || int64(x.Bytes()) > heap+64<<10 {
		t.Errorf("%d bytes on the heap", heap)
	}
}
