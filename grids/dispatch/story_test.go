package dispatch_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/grids/dispatch/stories"
)

// townRules are the rules of the stories.
func townRules(t testing.TB) *dispatch.Rules {
	t.Helper()
	text, err := os.ReadFile("testdata/rules.yaml")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := dispatch.ReadRules(text)
	if err != nil {
		t.Fatal(err)
	}
	return rules
}

// engineOf compiles a story's town.
func engineOf(t testing.TB, s *stories.Story, rules *dispatch.Rules) *dispatch.Engine {
	t.Helper()
	snapshot, err := grids.NewSnapshot(s.City, stories.Day())
	if err != nil {
		t.Fatal(err)
	}
	e, err := dispatch.New(snapshot, rules, &s.Book)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func readStory(t testing.TB, name string) *stories.Story {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s, err := stories.Read(f)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return s
}

// answerOf is a decision in the scripts' words.
func answerOf(e *dispatch.Engine, r dispatch.Report) *stories.Answer {
	d, err := e.Decide(r)
	if err != nil {
		return &stories.Answer{Refused: err.Error()}
	}
	a := &stories.Answer{Decision: d}
	if d.Question != nil {
		a.Question = e.Ask(d.Question, dispatch.Chinese) + " " + e.Ask(d.Question, dispatch.English)
	}
	for _, n := range d.Nearest {
		a.Nearest = append(a.Nearest, e.City().City.Resources[n.Index].Code)
	}
	return a
}

func TestStoriesOfDispatchComeOutAsTheyAreTold(t *testing.T) {
	names, err := filepath.Glob("testdata/stories/*.txt")
	if err != nil || len(names) < 20 {
		t.Fatalf("%d stories, %v", len(names), err)
	}
	rules := townRules(t)
	for _, name := range names {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			s := readStory(t, name)
			e := engineOf(t, s, rules)
			if len(s.Asks) == 0 {
				t.Fatal("nothing is reported")
			}
			for i := range s.Asks {
				a := answerOf(e, s.Asks[i].Report)
				for _, x := range s.Asks[i].Expects {
					if err := x.Check(a); err != nil {
						t.Errorf("%s:%d: %s: %v", filepath.Base(name), x.Line, strings.Join(x.Words, " "), err)
					}
				}
				for _, l := range []dispatch.Language{dispatch.Chinese, dispatch.English} {
					for _, tried := range a.Trace {
						if words := e.Words(tried, l); strings.ContainsAny(words, "{}") || words == "" {
							t.Errorf("%+v in words: %q", tried, words)
						}
					}
				}
			}
		})
	}
}
