package stories

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestALineThatCannotBeReadIsNamed(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"unit A company\nhouse 3", `line 2: "house" begins no line`},
		{"zone W West unit A", "zone W has no box"},
		{"zone W West unit A box 0 0 100", "a word is missing"},
		{"zone W West unit A box 100 0 0 100", "west south east north"},
		{"report event 0102 at here 5", `"here" is no number`},
		{"report event 0102 at 1 2 on Monday", `"Monday" is no date`},
		{"ruling seven component x unit A", "line 1: ruling"},
		{"=> single A", "=> before any report"},
		{"unit A company and more", `"and" is not understood`},
	} {
		if _, err := Read(strings.NewReader(c.text)); !errors.Is(err, ErrStory) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v; wanted %s", c.text, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	names, err := filepath.Glob("../testdata/stories/0[1-6]*.txt")
	if err != nil || len(names) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text))
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Read(strings.NewReader(text))
		if (s == nil) == (err == nil) {
			t.Fatalf("story %v, error %v", s, err)
		}
		if err != nil && !errors.Is(err, ErrStory) {
			t.Fatal(err)
		}
	})
}
