package search_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/search"
	"github.com/wanmi-gis/wanmi/spatial"
)

func TestEveryCodeOfTheTownIsFoundFirst(t *testing.T) {
	t.Parallel()
	w := theTown(t)
	check := func(l grids.Layer, i int32, code string) {
		t.Helper()
		found := w.find(code)
		first := slices.IndexFunc(found, func(r search.Result) bool { return r.Layer == l && r.Index == i })
		// A street and a community of another layer may share the code.
		if first < 0 || found[first].Match != search.ByCode || found[0].Match != search.ByCode {
			t.Fatalf("%s %s: %+v", l, code, found)
		}
		for _, r := range found {
			if r.Match == search.ByCode && r.Code != code {
				t.Fatalf("%s: %+v", code, r)
			}
		}
	}
	for _, l := range []grids.Layer{
		grids.Districts, grids.Streets, grids.Communities, grids.Zones, grids.Cells, grids.Components, grids.Addresses, grids.Resources,
	} {
		n := w.s.Count(l)
		step := max(n/1500, 1) // all but every other component
		for i := 0; i < n; i += step {
			check(l, int32(i), w.s.Feature(l, int32(i)).Code)
		}
	}
	for i := range w.s.City.Units {
		check(grids.Units, int32(i), w.s.City.Units[i].Code)
	}
}

func TestEveryNameOfTheTownIsFoundFirst(t *testing.T) {
	t.Parallel()
	w := theTown(t)
	check := func(l grids.Layer, i int32, name string) {
		t.Helper()
		found, _ := w.Search(search.Query{Text: name, Limit: 100})
		at := slices.IndexFunc(found, func(r search.Result) bool { return r.Layer == l && r.Index == i })
		if at < 0 || found[at].Match != search.ByName || found[0].Match != search.ByName {
			t.Fatalf("%s %s: at %d of %+v", l, name, at, found)
		}
	}
	for _, l := range []grids.Layer{grids.Districts, grids.Streets, grids.Communities, grids.Zones, grids.Addresses, grids.Resources} {
		for i := range w.s.Count(l) {
			check(l, int32(i), w.s.Feature(l, int32(i)).Name)
		}
	}
	for i := range w.s.City.Units {
		check(grids.Units, int32(i), w.s.City.Units[i].Name)
	}
	for i := range w.s.City.Addresses {
		check(grids.Addresses, int32(i), w.s.City.Addresses[i].Full)
	}
}

// TestPinyinAndInitialsFindEveryCommunity takes the readings of the maker of
// the town, who wrote them by hand: each community has an office named after it.
func TestPinyinAndInitialsFindEveryCommunity(t *testing.T) {
	t.Parallel()
	w := theTown(t)
	n := 0
	for i := range w.s.City.Communities {
		c := &w.s.City.Communities[i]
		for k := range w.s.City.Addresses {
			a := &w.s.City.Addresses[k]
			if a.Name != c.Name+"居委会" {
				continue
			}
			n++
			syllables := strings.Fields(strings.TrimSuffix(a.Pinyin, " ju wei hui"))
			initials := ""
			for _, s := range syllables {
				initials += s[:1]
			}
			for text, match := range map[string]search.Match{
				strings.Join(syllables, ""):                  search.ByPinyin,
				strings.Join(syllables, " "):                 search.ByPinyin,
				strings.ToUpper(strings.Join(syllables, "")): search.ByPinyin,
				initials:                    search.ByInitials,
				syllables[0] + initials[1:]: search.ByInitials,
				strings.Join(syllables, "")[:len(initials)+2]: search.ByPinyin,
			} {
				found := w.find(text)
				at := slices.IndexFunc(found, func(r search.Result) bool { return r.Layer == grids.Communities && r.Code == c.Code })
				if at < 0 || found[at].Match != match && found[at].Match != search.ByInitials {
					t.Errorf("%s: %s is not among %+v", text, c.Name, found)
				}
			}
		}
	}
	if n != len(w.s.City.Communities) || n == 0 {
		t.Errorf("%d of %d communities have an office", n, len(w.s.City.Communities))
	}
}

