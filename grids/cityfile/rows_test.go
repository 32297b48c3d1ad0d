package cityfile

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

func TestValuesWithTheSeparatorComeBackWhole(t *testing.T) {
	city := town(t)
	// In the first, a middle and the last column of the joined text, and in rows
	// before and after plain ones.
	city.Components[0].Code = "\x1f0\x1f"
	city.Components[1].Name = "a\x1fb"
	city.Components[3].ChangedOn = "\x1f"
	city.Components[4] = city.Components[4].With(func(c *grids.ComponentTraits) { c.Owner = "\x1f\x1fU\x1f" })
	city.Cells[1].LandUse, city.Cells[1].AreaM2 = "居\x1f住", 1.0/3
	city.Addresses[0].Pinyin = strings.Repeat("x\x1fy", 50_000)
	got, err := opened(t, created(t, city)).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	city.Sort()
	same(t, got, city)
}

func TestRealNumbersKeepTheirLastBit(t *testing.T) {
	city := bareTown(t)
	city.Cells[0].AreaM2, city.Cells[1].AreaM2 = 0.1+0.2, 1e300/3
	got, err := opened(t, created(t, city)).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range city.Cells {
		if got.Cells[i].AreaM2 != city.Cells[i].AreaM2 {
			t.Errorf("%v comes back as %v", city.Cells[i].AreaM2, got.Cells[i].AreaM2)
		}
	}
}

// TestTextsComeBackWhetherTheyRecurOrNot has more names than are looked up
// before a column is known not to recur.
func TestTextsComeBackWhetherTheyRecurOrNot(t *testing.T) {
	var names, kinds texts
	var room textBlock
	for i := range 3 * recurTrial {
		name, kind := fmt.Sprintf("汉字 %d", i), fmt.Sprint(i%7)
		if i%1000 == 0 {
			name = strings.Repeat("长", 1+i)
		}
		b := []byte(name)
		gotName, gotKind := names.of(b, &room), kinds.of([]byte(kind), &room)
		b[0] = 0 // the bytes are the driver's
		if gotName != name || gotKind != kind {
			t.Fatalf("%q and %q, want %q and %q", gotName, gotKind, name, kind)
		}
	}
	if names.seen != nil || len(kinds.seen) != 7 {
		t.Errorf("%d names and %d kinds are kept", len(names.seen), len(kinds.seen))
	}
}

func TestComponentsOfOneKindShareTheirTraits(t *testing.T) {
	got, err := opened(t, created(t, town(t))).Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got.Components[1].ComponentTraits != got.Components[2].ComponentTraits {
		t.Error("two rows with the same columns have two copies")
	}
	if got.Components[0].ComponentTraits == got.Components[1].ComponentTraits {
		t.Error("two rows with different columns have one copy")
	}
}

func TestTimesAreStoredInTheCitysZone(t *testing.T) {
	city := bareTown(t)
	city.TimeZone = time.FixedZone("Asia/Shanghai", 8*60*60)
	city.Cells[0].Valid = grids.Since(time.Date(2025, 12, 31, 16, 0, 0, 125e6, time.UTC))
	db := openDB(created(t, city), readOnly, 1)
	defer db.Close()
	var text string
	if err := db.QueryRowContext(t.Context(), "SELECT valid_from FROM cells WHERE fid = 1").Scan(&text); err != nil {
		t.Fatal(err)
	}
	if text != "2026-01-01T00:00:00.125+08:00" {
		t.Errorf("stored as %s", text)
	}
}

// FuzzSplit compares with strings.Split: the fields, or the refusal.
func FuzzSplit(f *testing.F) {
	r := newLayerReader(grids.Cells, &shapeReader{}, &textBlock{})
	f.Add(strings.Repeat("\x1f", len(r.joined)-1))
	f.Add("1\x1f990101\x1f名\x1f\x1f\x1f{}\x1fc\x1fz\x1f居住")
	f.Add("1\x1f2\x1f")
	f.Fuzz(func(t *testing.T, text string) {
		want := strings.Split(text, "\x1f")
		if got := r.split([]byte(text)); got != (len(want) == len(r.joined)) {
			t.Fatalf("%q: %v", text, got)
		} else if !got {
			return
		}
		for k, i := range r.joined {
			if string(r.fields[i]) != want[k] {
				t.Fatalf("%q: field %d is %q", text, k, r.fields[i])
			}
		}
	})
}

// FuzzShapes holds the reader of layers, which uses its memory again, against
// the one that does not.
func FuzzShapes(f *testing.F) {
	for _, d := range dialects() {
		for _, g := range shapes() {
			f.Add(gp(d.append(nil, g)))
		}
	}
	f.Add(gp(dialects()[0].append(nil, orb.Point{181, 0})))
	f.Fuzz(func(t *testing.T, b []byte) {
		r := shapeReader{wkb: wkbReader{again: true}}
		for _, g := range shapes() { // what was read before must not show
			if err := r.read(gp(dialects()[0].append(nil, g)), &grids.Feature{}); err != nil {
				t.Fatal(err)
			}
		}
		var got grids.Feature
		err := r.read(b, &got)
		g, srid, wantErr := Decode(b)
		var want *spatial.Shape
		if wantErr == nil {
			want, wantErr = spatial.FromOrb(g)
		}
		if srid != SRID && g != nil {
			wantErr = errors.New("another system")
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("error %v, want %v", err, wantErr)
		}
		if err == nil && (got.At != want.Representative() || !reflect.DeepEqual(got.Geometry(), want)) {
			t.Fatalf("%+v at %v, want %+v", got.Geometry(), got.At, want)
		}
	})
}
