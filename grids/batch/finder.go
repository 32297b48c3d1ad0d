package batch

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// finder looks positions up and writes codes. It is not changed once the
// encoding is known, and shared by the workers.
type finder struct {
	snap *grids.Snapshot
	sys  crs.System
	o    Options
	enc  Encoding
	// plain says that no code needs quotes, escapes or an encoding: nearly all
	// cities have such codes, and looking at each again would cost as much as
	// writing it.
	plain bool
	// degrees says that the coordinates are on the lattice's own system.
	degrees bool

	uncertain uncertain // set with the head
}

func newFinder(snap *grids.Snapshot, o Options) finder {
	f := finder{snap: snap, sys: o.System, o: o, plain: true}
	if f.sys == nil {
		f.sys, _ = crs.Parse("cgcs2000")
	}
	f.degrees = f.sys.Name() == "cgcs2000" || f.sys.Name() == "wgs84"
	c := snap.City
	for i := range c.Cells {
		f.plain = f.plain && isPlain(c.Cells[i].Code)
	}
	for i := range c.Zones {
		f.plain = f.plain && isPlain(c.Zones[i].Code)
	}
	for i := range c.Communities {
		f.plain = f.plain && isPlain(c.Communities[i].Code)
	}
	for i := range c.Streets {
		f.plain = f.plain && isPlain(c.Streets[i].Code)
	}
	for i := range c.Districts {
		f.plain = f.plain && isPlain(c.Districts[i].Code)
	}
	return f
}

// isPlain says that a text stands for itself in CSV, JSON and every encoding.
func isPlain(text string) bool {
	for i := range len(text) {
		if b := text[i]; b <= ' ' || b >= 0x7f || b == '"' || b == ',' || b == '\\' {
			return false
		}
	}
	return true
}

// The added columns.
var (
	answerColumns = []string{"status", "cell", "zone", "community", "street", "district", "error"}
	borderColumns = []string{"border_m", "across"}
)

func (f *finder) columns() []string {
	out := answerColumns
	if f.o.Border {
		out = slices.Concat(out, borderColumns)
	}
	if f.o.Accuracy != "" {
		out = slices.Concat(out, uncertainColumns)
	}
	return out
}

// locate checks a coordinate pair and looks it up.
func (f *finder) locate(x, y float64) (grids.Place, error) {
	at, err := f.coord(x, y)
	if err != nil {
		return grids.Place{}, err
	}
	return f.snap.Locate(at), nil
}

// coord checks a coordinate pair and brings it to the lattice.
func (f *finder) coord(x, y float64) (spatial.Coord, error) {
	if err := f.sys.Check(x, y); err != nil {
		return spatial.Coord{}, err
	}
	return spatial.Checked(f.sys.ToCGCS2000(x, y))
}

// chain is what a place is in, from the cell up.
type chain [5]string

// codes are those of cell, zone, community, street and district, "" for none.
func (f *finder) codes(p *grids.Place) (out chain) {
	c := f.snap.City
	if p.Cell != spatial.None {
		out[0] = c.Cells[p.Cell].Code
	}
	if p.Zone != spatial.None {
		out[1] = c.Zones[p.Zone].Code
	}
	if p.Community != spatial.None {
		out[2] = c.Communities[p.Community].Code
	}
	if p.Street != spatial.None {
		out[3] = c.Streets[p.Street].Code
	}
	if p.District != spatial.None {
		out[4] = c.Districts[p.District].Code
	}
	return out
}

// border is known inside only.
func (f *finder) border(p *grids.Place) (metres float64, across string, ok bool) {
	if p.Status != grids.StatusInside {
		return 0, "", false
	}
	m, i := f.snap.Border(*p)
	if i != spatial.None {
		across = f.snap.City.Cells[i].Code
	}
	return math.Round(m*100) / 100, across, true
}

// notNumber is the error of a value that should be a coordinate.
func (f *finder) notNumber(value []byte) string {
	const shown = 60
	text := f.enc.decode(value[:min(len(value), 2*shown)])
	if r := []rune(text); len(r) > shown || len(value) > 2*shown {
		text = string(r[:min(len(r), shown)]) + "…"
	}
	return fmt.Sprintf("%q is no number", text)
}

// The names under which longitude and latitude are looked for, the likeliest
// first.
var (
	lonNames = []string{"lon", "lng", "longitude", "经度", "x"}
	latNames = []string{"lat", "latitude", "纬度", "y"}
)

// names returns the names to look for and whether one was told, which counts
// letter for letter. In a plane system a column x may be the northing, as
// surveyors write it: there only east and north could be guessed, so nothing is.
func (f *finder) names(told string, usual []string) (names []string, exact bool) {
	switch {
	case told != "":
		return []string{told}, true
	case !f.sys.Geographic():
		return usual[:len(usual)-1], false
	}
	return usual, false
}

// rank says how likely a name is meant, 0 first; -1 for not at all.
func rank(name string, names []string, exact bool) int {
	for i, n := range names {
		if name == n || (!exact && strings.EqualFold(name, n)) {
			return i
		}
	}
	return -1
}