func TestATypingErrorIsForgiven(t *testing.T) {
	t.Parallel()
	w := theTown(t)
	r := newRand(t, 17)
	asked, there := 0, 0
	for range 500 {
		a := &w.s.City.Addresses[r.IntN(len(w.s.City.Addresses))]
		name := []rune(a.Name)
		at := r.IntN(len(name))
		if name[at] >= '0' && name[at] <= '9' {
			continue
		}
		wrong := append([]rune(nil), name...)
		wrong[at] = '囍'
		asked++
		if slices.ContainsFunc(w.find(string(wrong)), func(r search.Result) bool { return r.Code == a.Code && r.Match == search.Forgiven }) {
			there++
		}
	}
	if asked < 300 || there*100 < asked*99 {
		t.Errorf("%d of %d names with a wrong character were found", there, asked)
	}
	for text, name := range map[string]string{
		"shuyaunshequ": "书院社区", "suyuanshequ": "书院社区", "gulloushequ": "鼓楼社区", "guloushqu": "鼓楼社区", // one letter or two
		"书院杜区": "书院社区", "书院社": "书院社区", "书社区": "书院社区", "院书社区": "书院社区", "书书院社区": "书院社区",
	} {
		if found := w.find(text); !slices.ContainsFunc(found, func(r search.Result) bool { return r.Name == name }) {
			t.Errorf("%s: %s is not among %+v", text, name, found)
		}
	}
	for _, text := range []string{"书x", "shu", "xyz", "书杜院区"} { // too short, or two errors
		if found := w.find(text); slices.ContainsFunc(found, func(r search.Result) bool { return r.Match == search.Forgiven && r.Name == "书院社区" }) {
			t.Errorf("%s: %+v", text, found)
		}
	}
}

// ranked is a town with things named so that one text finds each in another
// way.
func ranked(t testing.TB) town {
	t.Helper()
	city := *theTown(t).s.City
	at := city.Cells[0].At
	address := func(code, kind, name, full string, east int32) grids.Address {
		where := spatial.Coord{X: at.X + 1000*east, Y: at.Y}
		return grids.Address{Feature: grids.Feature{Code: code, Name: name, At: where}, Kind: kind, Full: full}
	}
	city.Addresses = []grids.Address{
		address("A1", "place", "kf", "", 5),              // exactly
		address("A2", "place", "kfc", "", 4),             // the beginning
		address("A3", "place", "老kf店", "", 3),            // a part
		address("A4", "place", "开封", "", 2),              // initials
		address("A5", "place", "开封府", "", 1),             // beginning of the initials
		address("A6", "place", "老开封府", "", 0),            // part of the initials
		address("kf", "place", "别的", "", 9),              // the code
		address("kf7", "place", "另外", "", 8),             // beginning of the code
		address("B1", "street", "人民路", "甲区人民路", 1),       // two streets of one name
		address("B2", "street", "人民路", "乙区人民路", 40),      //
		address("B3", "plate", "人民路1号", "甲区人民路1号", 1),    //
		address("B4", "plate", "人民路1号", "乙区人民路1号", 40),   //
		address("B5", "plate", "人民路12号", "乙区人民路12号", 41), //
	}
	s, err := grids.NewSnapshot(&city, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return town{search.NewIndex(s), s}
}

func (t town) codes(q search.Query) string {
	if q.Limit == 0 {
		q.Limit = 20
	}
	found, _ := t.Search(q)
	var out []string
	for _, r := range found {
		if r.Layer == grids.Addresses {
			out = append(out, r.Code+" "+string(r.Match))
		}
	}
	return strings.Join(out, ", ")
}

func TestTheOrderOfWhatMatches(t *testing.T) {
	t.Parallel()
	w := ranked(t)
	near := spatial.Coord{X: w.s.City.Cells[0].At.X + 45_000, Y: w.s.City.Cells[0].At.Y}
	for _, c := range []struct {
		text, want string
		near       *spatial.Coord
	}{
		{text: "kf", want: "kf code, A1 name, A2 prefix, kf7 prefix, A3 contains, A4 initials, A5 initials, A6 initials"},
		{text: "kaifeng", want: "A4 pinyin, A5 pinyin, A6 pinyin"},
		{text: "kaifen", want: "A4 pinyin, A5 pinyin, A6 pinyin"},
		{text: "kaifnegfu", want: "A5 fuzzy"},
		{text: "人民路", want: "B1 name, B2 name, B3 prefix, B4 prefix, B5 prefix"},
		{text: "人民路", near: &near, want: "B2 name, B1 name, B5 prefix, B4 prefix, B3 prefix"},
		{text: "人民路1", want: "B3 name, B4 name, B5 prefix"},
		{text: "人民路1号", want: "B3 name, B4 name"},
		{text: "乙区人民路1号", want: "B4 name"},
		{text: "人民", want: "B1 prefix, B2 prefix"},
		{text: "民路1号", want: "B3 contains, B4 contains"},
		{text: "rml1", want: "B3 initials, B4 initials, B5 initials"},
		{text: "renminlu 12 hao", want: "B5 pinyin"},
		{text: "人抿路12号", want: "B5 fuzzy"},
		{text: "人民路12", want: "B5 name"},
		{text: "人民路２", want: "B1 fuzzy, B2 fuzzy"},
	} {
		if got := w.codes(search.Query{Text: c.text, Near: c.near}); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.text, got, c.want)
		}
	}
}

