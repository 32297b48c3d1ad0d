package search

import (
	"cmp"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Fit says how an address was placed.
type Fit string

// Ways to place an address. Whether its words fit is told by the score.
const (
	FitExact        Fit = "exact"        // the plate or place itself
	FitInterpolated Fit = "interpolated" // between two plates of its side of the street
	FitNearest      Fit = "nearest"      // the plate with the nearest number
	FitStreet       Fit = "street"       // the street alone
)

// Found is an address found.
type Found struct {
	// Index is the row of the layer addresses; spatial.None where At lies
	// between the rows Between.
	Index   int32
	Between [2]int32
	At      spatial.Coord
	Fit     Fit
	Number  uint32 // the house number at At, 0 without
	// Name and Full are those of the row, or, for a place between two, of the
	// lower of them with the number asked for.
	Name, Full string
	// Score is 1 where every character asked for is accounted for.
	Score float64
}

// The score is counted in thousandths, so that it is the same everywhere.
const (
	fullScore = 1000
	// What is taken off:
	perTypingError  = 320 // more than a near number of the street as written
	perUnexplained  = 40  // a character before the name that no division has
	mostUnexplained = 300
	forPinyin       = 50
	restMissing     = 30 // 院3楼 was asked, the plate has no such part
	restDiffers     = 50
	forInterpolated = 200
	forNearest      = 300
	forStreet       = 350
	forMiddle       = 100 // a plate for a street that has no row
	perNumber       = 2   // from the nearest number
	mostNumber      = 100
	leastScore      = 300
)

// maxGapM is the farthest that two plates may be apart to place a number
// between them: beyond it they are of two streets of one name, or all lies
// open between.
const maxGapM = 500

// Addresses places an address in one line, best first, ties by code: the
// divisions that the city has, then the street or place, then a number
// ("鼓楼区 东大街 12号院3号楼", "东大街十二号", "dongdajie 12"). Where the street has
// no such number it is placed between the nearest lower and higher one of the
// same parity, else at the nearest number, else at the street.
func (x *Index) Addresses(text string, limit int) []Found {
	text = fold(withoutAsides(text))
	if limit <= 0 || text == "" || utf8.RuneCountInString(text) > MaxRunes {
		return nil
	}
	f := &addressFinder{x: x, t: x.addresses, city: fold(x.s.City.Name)}
	asked := append(forgivingSplits(text), numbered{name: text})
	for _, a := range asked {
		f.exactly(a)
	}
	if f.best < fullScore {
		for _, a := range asked {
			f.nearly(a)
		}
	}
	return f.first(limit)
}

// addressFinder collects what an address may be.
type addressFinder struct {
	x    *Index
	t    *table
	city string
	all  []scored
	best int

	// The scores of regions against before: along a street there are few.
	before  string
	regions map[uint32][2]int
}

type scored struct {
	Found
	score int
	// spare is how much of its region was not asked for: of two rows that
	// explain everything the shorter is meant.
	spare int
}

// exactly looks for the names that the words end with.
func (f *addressFinder) exactly(a numbered) {
	for i := range a.name {
		if name := f.t.find(a.name[i:]); name >= 0 {
			f.take(a, name, a.name[:i], 0)
		}
	}
	if !isASCII(a.name) {
		return
	}
	letters := []byte(a.name)
	for i := range f.t.len() {
		if fitsEnd(letters, f.t.syllablesOf(i)) {
			f.take(a, i, "", forPinyin)
		}
	}
}

// nearly looks for the names that the words end with but for one typing error.
func (f *addressFinder) nearly(a numbered) {
	words := []rune(a.name)
	m := mask(a.name)
	var name []rune
	for i := range f.t.masks {
		if bits.OnesCount64(f.t.masks[i]&^m) > 1 {
			continue
		}
		name = name[:0]
		for _, r := range string(f.t.name(i)) {
			name = append(name, r)
		}
		if !forgivable(string(f.t.name(i)), len(name)) {
			continue
		}
		for n := max(len(name)-1, 1); n <= min(len(name)+1, len(words)); n++ {
			end := words[len(words)-n:]
			if !slices.Equal(name, end) && oneOff(name, end, false) {
				f.take(a, i, string(words[:len(words)-n]), perTypingError)
			}
		}
	}
}

// take scores the rows of a name. before is what stands before the name.
func (f *addressFinder) take(a numbered, name int, before string, off int) {
	for _, r := range f.t.rowsOf(name) {
		score, spare := f.region(before, r.region)
		fit := FitExact
		if a.number != 0 {
			fit, score = FitStreet, score-forStreet
		}
		f.add(scored{Found{Index: r.index, Fit: fit}, score - off, spare})
	}
	doors := f.t.platesOf(name)
	switch {
	case len(doors) == 0:
	case a.number == 0:
		if len(f.t.rowsOf(name)) == 0 { // the street has no row of its own
			d := doors[len(doors)/2]
			score, spare := f.region(before, d.region)
			f.add(scored{Found{Index: d.index, Fit: FitStreet, Number: d.number}, score - off - forMiddle, spare})
		}
	default:
		f.takeNumber(a, doors, before, off)
	}
}

// takeNumber scores the plates along a street.
func (f *addressFinder) takeNumber(a numbered, doors []door, before string, off int) {
	there := false
	best := 0
	for _, d := range doors {
		score, spare := f.region(before, d.region)
		best = max(best, score)
		if d.number != a.number {
			continue
		}
		there = true
		switch f.t.rests[d.rest] {
		case a.rest:
		case "":
			score -= restMissing
		default:
			score -= restDiffers
		}
		f.add(scored{Found{Index: d.index, Fit: FitExact, Number: d.number}, score - off, spare})
	}
	if there {
		return
	}
	// Only the stretch that fits the words best: a city has several 人民路.
	near := make([]door, 0, len(doors))
	for _, d := range doors {
		if score, _ := f.region(before, d.region); score == best {
			near = append(near, d)
		}
	}
	f.between(a.number, near, best-off)
	f.nearestNumbers(a.number, near, best-off)
}

// between places a number between its neighbours on the same side of the
// street. The plates are sorted by number.
func (f *addressFinder) between(number uint32, doors []door, score int) {
	lower, higher := spatial.None, spatial.None
	for i, d := range doors {
		if d.number%2 != number%2 {
			continue
		}
		if d.number < number {
			if lower == spatial.None || doors[lower].number < d.number { // of 12 and 12-1 the 12
				lower = int32(i)
			}
		} else if higher == spatial.None {
			higher = int32(i)
		}
	}
	if lower == spatial.None || higher == spatial.None {
		return
	}
	a, b := doors[lower], doors[higher]
	from, to := f.x.s.City.Addresses[a.index].At, f.x.s.City.Addresses[b.index].At
	if spatial.DistanceM(from, to) > maxGapM {
		return
	}
	part, of := int64(number-a.number), int64(b.number-a.number)
	at := spatial.Coord{
		X: from.X + int32((int64(to.X)-int64(from.X))*part/of),
		Y: from.Y + int32((int64(to.Y)-int64(from.Y))*part/of),
	}
	row := &f.x.s.City.Addresses[a.index]
	name := renumber(row.Name, a.number, number)
	full := name
	if head, ok := strings.CutSuffix(row.Full, row.Name); ok {
		full = head + name
	}
	f.add(scored{
		Found{
			Index: spatial.None, Between: [2]int32{a.index, b.index}, At: at, Fit: FitInterpolated,
			Number: number, Name: name, Full: full,
		},
		score - forInterpolated, 0,
	})
}

// renumber writes a plate's name with another number.
func renumber(name string, from, to uint32) string {
	old := strconv.FormatUint(uint64(from), 10)
	for i := len(name); ; {
		if i = strings.LastIndex(name[:i], old); i < 0 {
			return name // its figures are not plain ones
		}
		if digitsAt(name, i) == len(old) && (i == 0 || digitsAt(name, i-1) == 0) {
			return name[:i] + strconv.FormatUint(uint64(to), 10) + name[i+len(old):]
		}
	}
}

// nearestNumbers adds the two plates with the nearest numbers.
func (f *addressFinder) nearestNumbers(number uint32, doors []door, score int) {
	away := func(d door) int { return max(int(d.number)-int(number), int(number)-int(d.number)) }
	byNumber := slices.Clone(doors)
	slices.SortFunc(byNumber, func(a, b door) int {
		return cmp.Or(cmp.Compare(away(a), away(b)), cmp.Compare(a.index, b.index))
	})
	for _, d := range byNumber[:min(2, len(byNumber))] {
		off := forNearest + min(perNumber*away(d), mostNumber)
		f.add(scored{Found{Index: d.index, Fit: FitNearest, Number: d.number}, score - off, away(d)})
	}
}

// region scores what stands before a name against the divisions that an address
// is in.
func (f *addressFinder) region(before string, region uint32) (score, spare int) {
	text := f.t.regions[region]
	if before == "" || before == text {
		return fullScore, 0
	}
	if f.before != before || f.regions == nil {
		f.before, f.regions = before, map[uint32][2]int{}
	}
	known, ok := f.regions[region]
	if !ok {
		asked, there := []rune(before), []rune(f.city+text)
		left := unexplained(asked, there)
		known = [2]int{fullScore - min(perUnexplained*left, mostUnexplained), len(there) - (len(asked) - left)}
		f.regions[region] = known
	}
	return known[0], known[1]
}

func (f *addressFinder) add(s scored) {
	if s.score < leastScore {
		return
	}
	if s.Index != spatial.None {
		row := &f.x.s.City.Addresses[s.Index]
		s.At, s.Name, s.Full = row.At, row.Name, row.Full
	}
	f.best = max(f.best, s.score)
	s.Score = float64(s.score) / fullScore
	f.all = append(f.all, s)
}

// first returns the best, each row once.
func (f *addressFinder) first(limit int) []Found {
	slices.SortStableFunc(f.all, func(a, b scored) int {
		return cmp.Or(-cmp.Compare(a.score, b.score), cmp.Compare(a.spare, b.spare), strings.Compare(f.code(a), f.code(b)))
	})
	var out []Found
	for _, s := range f.all {
		same := func(o Found) bool { return o.Index == s.Index && o.Between == s.Between }
		if len(out) < limit && !slices.ContainsFunc(out, same) {
			out = append(out, s.Found)
		}
	}
	return out
}

func (f *addressFinder) code(s scored) string {
	if s.Index == spatial.None {
		return ""
	}
	return f.x.s.City.Addresses[s.Index].Code
}
