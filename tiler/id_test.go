package tiler

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
)

func TestATileNumberIsReadStrictly(t *testing.T) {
	good := map[string]ID{
		"0/0/0":              {0, 0, 0},
		"1/1/0":              {1, 1, 0},
		"14/13393/6509":      {14, 13393, 6509},
		"22/4194303/4194303": {22, 4194303, 4194303},
	}
	for in, want := range good {
		p := strings.Split(in, "/")
		if got, err := ParseID(p[0], p[1], p[2]); err != nil || got != want || got.String() != in {
			t.Errorf("%s: got %v, %v", in, got, err)
		}
	}
	bad := map[string]string{ // number: the parameter at fault
		"23/0/0": "z", "31/0/0": "z", "a/0/0": "z", "/0/0": "z", "-1/0/0": "z", "+1/0/0": "z", "01/0/0": "z", "1.0/0/0": "z",
		"0/1/0": "x", "1/2/0": "x", "1/00/0": "x", "1/ 1/0": "x", "1/0x1/0": "x", "14/16384/0": "x", "22/4194304/0": "x",
		"1/1/2": "y", "1/1/": "y", "1/1/１": "y", "1/1/-0": "y",
		"5/4294967296/0": "x", "5/99999999999999999999999/0": "x", "18446744073709551616/0/0": "z",
	}
	for in, param := range bad {
		p := strings.Split(in, "/")
		_, err := ParseID(p[0], p[1], p[2])
		var fault *ParamError
		if !errors.Is(err, ErrTileRange) || !errors.As(err, &fault) || fault.Param != param {
			t.Errorf("%s: got %v, want fault in %s", in, err, param)
		}
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("14", "13393", "6509")
	f.Add("00", "+1", "-0")
	f.Add("22", "4194303", "99999999999999999999")
	f.Fuzz(func(t *testing.T, z, x, y string) {
		id, err := ParseID(z, x, y)
		if err != nil {
			var fault *ParamError
			if !errors.As(err, &fault) || !errors.Is(err, ErrTileRange) || len(err.Error()) > 6*maxQuoted {
				t.Fatalf("%T %v", err, err)
			}
			return
		}
		if id.String() != z+"/"+x+"/"+y || !id.valid() {
			t.Fatalf("%q/%q/%q read as %v", z, x, y, id)
		}
	})
}

func TestABoxHoldsExactlyThePositionsOfItsTile(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 3))
	for range 20_000 {
		z := uint8(rnd.IntN(MaxZoom + 1))
		c := spatial.Coord{X: int32(rnd.Int64N(2*maxLon+1) - maxLon), Y: int32(rnd.Int64N(2*maxLat+1) - maxLat)}
		id, ok := At(c, z)
		if !ok || !id.valid() {
			t.Fatalf("At(%v, %d) = %v, %v", c, z, id, ok)
		}
		box := id.Box(0)
		if !box.Holds(c) {
			t.Fatalf("%v: box %v does not hold %v", id, box, c)
		}
		if wide := id.Box(Buffer); !wide.Holds(box.Min) || !wide.Holds(box.Max) {
			t.Fatalf("%v: box with buffer %v does not hold %v", id, wide, box)
		}
		// One quantum inside the box is in the tile, one outside is not.
		for _, d := range []struct {
			c  spatial.Coord
			in bool
		}{
			{spatial.Coord{X: box.Min.X + 1, Y: box.Min.Y + 1}, true},
			{spatial.Coord{X: box.Max.X - 1, Y: box.Max.Y - 1}, true},
			{spatial.Coord{X: box.Min.X - 1, Y: c.Y}, false},
			{spatial.Coord{X: box.Max.X + 1, Y: c.Y}, false},
			{spatial.Coord{X: c.X, Y: box.Min.Y - 1}, false},
			{spatial.Coord{X: c.X, Y: box.Max.Y + 1}, false},
		} {
			if d.c.X < -maxLon || d.c.X > maxLon {
				continue
			}
			if got, ok := At(d.c, z); (ok && got == id) != d.in {
				t.Fatalf("%v: %v in tile %v: want %v (box %v)", id, d.c, got, d.in, box)
			}
		}
	}
}

func TestABoxIsClampedToTheProjection(t *testing.T) {
	want := spatial.Box{Min: spatial.Coord{X: -maxLon, Y: -maxLat}, Max: spatial.Coord{X: maxLon, Y: maxLat}}
	for _, buffer := range []int{0, Buffer, Extent} {
		if got := (ID{}).Box(buffer); got != want {
			t.Errorf("buffer %d: %v", buffer, got)
		}
	}
}
