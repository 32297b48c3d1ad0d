package search

import (
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"
	"weak"

	"github.com/wanmi-gis/wanmi/grids"
)

func TestTheCacheKeepsNamesAsLongAsTheirRows(t *testing.T) {
	s := townIndex(t).s
	var c Cache
	first := c.Index(s)
	again := func(change func(*grids.City)) *Index {
		t.Helper()
		city := *s.City
		change(&city)
		next, err := grids.NewSnapshot(&city, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		return c.Index(next)
	}
	edited := again(func(city *grids.City) { city.Components = city.Components[1:] })
	if edited.addresses != first.addresses || edited.others != first.others {
		t.Error("an edit of a component made the names anew")
	}
	moved := again(func(city *grids.City) { city.Resources = append([]grids.Resource(nil), city.Resources...) })
	if moved.addresses != first.addresses || moved.others == first.others {
		t.Error("an edit of a resource makes the addresses anew, or not the others")
	}
	added := again(func(city *grids.City) {
		city.Addresses = append(slices.Clip(city.Addresses), grids.Address{
			Feature: grids.Feature{Code: "ZZ", Name: "新地方", At: city.Cells[0].At}, Kind: grids.PlaceAddress,
		})
	})
	if found, _ := added.Search(Query{Text: "新地方", Limit: 1}); len(found) != 1 || found[0].Code != "ZZ" {
		t.Errorf("%+v", found)
	}
	if found, _ := first.Search(Query{Text: "新地方", Limit: 1}); len(found) != 0 {
		t.Errorf("the first index changed: %+v", found)
	}
}

func TestTheCacheKeepsNoCityAlive(t *testing.T) {
	var c Cache
	rows := func() weak.Pointer[grids.Address] {
		s := townIndex(t).s
		c.Index(s)
		return weak.Make(&s.City.Addresses[0])
	}()
	for range 3 {
		runtime.GC()
	}
	if rows.Value() != nil {
		t.Error("the addresses are still held")
	}
	c.Index(townIndex(t).s) // the next city
}

func TestTheCacheIsForManyAtOnce(t *testing.T) {
	s := townIndex(t).s
	var c Cache
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				if found, _ := c.Index(s).Search(Query{Text: "shequ", Limit: 5}); len(found) != 5 {
					t.Errorf("%d found", len(found))
				}
			}
		})
	}
	all.Wait()
}
