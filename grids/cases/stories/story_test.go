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
		{"who wang is supervisor\nwang flies => reported", `line 2: no event "flies"`},
		{"who wang is king", `no role "king"`},
		{"wang report => reported", "line 1: cannot read"},
		{"who wang is supervisor\nwang report reported", "line 2: cannot read"},
		{"who wang is supervisor\nwang report =>", "line 2: cannot read"},
		{"at noon today", "line 1: parsing time"},
		{"due soon", "line 1: strconv"},
		{"limit 0101 1 4 moons", "line 1:"},
		{"who wang is supervisor\nwang dispatch to => x", `what is "to"?`},
	} {
		if _, err := Read(strings.NewReader(c.text)); !errors.Is(err, ErrStory) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v; wanted %s", c.text, err, c.want)
		}
	}
}

func FuzzRead(f *testing.F) {
	names, err := filepath.Glob("../testdata/*.txt")
	if err != nil || len(names) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, name := range names[:6] {
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
