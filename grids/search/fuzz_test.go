package search_test

import (
	"math"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/search"
)

func FuzzSearch(f *testing.F) {
	w := theTown(f)
	for _, text := range nonsense {
		f.Add(text)
	}
	for _, text := range []string{"书院社区", "shuyuan", "sysq", "人民路12号", "990101", "Ｚ０１", "114.35,34.78"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkSearch(t, w, text) })
}

func FuzzAddresses(f *testing.F) {
	w := theTown(f)
	for _, text := range nonsense {
		f.Add(text)
	}
	for _, a := range w.s.City.Addresses[:5] {
		f.Add(a.Full)
	}
	for _, text := range []string{"人民路十二号", "人民路12号院3号楼", "人民路12-3号", "renminlu 12 hao", "12 Main Street", "(近文庙)人民路一千零一号"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkAddresses(t, w, text) })
}

func FuzzPositions(f *testing.F) {
	w := theTown(f)
	for _, text := range []string{
		"114.35,34.78", "34.78, 114.35", "N34°47'07.6\" E114°21'02\"", "东经114度21分2秒北纬34度47分", "38531923.06, 3851195.91", "gcj02 114.35 34.78",
		"34 47 07.6 114 21 02", "-114.35 -34.78", "x=3851195.91 y=531923.06", "epsg:4547 531923,3851195", "1e5 3", "114°21'02", "E W 1 2",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for i, p := range search.Positions(w.s, text, nil) {
			if math.Abs(p.At.Lon()) > 180 || math.Abs(p.At.Lat()) > 90 || p.CRS == "" || i > 0 && !p.InCity && search.Positions(w.s, text, nil)[0].InCity {
				t.Fatalf("%q: %+v", text, p)
			}
		}
	})
}
