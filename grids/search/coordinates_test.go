package search_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/search"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

func TestCoordinatesAreReadHoweverTheyAreWritten(t *testing.T) {
	t.Parallel()
	s := theTown(t).s
	at := s.City.Cells[0].At
	lon, lat := at.Lon(), at.Lat()
	dms := func(v float64) (d, m int, sec float64) {
		d = int(v)
		m = int((v - float64(d)) * 60)
		return d, m, (v - float64(d) - float64(m)/60) * 3600
	}
	lonD, lonM, lonS := dms(lon)
	latD, latM, latS := dms(lat)
	for _, text := range []string{
		fmt.Sprintf("%.7f,%.7f", lon, lat),
		fmt.Sprintf("%.7f %.7f", lon, lat),
		fmt.Sprintf("  ( %.7f ; %.7f ) ", lon, lat),
		fmt.Sprintf("%.7f，%.7f", lon, lat),
		fmt.Sprintf("[%.7f、%.7f]", lon, lat),
		fmt.Sprintf("%.7f, %.7f", lat, lon),
		fmt.Sprintf("lat=%.7f lon=%.7f", lat, lon),
		fmt.Sprintf("lng: %.7f, lat: %.7f", lon, lat),
		fmt.Sprintf("东经%.7f°，北纬%.7f°", lon, lat),
		fmt.Sprintf("纬度：%.7f 经度：%.7f", lat, lon),
		fmt.Sprintf("%.7f°N, %.7f°E", lat, lon),
		fmt.Sprintf("%.7fE %.7fN", lon, lat),
		fmt.Sprintf("N%d°%d'%.4f\" E%d°%d'%.4f\"", latD, latM, latS, lonD, lonM, lonS),
		fmt.Sprintf("%d°%d′%.4f″N %d°%d′%.4f″E", latD, latM, latS, lonD, lonM, lonS),
		fmt.Sprintf("%d°%d'%.4f'' , %d°%d'%.4f''", lonD, lonM, lonS, latD, latM, latS),
		fmt.Sprintf("东经%d度%d分%.4f秒 北纬%d度%d分%.4f秒", lonD, lonM, lonS, latD, latM, latS),
		fmt.Sprintf("%d %d %.4f %d %d %.4f", lonD, lonM, lonS, latD, latM, latS),
		fmt.Sprintf("%d %d %.4f N %d %d %.4f E", latD, latM, latS, lonD, lonM, lonS),
		fmt.Sprintf("%d°%.6f' %d°%.6f'", lonD, float64(lonM)+lonS/60, latD, float64(latM)+latS/60),
		fmt.Sprintf("%d %.6f %d %.6f", lonD, float64(lonM)+lonS/60, latD, float64(latM)+latS/60),
		strings.Map(func(r rune) rune { // in wide figures
			if r >= '0' && r <= '9' {
				return r - '0' + '０'
			}
			return r
		}, fmt.Sprintf("%.7f,%.7f", lon, lat)),
		fmt.Sprintf("cgcs2000 %.7f %.7f", lon, lat),
		fmt.Sprintf("%.7f,%.7f (WGS-84)", lon, lat),
	} {
		all := search.Positions(s, text, nil)
		if len(all) == 0 || !all[0].InCity || spatial.DistanceM(all[0].At, at) > 0.05 {
			t.Errorf("%s: %+v, want %v", text, all, at)
		}
	}
}

func TestCoordinatesOfEverySystemComeBack(t *testing.T) {
	t.Parallel()
	s := theTown(t).s
	r := newRand(t, 11)
	for range 60 {
		at := s.City.Components[r.IntN(len(s.City.Components))].At
		if s.Locate(at).Status == grids.StatusOutside {
			continue
		}
		for _, sys := range crs.All() {
			x, y := sys.FromCGCS2000(at.Lon(), at.Lat())
			if math.IsNaN(x) || sys.Check(x, y) != nil {
				continue // the city is in another zone
			}
			text := fmt.Sprintf("%.4f, %.4f", x, y)
			if sys.Geographic() {
				text = fmt.Sprintf("%.9f, %.9f", x, y)
			}
			named := search.Positions(s, sys.Name()+" "+text, nil)
			asked := search.Positions(s, text, sys)
			bare := search.Positions(s, text, nil)
			if len(named) != 1 || len(asked) != 1 || named[0] != asked[0] || !named[0].InCity || spatial.DistanceM(named[0].At, at) > 0.02 {
				t.Fatalf("%s %s: %+v and %+v, want %v", sys.Name(), text, named, asked, at)
			}
			there := false
			for _, p := range bare {
				there = there || spatial.DistanceM(p.At, at) < 0.02
			}
			if !there {
				t.Fatalf("%s without its name (%s): %+v, want %v", text, sys.Name(), bare, at)
			}
			swapped := search.Positions(s, fmt.Sprintf("%.4f, %.4f", y, x), sys)
			if len(swapped) == 0 || spatial.DistanceM(swapped[0].At, at) > 20 {
				t.Fatalf("%s swapped (%s): %+v, want %v", text, sys.Name(), swapped, at)
			}
		}
	}
}

