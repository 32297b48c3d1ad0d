package search_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/search"
	"github.com/wanmi-gis/wanmi/spatial"
)

// oneStreet is a city with two roads of one name, plates along them at ten
// metres a number, a street row, places, and addresses written in other ways.
func oneStreet(t testing.TB) town {
	t.Helper()
	city := *theTown(t).s.City
	city.Name = "示例市"
	at := city.Cells[0].At
	n := 0
	add := func(kind, name, full string, east int32) {
		n++
		city.Addresses = append(city.Addresses, grids.Address{
			Feature: grids.Feature{Code: fmt.Sprintf("A%02d", n), Name: name, At: spatial.Coord{X: at.X + 1090*east, Y: at.Y}}, Kind: kind, Full: full,
		})
	}
	city.Addresses = nil
	add("street", "东大街", "鼓楼区古城街道东大街", 6)
	for _, k := range []int32{1, 3, 9, 11, 2, 4, 12, 20, 100} {
		add("plate", fmt.Sprintf("东大街%d号", k), fmt.Sprintf("鼓楼区古城街道东大街%d号", k), k)
	}
	add("plate", "东大街1号", "新城区桥头街道东大街1号", 501)
	add("plate", "东大街12号院3号楼", "鼓楼区古城街道东大街12号院3号楼", 13)
	add("plate", "东大街12-1号", "鼓楼区古城街道东大街12-1号", 14)
	add("place", "东大街小学", "鼓楼区古城街道东大街小学", 7)
	add("plate", "7号", "鼓楼区古城街道西大街7号", 30) // the name is the number alone
	add("plate", "9号", "鼓楼区古城街道西大街9号", 32)
	add("plate", "25 Main Street", "25 Main Street", 40)
	add("plate", "29 Main Street", "29 Main Street", 44)
	add("place", "文庙", "", 50)
	s, err := grids.NewSnapshot(&city, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return town{search.NewIndex(s), s}
}

func TestAddressesInWords(t *testing.T) {
	t.Parallel()
	w := oneStreet(t)
	for text, want := range map[string]string{ // the first three: how, full, score
		"鼓楼区古城街道东大街12号":          "exact 鼓楼区古城街道东大街12号 1",
		"示例市鼓楼区东大街12号":           "exact 鼓楼区古城街道东大街12号 1",
		"鼓楼区 东大街 １２ 号":           "exact 鼓楼区古城街道东大街12号 1",
		"东大街十二号":                 "exact 鼓楼区古城街道东大街12号 1",
		"东大街#12":                 "exact 鼓楼区古城街道东大街12号 1",
		"东大街12号(近文庙)":            "exact 鼓楼区古城街道东大街12号 1",
		"dongdajie 12 hao":       "exact 鼓楼区古城街道东大街12号 0.95",
		"东大街12号院3号楼":             "exact 鼓楼区古城街道东大街12号院3号楼 1",
		"东大街12号院3号楼2单元":          "exact 鼓楼区古城街道东大街12号 0.97",
		"东大街12-1":                "exact 鼓楼区古城街道东大街12-1号 1",
		"东大街12之1号":               "exact 鼓楼区古城街道东大街12-1号 1",
		"新城区东大街1号":               "exact 新城区桥头街道东大街1号 1",
		"鼓楼区东大街1号":               "exact 鼓楼区古城街道东大街1号 1",
		"东大街5号":                  "interpolated 鼓楼区古城街道东大街5号 0.8",
		"东大街6号":                  "interpolated 鼓楼区古城街道东大街6号 0.8",
		"东大街200号":                "nearest 鼓楼区古城街道东大街100号 0.6", // the street comes before it
		"东大街":                    "exact 鼓楼区古城街道东大街 1",
		"东大街小学":                  "exact 鼓楼区古城街道东大街小学 1",
		"文庙":                     "exact  1",
		"东打街12号":                 "exact 鼓楼区古城街道东大街12号 0.68",
		"鼓搂区古城街道东大街12号":          "exact 鼓楼区古城街道东大街12号 0.96",
		"西大街7号":                  "exact 鼓楼区古城街道西大街7号 1",
		"西大街":                    "street 鼓楼区古城街道西大街9号 0.9", // it has no row of its own
		"西大街8号":                  "nearest 鼓楼区古城街道西大街7号 0.698",
		"西大街11号":                 "nearest 鼓楼区古城街道西大街9号 0.696", // not 东大街11号
		"27 Main Street":         "interpolated 27 Main Street 0.8",
		"25 Main Street":         "exact 25 Main Street 1",
		"东大街12好":                 "exact 鼓楼区古城街道东大街12号 1",
		"没有这条路12号":               "",
		"":                       "",
		"()":                     "",
		"12号":                    "",
		strings.Repeat("东", 300): "",
	} {
		got, there := "", want == ""
		for _, f := range w.Addresses(text, 3) {
			one := fmt.Sprintf("%s %s %v", f.Fit, f.Full, f.Score)
			got += one + "; "
			there = there || one == want
		}
		if !there || want == "" && got != "" || !strings.HasPrefix(got, want) && !strings.HasPrefix(got, "street") {
			t.Errorf("%.60s: %s\nwant %s", text, got, want)
		}
	}
}

func TestAMissingNumberLiesBetweenItsNeighbours(t *testing.T) {
	t.Parallel()
	w := oneStreet(t)
	at := w.s.City.Cells[0].At
	for number, want := range map[int]struct {
		metres  int32
		between string
	}{
		5: {5, "A03 A04"}, 7: {7, "A03 A04"}, 6: {6, "A07 A08"}, 10: {10, "A07 A08"}, 14: {14, "A08 A09"},
	} {
		found := w.Addresses(fmt.Sprintf("东大街%d号", number), 1)
		if len(found) != 1 || found[0].Fit != search.FitInterpolated || found[0].Index != spatial.None {
			t.Fatalf("%d: %+v", number, found)
		}
		f := found[0]
		if codes := w.s.City.Addresses[f.Between[0]].Code + " " + w.s.City.Addresses[f.Between[1]].Code; codes != want.between {
			t.Errorf("%d: between %s, want %s", number, codes, want.between)
		}
		if off := f.At.X - (at.X + 1090*want.metres); off < -600 || off > 600 || f.At.Y != at.Y || f.Name != fmt.Sprintf("东大街%d号", number) {
			t.Errorf("%d: %+v, want %d m east", number, f, want.metres)
		}
	}
	// 20 and 100 are too far apart.
	for _, f := range w.Addresses("东大街60号", 10) {
		if f.Fit == search.FitInterpolated {
			t.Errorf("%+v", f)
		}
	}
}

func TestEveryAddressOfTheTownAnswersItselfFirst(t *testing.T) {
	t.Parallel()
	w := theTown(t)
	for i := range w.s.City.Addresses {
		a := &w.s.City.Addresses[i]
		for _, text := range []string{a.Full, a.Name, w.s.City.Name + a.Full} {
			found := w.Addresses(text, 2)
			if len(found) == 0 || found[0].Index != int32(i) || found[0].At != a.At || found[0].Fit != search.FitExact || text == a.Full && found[0].Score != 1 {
				t.Fatalf("%s: %+v", text, found)
			}
		}
	}
}

func TestNonsenseIsNoAddress(t *testing.T) {
	t.Parallel()
	w := theTown(t)
	for _, text := range nonsense {
		checkAddresses(t, w, text)
	}
}

func checkAddresses(tb testing.TB, w town, text string) {
	tb.Helper()
	found := w.Addresses(text, 20)
	if fmt.Sprint(found) != fmt.Sprint(w.Addresses(text, 20)) || len(found) > 20 {
		tb.Fatalf("%q: %+v", text, found)
	}
	for i, f := range found {
		inside := f.Index == spatial.None || f.Index >= 0 && int(f.Index) < len(w.s.City.Addresses)
		if !inside || f.Score <= 0 || f.Score > 1 || i > 0 && found[i-1].Score < f.Score || f.Fit == "" {
			tb.Fatalf("%q: %+v", text, found)
		}
	}
}
