package api_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
)

// older are categories of the town in CJ/T 214, by their numbers of 2013, as
// the two lists name them: 0114 was another cover, 0123 a letter box.
var older = map[string]string{
	"0101": "0101", "0102": "0102", "0103": "0103", "0104": "0104", "0106": "0106", "0110": "0110", "0111": "0111",
	"0123": "0114", "0125": "0132",
}

// olderTown is the town with a scheme of its own that extends CJ/T 214: the
// same components, under the older numbers.
func olderTown(t *testing.T) *desk {
	t.Helper()
	city := town(t, townPlan{})
	national, err := grids.National(grids.SchemeCJT214)
	if err != nil {
		t.Fatal(err)
	}
	city.Scheme, city.Categories = "town", nil
	for _, c := range national {
		c.Scheme, c.Equivalent = "town", grids.SchemeCJT214+":"+c.Code
		city.Categories = append(city.Categories, c)
	}
	city.Categories = append(city.Categories, grids.Category{Scheme: "town", Kind: grids.ComponentKind, Code: "2101", Major: "21", Name: "镇里的"})
	for i := range city.Components {
		traits := *city.Components[i].ComponentTraits
		if traits.Category = older[traits.Category]; traits.Category == "" {
			traits.Category = "2101"
		}
		city.Components[i].ComponentTraits = &traits
	}
	snap, err := grids.NewSnapshot(city, townNow)
	if err != nil {
		t.Fatal(err)
	}
	return &desk{api.New(api.Options{Live: grids.NewLive(snap), Log: quiet()}), snap, nil}
}

type near struct {
	Features []row
	Category *struct {
		Scheme, Code string
		As           []object
	}
}

func (d *desk) nearest(t *testing.T, category string) (n near, codes []string) {
	t.Helper()
	d.get(t, "/v1/nearest?layer=components&k=100&radius_m=50000&lon=114.305&lat=34.785&category="+url.QueryEscape(category)).read(t, &n)
	for _, f := range n.Features {
		codes = append(codes, f.Properties["code"].(string))
	}
	return n, codes
}

func TestACityIsAskedInAnySchemeAndGivesTheSameComponents(t *testing.T) {
	t.Parallel()
	newer, old := open(t, townPlan{}), olderTown(t)
	newest := map[string]string{"0101": "01001", "0123": "01023", "0125": "01025"}
	for now, before := range older {
		_, want := newer.nearest(t, now)
		if len(want) != 25 {
			t.Fatalf("%s: %d components", now, len(want))
		}
		asked := []string{before, "town:" + before, "cjt214:" + before, "gbt30428.2-2013:" + now}
		if code, ok := newest[now]; ok {
			asked = append(asked, "gbt47678.5-2026:"+code)
		}
		for _, category := range asked {
			n, got := old.nearest(t, category)
			if !slices.Equal(got, want) {
				t.Errorf("%s: %v, want %v", category, got, want)
			}
			scheme, code := grids.SplitCategory(category)
			switch {
			case scheme == "" && n.Category == nil:
			case n.Category == nil || n.Category.Scheme != scheme || n.Category.Code != code || len(n.Category.As) != 1 || n.Category.As[0]["code"] != before:
				t.Errorf("%s: understood as %v", category, n.Category)
			}
		}
		if _, got := newer.nearest(t, "cjt214:"+before); !slices.Equal(got, want) {
			t.Errorf("cjt214:%s in the newer town: %v, want %v", before, got, want)
		}
	}
	// All covers of the major of 2013, the last two of which stand in one city only.
	n, _ := old.nearest(t, "gbt30428.2-2013:01")
	all := map[string]bool{}
	for _, f := range n.Features {
		all[f.Properties["category"].(string)] = true
	}
	if len(n.Features) != 100 || all["2101"] || n.Category == nil || len(n.Category.As) < len(older) {
		t.Errorf("the major: %d features of %v, as %v", len(n.Features), all, n.Category)
	}
}

func TestTheListOfCategoriesIsThatOfTheScheme(t *testing.T) {
	t.Parallel()
	d := olderTown(t)
	c := d.snap.Catalogue
	for _, in := range []struct{ scheme, kind string }{{"", ""}, {"town", "component"}, {"gbt30428.2-2013", "event"}, {"cjt214", ""}, {"gbt47678.5-2026", ""}} {
		var got struct {
			Scheme     string
			Schemes    []string
			Categories []struct {
				Kind, Code, Name, Major, Equivalent string
				Counterparts                        map[string][]object
			}
		}
		d.get(t, fmt.Sprintf("/v1/categories?scheme=%s&kind=%s", in.scheme, in.kind)).read(t, &got)
		scheme := in.scheme
		if scheme == "" {
			scheme = "town"
		}
		list, err := c.Scheme(scheme)
		if err != nil {
			t.Fatal(err)
		}
		list = slices.DeleteFunc(slices.Clone(list), func(k grids.Category) bool { return in.kind != "" && in.kind != string(k.Kind) })
		if got.Scheme != scheme || !slices.Equal(got.Schemes, c.Schemes()) || len(got.Categories) != len(list) || len(list) == 0 {
			t.Fatalf("%v: %s of %v, %d categories, want %d", in, got.Scheme, got.Schemes, len(got.Categories), len(list))
		}
		for i, want := range list {
			k := got.Categories[i]
			if k.Kind != string(want.Kind) || k.Code != want.Code || k.Name != want.Name || k.Major != want.Major || k.Equivalent != want.Equivalent {
				t.Errorf("%v: %v, want %v", in, k, want)
			}
			for _, to := range c.Schemes() {
				found, err := c.Counterparts(&want, to)
				there := k.Counterparts[to]
				if to == scheme {
					found = nil
				} else if there == nil {
					t.Errorf("%v: %s has no list for %s", in, k.Code, to)
				}
				if err != nil || len(there) != len(found) {
					t.Errorf("%v: %s in %s: %v, want %v, %v", in, k.Code, to, there, found, err)
					continue
				}
				for j, f := range found {
					if there[j]["code"] != f.Code || there[j]["name"] != f.Name || there[j]["certainty"] != string(f.Certainty) {
						t.Errorf("%v: %s in %s: %v, want %v", in, k.Code, to, there[j], f)
					}
				}
			}
		}
	}
}

func BenchmarkCategories(b *testing.B) {
	d := open(b, townPlan{})
	for _, scheme := range []string{"", "gbt47678.5-2026"} {
		b.Run("scheme="+scheme, func(b *testing.B) {
			for b.Loop() {
				if r := d.get(b, "/v1/categories?scheme="+scheme); r.status != 200 {
					b.Fatal(r.status)
				}
			}
		})
	}
}
