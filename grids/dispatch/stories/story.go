// Package stories reads the text scripts in which a city's staff can say what
// dispatch must do: a small town in metres, what is on record, reports, and what
// is to come of them. Tests run the same scripts against the engine and against
// whatever serves it; start with [Read].
//
//	zone   Z1 东区 unit 东街道 box 0 0 200 200
//	component 井7 category 0101 at 40 30 owner 供水
//	report component 0101 at 42 31 accuracy 8
//	=> single 供水 automatic
//	because owner decides
package stories

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Story is one script: a town and what is asked of it.
type Story struct {
	City *grids.City
	Book dispatch.Book
	Asks []Ask
}

// Ask is a report and what is expected of the decision, one line an expectation.
type Ask struct {
	Line    int
	Report  dispatch.Report
	Expects []Expect
}

// Expect is one line below a report, in words.
type Expect struct {
	Line  int
	Words []string
}

// The town lies around this place; every row holds from the start of 2026 and
// reports are of the 1st of June.
const originLon, originLat = 114.35, 34.79

// Day is the date of a story's reports that name none.
func Day() time.Time { return time.Date(2026, time.June, 1, 9, 0, 0, 0, time.UTC) }

func start() time.Time { return time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC) }

// ErrStory marks a line that cannot be read.
var ErrStory = errors.New("story")

// maxLines bounds a script.
const maxLines = 2_000

// At is a position of the town, in metres to the east and north.
func At(x, y float64) spatial.Coord {
	perLon, perLat := crs.MetresPerDegree(originLat)
	return spatial.At(originLon+x/perLon, originLat+y/perLat)
}

// Read reads a script.
func Read(r io.Reader) (*Story, error) {
	s := &Story{City: emptyTown()}
	if s.City.Categories == nil {
		return nil, fmt.Errorf("%w: no national categories", ErrStory)
	}
	lines := bufio.NewScanner(r)
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		words := strings.Fields(text)
		if len(words) == 0 {
			continue
		}
		if n > maxLines {
			return nil, fmt.Errorf("%w: more than %d lines", ErrStory, maxLines)
		}
		if err := s.line(n, words); err != nil {
			return nil, fmt.Errorf("%w: line %d: %w", ErrStory, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStory, err)
	}
	s.City.Sort()
	return s, nil
}

func emptyTown() *grids.City {
	national, err := grids.National(grids.SchemeCJT214)
	if err != nil {
		national = nil
	}
	return &grids.City{Categories: national, Profile: grids.Profile{
		Code: "990101", Name: "故事城", MadeUp: true, Scheme: grids.SchemeCJT214, TimeZone: time.UTC, NearM: 30,
		Plane: crs.LocalPlane(originLon, originLat), Version: 1,
	}, Base: map[grids.Layer][]grids.Base{}}
}

func (s *Story) line(n int, words []string) error {
	f := &fields{words: words[1:]}
	var err error
	switch words[0] {
	case "unit":
		s.unit(f)
	case "zone":
		err = s.zone(f)
	case "area":
		err = s.area(f)
	case "road":
		err = s.road(f)
	case "component":
		err = s.component(f)
	case "squad":
		err = s.squad(f)
	case "record", "ruling":
		err = s.claim(words[0], f)
	case "return":
		s.giveBack(f)
	case "report":
		err = s.report(n, f)
	case "=>", "because", "otherwise", "ask", "matched", "refused", "nearest":
		if len(s.Asks) == 0 {
			return fmt.Errorf("%s before any report", words[0])
		}
		a := &s.Asks[len(s.Asks)-1]
		a.Expects = append(a.Expects, Expect{n, words})
		return nil
	default:
		return fmt.Errorf("%q begins no line", words[0])
	}
	return errors.Join(err, f.rest())
}

// fields takes the words of a line one after the other.
type fields struct {
	words []string
	err   error
}

func (f *fields) word() string {
	if len(f.words) == 0 {
		f.err = errors.Join(f.err, errors.New("a word is missing"))
		return ""
	}
	w := f.words[0]
	f.words = f.words[1:]
	return w
}

// is takes the next word if it is this one.
func (f *fields) is(word string) bool {
	if len(f.words) > 0 && f.words[0] == word {
		f.words = f.words[1:]
		return true
	}
	return false
}

func (f *fields) number() float64 {
	w := f.word()
	v, err := strconv.ParseFloat(w, 64)
	if err != nil || math.IsNaN(v) || math.Abs(v) > 1e5 {
		f.err = errors.Join(f.err, fmt.Errorf("%q is no number of metres", w))
	}
	return v
}

func (f *fields) at() spatial.Coord {
	x := f.number()
	return At(x, f.number())
}

func (f *fields) date() time.Time {
	w := f.word()
	t, err := time.Parse(time.DateOnly, w)
	if err != nil {
		f.err = errors.Join(f.err, fmt.Errorf("%q is no date", w))
	}
	return t
}

func (f *fields) rest() error {
	if f.err == nil && len(f.words) > 0 {
		return fmt.Errorf("%q is not understood here", f.words[0])
	}
	return f.err
}

// box reads two corners.
func (f *fields) box() *spatial.Shape {
	x0, y0, x1, y1 := f.number(), f.number(), f.number(), f.number()
	if !(x0 < x1 && y0 < y1) {
		f.err = errors.Join(f.err, errors.New("box: west south east north, each in metres"))
		return nil
	}
	s := &spatial.Shape{
		Kind: spatial.Polygons, Coords: []spatial.Coord{At(x0, y0), At(x1, y0), At(x1, y1), At(x0, y1)},
		Ends: []uint32{4}, Shells: []uint32{0}, Box: spatial.EmptyBox(),
	}
	for _, c := range s.Coords {
		s.Box = s.Box.Extend(c)
	}
	return s
}
