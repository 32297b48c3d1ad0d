package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

func townIndex(tb testing.TB) *Index {
	tb.Helper()
	city, err := demo.Town(1)
	if err != nil {
		tb.Fatal(err)
	}
	s, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		tb.Fatal(err)
	}
	return NewIndex(s)
}

// found writes hits as rank and row, in order of row.
func found(all []hit) []string {
	var out []string
	for _, h := range all {
		out = append(out, fmt.Sprint(h.rank.match(), " ", layers[h.layer], " ", h.index))
	}
	slices.Sort(out)
	return out
}

func TestCodesAreFoundAsAmongAllOfThemLookedThrough(t *testing.T) {
	x := townIndex(t)
	r := rand.New(rand.NewPCG(5, 5))
	type row struct {
		code string
		at   string
	}
	var all []row
	for l, layer := range layers {
		for i := range x.s.Count(layer) {
			all = append(all, row{x.code(layerID(l), int32(i)), fmt.Sprint(layer, " ", i)})
		}
	}
	seen := map[Match]int{}
	for range 70 {
		query := []byte(all[r.IntN(len(all))].code)
		switch at := r.IntN(len(query)); r.IntN(5) {
		case 0:
			query = query[:at+1]
		case 1:
			query[at] = "0123456789AZ"[r.IntN(12)]
		case 2:
			query = slices.Delete(query, at, at+1)
		case 3:
			query = slices.Insert(query, at, "0123456789AZ"[r.IntN(12)])
		case 4:
			if at > 0 {
				query[at], query[at-1] = query[at-1], query[at]
			}
		}
		text := string(query)
		if text == "" {
			continue
		}
		var want []string
		for _, c := range all {
			switch {
			case c.code == text:
				want = append(want, string(ByCode)+" "+c.at)
			case strings.HasPrefix(c.code, text):
				want = append(want, string(ByPrefix)+" "+c.at)
			}
		}
		if len(want) == 0 && len(text) >= 4 {
			for _, c := range all {
				if max(len(c.code)-len(text), len(text)-len(c.code)) <= 1 && distance([]rune(c.code), []rune(text)) <= 1 {
					want = append(want, string(Forgiven)+" "+c.at)
				}
			}
		}
		if len(want) > MaxResults {
			continue // no more of a layer are listed
		}
		h := hits{x: x, keep: MaxResults}
		h.codes(text)
		slices.Sort(want)
		if got := found(h.sorted()); !slices.Equal(got, want) {
			t.Fatalf("%q: %d found, %d wanted; %.200q, %.200q", text, len(got), len(want), got, want)
		}
		for _, w := range want {
			seen[Match(strings.Fields(w)[0])]++
		}
	}
	if seen[ByCode] < 10 || seen[ByPrefix] < 100 || seen[Forgiven] < 15 {
		t.Errorf("the codes prove little: %v", seen)
	}
}

