package web

import (
	"fmt"
	"slices"
	"strings"
)

// maxRepeats is how many names a list in a URL may have with repetitions.
const maxRepeats = 200

// List splits a comma list and drops repetitions, so that one name many times
// is one name's work.
func List(param, text string) ([]string, error) {
	if strings.Count(text, ",") >= maxRepeats {
		return nil, Refuse(param, "", fmt.Sprintf("at most %d names, with repetitions %d", MaxNames, maxRepeats), ErrTooMany)
	}
	var names []string
	for name := range strings.SplitSeq(text, ",") {
		if slices.Contains(names, name) {
			continue
		}
		if len(names) == MaxNames {
			return nil, Refuse(param, "", fmt.Sprintf("at most %d names", MaxNames), ErrTooMany)
		}
		names = append(names, name)
	}
	return names, nil
}
