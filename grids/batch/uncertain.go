package batch

import (
	"bytes"
	"strconv"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// uncertainColumns are added where an accuracy is given.
var uncertainColumns = []string{"candidates", "confidence"}

// uncertain says how far the positions of a table may be off.
type uncertain struct {
	metres float64 // of all rows, or 0
	name   string  // of the column or member that has it, or ""
}

// uncertain reads Options.Accuracy: what is a number is one.
func (o Options) uncertain() (uncertain, error) {
	if o.Accuracy == "" {
		return uncertain{}, nil
	}
	metres, ok := number([]byte(o.Accuracy))
	if !ok {
		return uncertain{name: o.Accuracy}, nil
	}
	return uncertain{metres: metres}, grids.CheckAccuracy(metres)
}

// accuracy reads a row's accuracy. Without one, and with 0, which devices send
// that know none, there are no candidates.
func (f *finder) accuracy(value []byte) (metres float64, why string) {
	if len(bytes.TrimSpace(value)) == 0 {
		return 0, ""
	}
	metres, ok := number(value)
	if !ok {
		return 0, "accuracy: " + f.notNumber(value)
	}
	if metres == 0 {
		return 0, ""
	}
	if err := grids.CheckAccuracy(metres); err != nil {
		return 0, err.Error()
	}
	return metres, ""
}

// candidate is a cell with its probability; what stands for no cell is named
// others and outside, as in the API.
type candidate struct {
	code        string
	probability float64
}

// printed is the least probability that is not written 0.0000.
const printed = 0.00005

// candidates of a place, the most probable first, and the probability of the
// answer itself: that of the cell, or of lying outside all.
func (f *finder) candidates(p *grids.Place, accuracyM float64) (all []candidate, confidence float64) {
	c, err := f.snap.Candidates(*p, accuracyM)
	if err != nil {
		panic(err) // the accuracy was checked
	}
	for _, k := range c.Cells {
		all = append(all, candidate{f.snap.City.Cells[k.Index].Code, k.Probability})
	}
	if c.Others >= printed {
		all = append(all, candidate{"others", c.Others})
	}
	if c.Outside >= printed {
		all = append(all, candidate{"outside", c.Outside})
	}
	if p.Cell == spatial.None {
		return all, c.Outside
	}
	return all, c.Of(p.Cell)
}

// uncertainRow is the end of a row that is to have candidates.
func (t *csvTable) uncertainRow(out []byte, rec record, fields int, p *grids.Place) ([]byte, bool) {
	metres := t.uncertain.metres
	if t.uncertain.name != "" {
		var why string
		if metres, why = t.accuracy(unquoted(fieldOf(rec, t.accuracyAt))); why != "" {
			return t.failed(out, rec, fields, why), true
		}
	}
	out = t.answer(out, p)
	if metres == 0 {
		return t.end(append(out, ",,"...), rec), false
	}
	all, confidence := t.candidates(p, metres)
	var text []byte
	for i, c := range all {
		if i > 0 {
			text = append(text, '|')
		}
		text = appendProbability(append(append(text, c.code...), ':'), c.probability)
	}
	out = t.field(append(out, ','), string(text))
	return t.end(appendProbability(append(out, ','), confidence), rec), false
}

// fieldOf returns field k of a record that has it.
func fieldOf(rec record, k int) (field []byte) {
	for rest := rec.text; k >= 0; k-- {
		field, rest, _ = nextField(rest, rec.quoted)
	}
	return field
}

func appendProbability(out []byte, p float64) []byte { return strconv.AppendFloat(out, p, 'f', 4, 64) }

// accuracyIn reads the accuracy of an object: a member beside the coordinates,
// in a feature one of its properties.
func (j *jsonLines) accuracyIn(o *object) (metres float64, why string) {
	if j.uncertain.name == "" {
		return j.uncertain.metres, ""
	}
	text := o.text
	if o.isFeature {
		text = o.props
	}
	var value []byte
	if len(text) > 0 && text[0] == '{' {
		eachMember(text, func(name string, v []byte) {
			if name == j.uncertain.name {
				value = v
			}
		})
	}
	if string(value) == "null" {
		return 0, ""
	}
	plain := j.finder
	plain.enc = UTF8 // it was decoded
	return plain.accuracy(bytes.Trim(value, `"`))
}

// addCandidates appends the members candidates and confidence, null without an
// accuracy.
func (j *jsonLines) addCandidates(out []byte, p *grids.Place, metres float64) []byte {
	if metres == 0 {
		return append(out, noCandidates...)
	}
	all, confidence := j.candidates(p, metres)
	out = append(out, `,"candidates":[`...)
	for i, c := range all {
		if i > 0 {
			out = append(out, ',')
		}
		out = j.text(append(out, `{"cell":`...), c.code)
		out = append(appendProbability(append(out, `,"probability":`...), c.probability), '}')
	}
	return appendProbability(append(out, `],"confidence":`...), confidence)
}

const noCandidates = `,"candidates":null,"confidence":null`