func TestNamesAreFoundAsAmongAllOfThemLookedThrough(t *testing.T) {
	x := townIndex(t)
	r := rand.New(rand.NewPCG(6, 6))
	for _, tab := range [...]*table{x.addresses, x.others} {
		seen := map[Match]int{}
		for range 300 {
			name := []rune(string(tab.name(r.IntN(tab.len()))))
			from := r.IntN(len(name))
			query := name[from : from+1+r.IntN(len(name)-from)]
			got := map[string]rank{}
			(&hits{x: x}).eachName(tab, string(query), func(i int, g rank) {
				if _, twice := got[string(tab.name(i))]; twice {
					t.Fatalf("%q: %s twice", string(query), tab.name(i))
				}
				got[string(tab.name(i))] = g
			})
			want := map[string]rank{}
			for i := range tab.len() {
				switch one := string(tab.name(i)); {
				case one == string(query):
					want[one] = rankName
				case strings.HasPrefix(one, string(query)):
					want[one] = rankPrefix + ofBeginning
				case strings.Contains(one, string(query)):
					want[one] = rankPart + ofPart
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%q: %v, want %v", string(query), got, want)
			}
			for _, g := range want {
				seen[g.match()]++
			}
			near := map[string]bool{}
			tab.eachNearly(string(query), func(i int, _ rank) { near[string(tab.name(i))] = true })
			for i := range tab.len() {
				one, almost := []rune(string(tab.name(i))), false
				for n := range len(one) + 1 {
					almost = almost || len(query) >= 3 && distance(query, one[:n]) <= 1
				}
				if near[string(one)] != almost {
					t.Fatalf("%q and %q: %v, want %v", string(query), string(one), !almost, almost)
				}
			}
		}
		if seen[ByName] < 5 || seen[ByPrefix] < 50 || seen[ByPart] < 50 {
			t.Errorf("the names prove little: %v", seen)
		}
	}
}

func TestSplittingHouseNumbersOff(t *testing.T) {
	for text, want := range map[string]string{
		"东大街12号":           "东大街|12|",
		"东大街12":            "东大街|12|",
		"东大街１２號":           "东大街|12|",
		"东大街 12-3 号":       "东大街|12|-3",
		"东大街12之3号":         "东大街|12|-3",
		"东大街12号院3号楼2单元":    "东大街|12|院3楼2单元",
		"东大街十二号":           "东大街|12|",
		"东大街二百零三号":         "东大街|203|",
		"东大街一千零二十号":        "东大街|1020|",
		"东大街二十号":           "东大街|20|",
		"107国道12号":         "107国道|12|",
		"经3路5号":            "经3路|5|",
		"永宁路三巷2号":          "永宁路三巷|2|",
		"东大街#12":           "东大街|12|",
		"dongdajie 12 hao": "dongdajie|12|",
		"12 Main Street":   "mainstreet|12|",
		"12a Main Street":  "amainstreet|12|",
		"东大街":              "",
		"12":               "",
		"号":                "",
		"五一路":              "",
		"东大街0号":            "",
		"东大街1234567号":      "",
		"一二号":              "",
		"东大街百号":            "",
	} {
		got := ""
		if all := splits(fold(text)); len(all) > 0 {
			got = fmt.Sprintf("%s|%d|%s", all[0].name, all[0].number, all[0].rest)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}

func TestFolding(t *testing.T) {
	for text, want := range map[string]string{
		"ＡＢＣ１２３":        "abc123",
		"东 大　街，１２－３号。":  "东大街12-3号",
		"东大街12—3":       "东大街12-3",
		"a-b":           "ab",
		"-12-":          "12",
		"nǚ lü":         "nǚlv",
		"\x00\xff🏠 «x»": "x",
		"東大街#5":         "東大街号5",
		" \t\n":         "",
	} {
		if got := fold(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestEveryReadingOfACharacterIsKept(t *testing.T) {
	for name, want := range map[string]string{
		"长庆路":  "zhang|chang qing lu|luo",
		"银行":   "yin xing|hang|heng",
		"A区2":  "a qu|ou 2",
		"Main": "",
	} {
		if got := (readings{}).syllables(fold(name), fold(name), ""); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if got := (readings{}).syllables("重庆路", "重庆路12号", "chong qing lu 12 hao"); got != "chong|zhong|tong qing lu|luo" {
		t.Errorf("the row's own reading comes first: %q", got)
	}
}

func TestTheBestOfManyHitsAreThoseOfAllSorted(t *testing.T) {
	x := townIndex(t)
	r := rand.New(rand.NewPCG(8, 8))
	n := len(x.s.City.Components)
	for _, keep := range []int{1, 3, 40} {
		h := hits{x: x, keep: keep}
		best := map[int32]rank{}
		for range 40_000 {
			i, g := r.Int32N(int32(n)), rank(r.IntN(28))
			if old, ok := best[i]; ok && r.IntN(6) > 0 { // few rows come more than once
				g = old
			}
			if old, ok := best[i]; !ok || g < old {
				best[i] = g
				h.add(g, components, i)
			}
		}
		var want []hit
		for i, g := range best {
			want = append(want, hit{index: i, rank: g, layer: components, weight: uint8(components)})
		}
		slices.SortFunc(want, hit.compare)
		if got := h.sorted(); !slices.Equal(got, want[:keep]) {
			t.Errorf("%d: %v, want %v", keep, got, want[:keep])
		}
	}
}
