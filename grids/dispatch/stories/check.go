package stories

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/wanmi-gis/wanmi/grids/dispatch"
)

// Answer is a decision in the words of the scripts, whoever made it: the engine
// or a server.
type Answer struct {
	dispatch.Decision
	// Refused is the error in words, or "".
	Refused string
	// Question is the question in Chinese and English, or "".
	Question string
	Nearest  []string
}

// Check says what of an expectation does not hold of the answer.
//
//	=> MODE UNIT [and MEMBER …] [automatic|asked] [about P]
//	because STEP OUTCOME
//	otherwise UNIT [N DIRECTION]
//	matched CODE [ambiguous]
//	ask KIND [WORD …]
//	nearest CODE …
//	refused WORD …
func (x *Expect) Check(a *Answer) error {
	rest := x.Words[1:]
	if x.Words[0] != "refused" && a.Refused != "" {
		return fmt.Errorf("refused: %s", a.Refused)
	}
	switch x.Words[0] {
	case "=>":
		return x.checkAnswer(a)
	case "because":
		if !slices.ContainsFunc(a.Trace, func(t dispatch.Tried) bool {
			return string(t.Rule) == rest[0] && (len(rest) < 2 || string(t.Outcome) == rest[1])
		}) {
			return fmt.Errorf("no such step in %v", a.Trace)
		}
	case "otherwise":
		return x.checkAlternative(a)
	case "matched":
		switch {
		case a.Component == nil:
			return fmt.Errorf("no component matched")
		case a.Component.Code != rest[0]:
			return fmt.Errorf("matched %s", a.Component.Code)
		case a.Component.Ambiguous != slices.Contains(rest, "ambiguous"):
			return fmt.Errorf("ambiguous is %v", a.Component.Ambiguous)
		}
	case "ask":
		if a.Decision.Question == nil || string(a.Decision.Question.Kind) != rest[0] {
			return fmt.Errorf("the question is %q", a.Question)
		}
		for _, w := range rest[1:] {
			if !strings.Contains(a.Question, w) {
				return fmt.Errorf("the question is %q", a.Question)
			}
		}
	case "nearest":
		if !slices.Equal(a.Nearest, rest) {
			return fmt.Errorf("nearest are %v", a.Nearest)
		}
	case "refused":
		for _, w := range rest {
			if !strings.Contains(a.Refused, w) {
				return fmt.Errorf("refused: %q", a.Refused)
			}
		}
		if a.Refused == "" {
			return fmt.Errorf("it was not refused")
		}
	}
	return nil
}

func (x *Expect) checkAnswer(a *Answer) error {
	w := x.Words[1:]
	if len(w) < 2 || string(a.Mode) != w[0] || a.Unit != w[1] {
		return fmt.Errorf("it is %s %s (%.4f)", a.Mode, a.Unit, a.Confidence)
	}
	members := []string{}
	for i := 2; i < len(w); i++ {
		switch w[i] {
		case "and":
		case "automatic", "asked":
			if a.Automatic != (w[i] == "automatic") {
				return fmt.Errorf("automatic is %v (%.4f)", a.Automatic, a.Confidence)
			}
		case "about":
			p, err := strconv.ParseFloat(w[len(w)-1], 64)
			if err != nil || math.Abs(a.Confidence-p) > 0.02 {
				return fmt.Errorf("the confidence is %.4f", a.Confidence)
			}
			i++
		default:
			members = append(members, w[i])
		}
	}
	for _, m := range members {
		if !slices.Contains(a.Members, m) {
			return fmt.Errorf("the members are %v", a.Members)
		}
	}
	return nil
}

// nearEnoughM is how well the distance of a border is told.
const nearEnoughM = 0.15

func (x *Expect) checkAlternative(a *Answer) error {
	w := x.Words[1:]
	for i := range a.Alternatives {
		alt := &a.Alternatives[i]
		if alt.Unit != w[0] {
			continue
		}
		if len(w) < 3 {
			return nil
		}
		m, err := strconv.ParseFloat(w[1], 64)
		if err != nil || math.Abs(alt.DistanceM-m) > nearEnoughM || string(alt.Direction) != w[2] {
			return fmt.Errorf("%s is %.2f m %s", w[0], alt.DistanceM, alt.Direction)
		}
		return nil
	}
	return fmt.Errorf("the alternatives are %+v", a.Alternatives)
}
