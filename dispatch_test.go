package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

// builtTown builds the demo's town as `wanmi demo --town` does.
func builtTown(t *testing.T) string {
	t.Helper()
	c := demoCmd{Town: true, Seed: 1, Data: t.TempDir()}
	path, err := c.path()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.build(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheDemoHasRulesThatFitItsCityAndBeginsWithItsClaims(t *testing.T) {
	path := builtTown(t)
	city, err := demo.Town(1)
	if err != nil {
		t.Fatal(err)
	}
	wantRecords, wantRulings := demo.Responsibility(city)
	store, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := cityfile.NewKeeper(t.Context(), store, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer keeper.Close()
	records, err := store.Ownership(t.Context())
	if err != nil || len(records) != len(wantRecords) || len(records) == 0 {
		t.Errorf("%d records of %d, %v", len(records), len(wantRecords), err)
	}
	rulings, err := store.Rulings(t.Context())
	if err != nil || len(rulings) != len(wantRulings) || len(rulings) == 0 {
		t.Errorf("%d rulings of %d, %v", len(rulings), len(wantRulings), err)
	}
	logs, err := cases.NewCity(t.Context(), keeper.Store(), cases.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := newDispatcher(t.Context(), keeper, logs, func(c *grids.City) ([]byte, error) { return []byte(demo.RuleFile(c)), nil })
	if err != nil {
		t.Fatal(err)
	}
	d.Wait()
}

func TestServeNamesTheRuleFileThatIsNotThereOrWrong(t *testing.T) {
	path := builtTown(t)
	dir := t.TempDir()
	for text, want := range map[string]string{
		"":                       "no such file",
		"version: 1\nscheme: []": "rule file",
		strings.Replace(demo.RuleFile(&grids.City{}), "unit: 990101U01", "unit: U99", 1): "U99 is not in the city",
	} {
		rules := filepath.Join(dir, "rules.yaml")
		if text == "" {
			rules = filepath.Join(dir, "none.yaml")
		} else if err := os.WriteFile(rules, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		name := filepath.Join(dir, "wanmi.yaml")
		if err := os.WriteFile(name, []byte("listen: 127.0.0.1:0\nrules: "+filepath.Base(rules)), 0o600); err != nil {
			t.Fatal(err)
		}
		c := serveCmd{City: path, Config: name}
		if err := c.Run(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}
