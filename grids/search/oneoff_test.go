package search

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// distance is the number of typing errors between two texts, by the whole
// table: wrong, missing and extra characters and swapped neighbours.
func distance(a, b []rune) int {
	d := make([][]int, len(a)+1)
	for i := range d {
		d[i] = make([]int, len(b)+1)
		for j := range d[i] {
			switch {
			case i == 0 || j == 0:
				d[i][j] = i + j
				continue
			case a[i-1] == b[j-1]:
				d[i][j] = d[i-1][j-1]
			default:
				d[i][j] = 1 + d[i-1][j-1]
			}
			d[i][j] = min(d[i][j], d[i-1][j]+1, d[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d[i][j] = min(d[i][j], d[i-2][j-2]+1)
			}
		}
	}
	return d[len(a)][len(b)]
}

// text makes a short random text of few letters.
func text(r *rand.Rand, letters string, most int) []rune {
	out := make([]rune, r.IntN(most+1))
	for i := range out {
		out[i] = []rune(letters)[r.IntN(len([]rune(letters)))]
	}
	return out
}

func TestOneTypingErrorIsWhatTheWholeTableOfDistancesSays(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	seen := map[bool]int{}
	for range 60_000 {
		a, b := text(r, "永昌路", 6), text(r, "永昌路", 6)
		want := distance(a, b) <= 1
		if got := oneOff(a, b, false); got != want {
			t.Fatalf("%q and %q: %v, want %v", string(a), string(b), got, want)
		}
		seen[want]++
		want = false
		for n := range len(b) + 1 {
			want = want || distance(a, b[:n]) <= 1
		}
		if got := oneOff(a, b, true); got != want {
			t.Fatalf("%q and the beginning of %q: %v, want %v", string(a), string(b), got, want)
		}
	}
	if seen[true] < 5_000 || seen[false] < 5_000 {
		t.Errorf("the texts prove little: %v", seen)
	}
}

// leastLeft tries every way to find the characters of a in b.
func leastLeft(a, b []rune) int {
	if len(a) == 0 {
		return 0
	}
	least := 1 + leastLeft(a[1:], b)
	for i := range b {
		if b[i] == a[0] {
			least = min(least, leastLeft(a[1:], b[i+1:]))
		}
	}
	return least
}

func TestUnexplainedCharactersAreThoseOfTheBestWayToFindThem(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	for range 20_000 {
		a, b := text(r, "城区街道", 7), text(r, "城区街道", 8)
		if got, want := unexplained(a, b), leastLeft(a, b); got != want {
			t.Fatalf("%q in %q: %d, want %d", string(a), string(b), got, want)
		}
	}
}

// spellings lists all ways to write syllables, with their grade.
func spellings(syllables []string, visit func(text string, whole, unfinished bool)) {
	if len(syllables) == 0 {
		visit("", true, false)
		return
	}
	for reading := range strings.SplitSeq(syllables[0], "|") {
		initials := []string{reading[:1]}
		if len(reading) > 1 && reading[1] == 'h' {
			initials = append(initials, reading[:2])
		}
		spellings(syllables[1:], func(rest string, whole, _ bool) {
			visit(reading+rest, whole, false)
			for _, initial := range initials {
				visit(initial+rest, whole && initial == reading, false)
			}
		})
	}
}

// gradeOf is fit by listing all spellings of all parts of the name.
func gradeOf(query, syllables string) grade {
	parts := strings.Split(syllables, " ")
	best := noFit
	for from := range parts {
		for to := from; to <= len(parts); to++ {
			atStart, all := from == 0, from == 0 && to == len(parts)
			offer := func(whole bool) {
				g := initialsBegin
				switch {
				case whole && all:
					g = pinyinWhole
				case whole && atStart:
					g = pinyinBegin
				case whole:
					g = pinyinWithin
				case all:
					g = initialsWhole
				case !atStart && len(query) == 1:
					return
				case !atStart:
					g = initialsWithin
				}
				best = max(best, g)
			}
			spellings(parts[from:to], func(text string, whole, _ bool) {
				if text == query && to > from {
					offer(whole)
				}
				if to == len(parts) || !strings.HasPrefix(query, text) {
					return
				}
				rest := query[len(text):]
				for reading := range strings.SplitSeq(parts[to], "|") {
					// The last syllable unfinished: never a whole name.
					if rest == "" || !strings.HasPrefix(reading, rest) || len(rest) == len(reading) || len(rest) == 1 && (text == "" || !whole) {
						continue
					}
					switch {
					case whole && atStart:
						best = max(best, pinyinBegin)
					case whole:
						best = max(best, pinyinWithin)
					case atStart:
						best = max(best, initialsBegin)
					case len(query) > 1:
						best = max(best, initialsWithin)
					}
				}
			})
		}
	}
	return best
}

func TestPinyinFitsAsTheListOfAllSpellingsSays(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	names := []string{
		"yong chang|zhang lu", "kai feng", "xi an lu", "xian lu", "zhong shan|sha lu", "a an ang", "1 0 7 guo dao", "shi lu shi", "e er lu 2", "lv|lu liang lu",
	}
	seen := map[grade]int{}
	for range 12_000 {
		name := names[r.IntN(len(names))]
		var query string
		if parts := strings.Split(name, " "); r.IntN(4) > 0 { // near a spelling
			from := r.IntN(len(parts))
			for _, p := range parts[from : from+r.IntN(len(parts)-from)+1] {
				readings := strings.Split(p, "|")
				reading := readings[r.IntN(len(readings))]
				query += reading[:1+r.IntN(len(reading))]
			}
		} else {
			query = string(text(r, "yongchalu107", 5))
		}
		if query == "" {
			continue
		}
		got, want := fit([]byte(query), []byte(name)), gradeOf(query, name)
		if got != want {
			t.Fatalf("%q in %q: %d, want %d", query, name, got, want)
		}
		seen[want]++
		if ends := fitsEnd([]byte("x"+query), []byte(name)); ends != (want == pinyinWhole) {
			t.Fatalf("%q ends with %q: %v", query, name, ends)
		}
	}
	for g := noFit; g <= pinyinWhole; g++ {
		if seen[g] < 40 {
			t.Errorf("the queries prove little: %v", seen)
		}
	}
}

func TestMasksNeverHideAPart(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	for range 20_000 {
		whole := string(text(r, "永昌路abc123号鼓楼", 12))
		for from := range whole {
			if mask(whole[from:])&^mask(whole) != 0 {
				t.Fatal(whole)
			}
		}
	}
}