func TestPagesTogetherAreTheWholeAnswer(t *testing.T) {
	t.Parallel()
	w := theTown(t)
	near := w.s.City.Cells[7].At
	for _, text := range []string{"路", "lu", "社区", "99", "s", "114.35,34.78"} {
		for _, near := range []*spatial.Coord{nil, &near} {
			whole, _ := w.Search(search.Query{Text: text, Near: near, Limit: 300})
			var pages []search.Result
			for more, offset := true, 0; more && offset < 300; offset += 30 {
				var page []search.Result
				page, more = w.Search(search.Query{Text: text, Near: near, Limit: 30, Offset: offset})
				pages = append(pages, page...)
				if len(page) != 30 && more || len(pages) < len(whole) && !more {
					t.Fatalf("%s: a page of %d at %d, more %v", text, len(page), offset, more)
				}
			}
			if fmt.Sprint(pages) != fmt.Sprint(whole) || len(whole) == 0 {
				t.Errorf("%s: %d on pages, %d at once", text, len(pages), len(whole))
			}
			for i := 1; i < len(whole); i++ {
				if a, b := whole[i-1], whole[i]; near != nil && a.Match == b.Match && a.Match == search.ByInitials && a.DistanceM < 0 {
					t.Errorf("%+v before %+v", a, b)
				}
			}
		}
	}
}

// nonsense are texts that find nothing and break nothing.
var nonsense = []string{
	"", " ", "\t\n", "\x00", "\x00\x00路", strings.Repeat("路", 10_000), strings.Repeat("a", 10_000), strings.Repeat("1", 200), "。，！？；：", "....", "-", "--", "\"'`",
	"😀", "👩‍👩‍👧‍👦🏳️‍🌈", "שלום", "\u202e路\u202c", "../../etc/passwd", `..\..\`, "'; DROP TABLE addresses; --", "1 OR 1=1", "%00", "<script>", "${jndi:x}", "\xff\xfe",
	"a\u0301", "ﷺ", "İ", "ǅ", "１２３", "号", "号号号", "12号", "-1", "0号", "路0号", "NaN", "null", strings.Repeat("a ", 100), strings.Repeat("shi", 60),
}

func TestNonsenseFindsNothingThatCannotBeShown(t *testing.T) {
	t.Parallel()
	w := theTown(t)
	for _, text := range nonsense {
		checkSearch(t, w, text)
	}
	if found, more := w.Search(search.Query{Text: "路", Limit: 0}); found != nil || more {
		t.Error("nothing wanted, something found")
	}
	if found, _ := w.Search(search.Query{Text: "路", Limit: 10, Offset: search.MaxResults}); found != nil {
		t.Error("found beyond the last")
	}
	if found, _ := w.Search(search.Query{Text: strings.Repeat("路", search.MaxRunes+1), Limit: 1}); found != nil {
		t.Error("found with too long a text")
	}
}

// checkSearch asks twice and checks what every answer keeps.
func checkSearch(tb testing.TB, w town, text string) {
	tb.Helper()
	found, _ := w.Search(search.Query{Text: text, Limit: 50})
	again, _ := w.Search(search.Query{Text: text, Limit: 50})
	if fmt.Sprint(found) != fmt.Sprint(again) {
		tb.Fatalf("%q: %v, then %v", text, found, again)
	}
	rows := map[string]bool{}
	for _, r := range found {
		id := fmt.Sprint(r.Layer, r.Index, r.At)
		if rows[id] || r.Match == "" || len(found) > 50 || r.Layer != search.LayerPosition && r.Code == "" {
			tb.Fatalf("%q: %+v", text, r)
		}
		rows[id] = true
	}
}