func TestTheCitysOwnGridIsRead(t *testing.T) {
	t.Parallel()
	city := *theTown(t).s.City
	grid, err := crs.NewGrid(crs.LocalPlane(city.Cells[0].At.Lon(), city.Cells[0].At.Lat()), [6]float64{0.8, -0.6, 50_000, 0.6, 0.8, 30_000})
	if err != nil {
		t.Fatal(err)
	}
	city.Grid = &grid
	s := &grids.Snapshot{}
	*s = *theTown(t).s
	s.City = &city
	at := city.Cells[3].At
	x, y := grid.FromCGCS2000(at.Lon(), at.Lat())
	for _, text := range []string{fmt.Sprintf("%.3f %.3f", x, y), fmt.Sprintf("city %.3f %.3f", x, y), fmt.Sprintf("%.3f,%.3f", y, x)} {
		all := search.Positions(s, text, nil)
		if len(all) == 0 || all[0].CRS != "city" || spatial.DistanceM(all[0].At, at) > 0.02 {
			t.Errorf("%s: %+v, want %v", text, all, at)
		}
	}
}

func TestBareDegreesAreReadInEverySystemThatLiesInTheCity(t *testing.T) {
	t.Parallel()
	s := theTown(t).s
	at := s.City.Cells[len(s.City.Cells)/2].At
	all := search.Positions(s, fmt.Sprintf("%.7f,%.7f", at.Lon(), at.Lat()), nil)
	if len(all) < 2 || all[0].CRS != "cgcs2000" || all[0].At != at || all[1].CRS != "gcj02" {
		t.Errorf("%+v", all)
	}
	city := *s.City
	city.Offset = false
	plain := *s
	plain.City = &city
	if all = search.Positions(&plain, fmt.Sprintf("%.7f,%.7f", at.Lon(), at.Lat()), nil); len(all) != 1 {
		t.Errorf("the city's switch forbids GCJ-02: %+v", all)
	}
	if all = search.Positions(&plain, fmt.Sprintf("gcj02 %.7f,%.7f", at.Lon(), at.Lat()), nil); len(all) != 0 {
		t.Errorf("the city's switch forbids GCJ-02: %+v", all)
	}
	if all = search.Positions(s, "2.35, 48.85", nil); len(all) != 1 || all[0].InCity || all[0].At != spatial.At(2.35, 48.85) {
		t.Errorf("Paris: %+v", all)
	}
	if all = search.Positions(s, "48.85N 2.35W", nil); len(all) != 1 || all[0].At != spatial.At(-2.35, 48.85) {
		t.Errorf("west of Paris: %+v", all)
	}
	if all = search.Positions(s, "151.2, -33.86", nil); len(all) != 1 || all[0].At != spatial.At(151.2, -33.86) {
		t.Errorf("Sydney: %+v", all)
	}
}

func TestWhatIsNoCoordinates(t *testing.T) {
	t.Parallel()
	s := theTown(t).s
	for _, text := range []string{
		"", "114.35", "114.35,", "东大街12号", "114.35,34.78,5", "1 2 3 4 5 6 7", "1e5,34", "NaN,NaN", "Inf 34", "0x72,0x22", "114.35--34.78",
		"114°61'00\"E 34°00'00\"N", "114°30'60\"E 34°00'00\"N", "114.5°30'E 34°30'N", "114°E 34°E", "N114E 34", "E W 114 34", "114' 34'",
		"°114 34", "114°° 34°", "'114 34", "200, 300", "400000000, 5", "114,35,34,78,1", "999999999999999999999999999999, 1", "gcj02", "gcj02 114.35",
		"epsg:9999 114.35,34.78", "-114°S 34°", "114.35 34.78 abc", strings.Repeat("1 ", 400), strings.Repeat("1", 900) + ",2",
	} {
		if all := search.Positions(s, text, nil); len(all) != 0 {
			t.Errorf("%.60q: %+v", text, all)
		}
	}
}

func randomText(r *rand.Rand, from string, most int) string {
	letters := []rune(from)
	out := make([]rune, r.IntN(most))
	for i := range out {
		out[i] = letters[r.IntN(len(letters))]
	}
	return string(out)
}

func TestAnyMixtureOfCoordinateSignsIsAnsweredOrRefused(t *testing.T) {
	t.Parallel()
	s := theTown(t).s
	r := newRand(t, 13)
	for range 5_000 {
		text := randomText(r, "0123456789..,, °′″'\"NSEWnsew-+度分秒东经北纬", 24)
		for _, p := range search.Positions(s, text, nil) {
			if math.Abs(p.At.Lon()) > 180 || math.Abs(p.At.Lat()) > 90 {
				t.Fatalf("%q: %+v", text, p)
			}
		}
	}
}
