package tiler

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/paulmach/orb/maptile"

	"github.com/wanmi-gis/wanmi/spatial"
)

func TestLongitudesAreProjectedExactly(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 5))
	for range 10_000 {
		x := int32(rnd.Int64N(2*maxLon+1) - maxLon)
		n := new(big.Int).Lsh(big.NewInt(int64(x)+maxLon), 32)
		n.Div(n, big.NewInt(2*maxLon))
		if got := worldX(x); got != n.Int64() {
			t.Fatalf("%d: got %d, want %v", x, got, n)
		}
	}
}

func TestLatitudesAreWithinAThousandthOfAUnit(t *testing.T) {
	// math.Log1p of exact differences is good to some 1e-16 relative; compare
	// before rounding down.
	bands := latBands()
	worst := 0.0
	for y := int32(0); y <= maxLat; y += 9_973 {
		phi := float64(y) / 1e7 * (math.Pi / 180)
		want := math.Asinh(math.Tan(phi)) * (1 << 32) / (2 * math.Pi)
		worst = max(worst, math.Abs(bands.height(y)-want))
	}
	if worst > 1e-3 {
		t.Errorf("worst error %g units", worst)
	}
	t.Logf("worst error %g units", worst)
}

func TestWorldIsMonotone(t *testing.T) {
	bands := latBands()
	check := func(y int32) {
		if a, b := bands.worldY(y), bands.worldY(y+1); a <= b && y < maxLat {
			t.Fatalf("row %d at %d, %d one quantum north", a, y, b)
		}
	}
	for band := int32(-bandCount); band <= bandCount; band++ {
		for d := int32(-3); d <= 3; d++ {
			if y := band<<bandBits + d; y >= -maxLat && y < maxLat {
				check(y)
			}
		}
	}
	rnd := rand.New(rand.NewPCG(6, 6))
	for range 100_000 {
		check(int32(rnd.Int64N(2*maxLat) - maxLat))
	}
}

func TestWorldIsTheSameOnEveryProcessor(t *testing.T) {
	h := sha256.New()
	rnd := rand.New(rand.NewPCG(7, 7))
	for range 200_000 {
		x, y := World(spatial.Coord{X: int32(rnd.Int64N(2*maxLon+1) - maxLon), Y: int32(rnd.Int64N(2*maxLat+1) - maxLat)})
		h.Write(binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, x), y))
	}
	const want = "f580a0c1a354ac2d"
	if got := hex.EncodeToString(h.Sum(nil)[:8]); got != want {
		t.Errorf("hash %s, want %s: tiles change with this", got, want)
	}
}

func TestTheTileOfAPointAgreesWithOrb(t *testing.T) {
	rnd := rand.New(rand.NewPCG(8, 8))
	differ := 0
	const n = 50_000
	for range n {
		c := spatial.Coord{X: int32(rnd.Int64N(2*maxLon) - maxLon), Y: int32(rnd.Int64N(1_700_000_000) - 850_000_000)}
		z := uint8(rnd.IntN(MaxZoom + 1))
		got, _ := At(c, z)
		want := maptile.At(c.Point(), maptile.Zoom(z))
		if got.X != want.X || got.Y != want.Y {
			differ++ // a tile's edge within orb's rounding
		}
	}
	if differ > n/10_000 {
		t.Errorf("%d of %d differ", differ, n)
	}
}

func TestTheEdgesOfTheWorldAreInItsTiles(t *testing.T) {
	for _, c := range []struct {
		lon, lat float64
		x, y     uint32
		shown    bool
	}{
		{-180, 0, 0, 1 << 31, true},
		{180, 0, math.MaxUint32, 1 << 31, true},
		{0, 85.0511288, 1 << 31, 0, true},
		{0, -85.0511288, 1 << 31, math.MaxUint32, true},
		{0, 85.0511289, 1 << 31, 0, false},
		{0, 90, 1 << 31, 0, false},
		{0, -90, 1 << 31, math.MaxUint32, false},
	} {
		at := spatial.At(c.lon, c.lat)
		if x, y := World(at); x != c.x || y != c.y {
			t.Errorf("(%v, %v): world %d, %d", c.lon, c.lat, x, y)
		}
		for z := uint8(0); z <= MaxZoom; z++ {
			id, ok := At(at, z)
			if ok != c.shown || (ok && !id.valid()) {
				t.Errorf("(%v, %v) z%d: %v, %v", c.lon, c.lat, z, id, ok)
			}
		}
	}
}
