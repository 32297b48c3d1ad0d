package cityfile

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
)

// noon is when the updates of these tests are made.
var noon = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func fidsOf(c *grids.City, l grids.Layer) map[string]int64 {
	out := map[string]int64{}
	_ = EachRow(c, l, func(f *grids.Feature, _ []any) error {
		out[f.Code+" "+f.Valid.From.String()] = f.FID
		return nil
	})
	return out
}

func TestAnUpdateKeepsFIDsCasesAndRulings(t *testing.T) {
	path := created(t, town(t))
	execute(t, path, aCase(1)+`;
		INSERT INTO rulings (what, unit, version) VALUES ('990101', 'U1', 1)`)
	before, err := Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	fids := fidsOf(before, grids.Components)

	next := town(t)
	next.Name = "新名"
	next.Components[0].Attributes, next.Components[1].Name = `{"b":"改"}`, "line"
	gone := next.Components[2].Code
	next.Components[2].Feature = feature(t, "C-new", "", orb.Point{0.6, 0.6})
	next.Units = append(next.Units[1:], grids.Unit{Code: "U3", Name: "新"})
	next.Addresses = nil // not named below: they stay
	done, err := Update(t.Context(), path, next, []grids.Layer{grids.Components, grids.Cells, grids.Units}, noon)
	if err != nil {
		t.Fatal(err)
	}
	want := map[grids.Layer]Updated{
		grids.Cells: {Same: 3}, grids.Components: {Added: 1, Changed: 2, Removed: 1, Same: 2}, grids.Units: {Added: 1, Same: 1, Removed: 1},
	}
	if !reflect.DeepEqual(done, want) {
		t.Errorf("%+v, want %+v", done, want)
	}
	after, err := Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if after.Version != before.Version+1 || after.Epoch != before.Epoch || after.Name != "新名" || len(after.Addresses) != 1 {
		t.Errorf("%+v", after.Profile)
	}
	now := fidsOf(after, grids.Components)
	largest := int64(0)
	for code, fid := range fids {
		largest = max(largest, fid)
		if stays := code != gone+" "; stays && now[code] != fid {
			t.Errorf("%s has FID %d, had %d", code, now[code], fid)
		}
	}
	if now["C-new "] <= largest || now[gone+" "] != 0 {
		t.Errorf("%v after %v", now, fids)
	}
	if !reflect.DeepEqual(fidsOf(after, grids.Cells), fidsOf(before, grids.Cells)) {
		t.Error("cells have other FIDs")
	}
	for query, n := range map[string]int64{
		"SELECT count(*) FROM cases": 1, "SELECT count(*) FROM rulings": 1, "SELECT count(*) FROM components": 5,
		"SELECT count(*) FROM rtree_components_geom": 5, "SELECT max(fid) FROM units": 3,
		"SELECT count(*) FROM change WHERE kind = 'city' AND version = 2 AND body LIKE '%import --update%'":     1,
		"SELECT count(*) FROM components c JOIN rtree_components_geom r ON r.id = c.fid WHERE c.code = 'C-new'": 1,
	} {
		if got := integer(t, path, query); got != n {
			t.Errorf("%s: %d, want %d", query, got, n)
		}
	}
	// A FID is not used again, even the last one.
	last := town(t)
	if _, err := Update(t.Context(), path, last, []grids.Layer{grids.Components}, noon); err != nil {
		t.Fatal(err)
	}
	if fid := fidsOf(last, grids.Components)[gone+" "]; fid <= now["C-new "] {
		t.Errorf("%s came back with FID %d", gone, fid)
	}
}

func TestAnUpdateWithTheSameCityChangesNoRow(t *testing.T) {
	path := created(t, town(t))
	again := town(t)
	done, err := Update(t.Context(), path, again, append(Layers(), grids.Units), noon)
	if err != nil {
		t.Fatal(err)
	}
	for l, u := range done {
		n := len(again.Units)
		if l != grids.Units {
			n = CountRows(again, l)
		}
		if u.Added+u.Changed+u.Removed != 0 || u.Same != n {
			t.Errorf("%s: %+v", l, u)
		}
	}
	got, err := Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	same(t, got, again)
}

func TestAnUpdateThatFailsChangesNothing(t *testing.T) {
	path := created(t, town(t))
	before, err := Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	other := town(t)
	other.Code = "110101"
	if _, err := Update(t.Context(), path, other, Layers(), noon); !errors.Is(err, ErrOtherCity) {
		t.Errorf("%v", err)
	}
	twice := town(t)
	twice.Addresses = append(twice.Addresses, twice.Addresses[0])
	twice.Components = twice.Components[:1]
	if _, err := Update(t.Context(), path, twice, Layers(), noon); err == nil {
		t.Error("two rows with one code were written")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Update(ctx, path, town(t), Layers(), noon); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	after, err := Read(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	same(t, after, before)
}

func TestAServedFileIsUpdatedUnderItsServer(t *testing.T) {
	path := created(t, town(t))
	s := opened(t, path)
	if _, err := s.Foreign(t.Context()); err != nil {
		t.Fatal(err)
	}
	next := town(t)
	next.Cells[0].Name = "改名"
	if _, err := Update(t.Context(), path, next, []grids.Layer{grids.Cells}, noon); err != nil {
		t.Fatal(err)
	}
	if seen, err := s.Foreign(t.Context()); err != nil || !seen {
		t.Errorf("the server does not notice: %v %v", seen, err)
	}
	if c, err := s.Load(t.Context()); err != nil || c.Cells[0].Name != "改名" {
		t.Errorf("%v", err)
	}
}
