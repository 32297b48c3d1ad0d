package heat

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// pixelAt is the centre of a pixel in degrees, by the definition of Web Mercator.
func pixelAt(id tiler.ID, i, j int) (lon, lat float64) {
	world := math.Ldexp(TileSize, int(id.Z))
	x, y := float64(id.X)*TileSize+float64(i)+0.5, float64(id.Y)*TileSize+float64(j)+0.5
	return x/world*360 - 180, math.Atan(math.Sinh(math.Pi*(1-2*y/world))) * 180 / math.Pi
}

func decodePNG(tb testing.TB, b []byte) image.Image {
	tb.Helper()
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		tb.Fatal(err)
	}
	if img.Bounds() != image.Rect(0, 0, TileSize, TileSize) {
		tb.Fatalf("%v", img.Bounds())
	}
	return img
}

// numberAt reads a pixel as a map does.
func numberAt(tb testing.TB, img image.Image, c Coding, i, j int) float64 {
	tb.Helper()
	p := color.NRGBAModel.Convert(img.At(i, j)).(color.NRGBA)
	if p.A != 255 {
		tb.Fatalf("alpha %d", p.A)
	}
	return c.Number(p.R, p.G, p.B)
}

// tilesOver are the tiles of a zoom that meet the town, at most some.
func tilesOver(g *Ground, z uint8, most int) (ids []tiler.ID) {
	nw, _ := tiler.At(spatial.Coord{X: g.box.Min.X, Y: g.box.Max.Y}, z)
	se, _ := tiler.At(spatial.Coord{X: g.box.Max.X, Y: g.box.Min.Y}, z)
	for y := nw.Y; y <= se.Y; y++ {
		for x := nw.X; x <= se.X; x++ {
			ids = append(ids, tiler.ID{Z: z, X: x, Y: y})
		}
	}
	rand.New(rand.NewPCG(uint64(z), 3)).Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	return ids[:min(len(ids), most)]
}

// checkTiles holds the pixels of tiles of all zooms to the surface itself at
// their centres, within half a quantum.
func checkTiles(t *testing.T, s *Surface, c Coding, zooms []uint8, most int) {
	t.Helper()
	for _, z := range zooms {
		for _, id := range tilesOver(s.ground, z, most) {
			b := s.Tile(id, c)
			var img image.Image
			if b != nil {
				img = decodePNG(t, b)
			}
			for j := 0; j < TileSize; j += 5 {
				for i := j % 3; i < TileSize; i += 3 {
					lon, lat := pixelAt(id, i, j)
					want, got := s.read(lon, lat), 0.0
					if want != want {
						want = 0
					}
					if img != nil {
						got = numberAt(t, img, c, i, j)
					}
					// The latitude here is another function's, good to 1e-14.
					if math.Abs(got-want) > c.Quantum*0.501+1e-9*math.Abs(want) {
						t.Fatalf("tile %v, pixel %d, %d: %g, not %g; quantum %g", id, i, j, got, want, c.Quantum)
					}
				}
			}
		}
	}
}

func TestAPixelIsTheValueAtItsCentreAtEveryZoom(t *testing.T) {
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	g := town.ground(t)
	zooms := []uint8{0, 5, 9, 11, 12, 13, 14, 16, 19, 22}
	a := g.density(t, v, town.compile(t, Filter{}), Options{Kernel: Kernel{BlockM, Gaussian}})
	checkTiles(t, a, a.domain(t).Coding(), zooms, 3)
	b := g.density(t, v, town.compile(t, Filter{Classes: []uint16{1, 2, 3, 4, 5}}), Options{Kernel: Kernel{BlockM, Gaussian}})
	d, err := Difference(b.Times(8), a)
	if err != nil {
		t.Fatal(err)
	}
	c := d.domain(t).Coding()
	if d.domain(t).Min >= 0 || c.Number(0, byte(c.zero()>>8), byte(c.zero())) != 0 {
		t.Errorf("the difference is from %g, its zero %g", d.domain(t).Min, c.Number(0, byte(c.zero()>>8), byte(c.zero())))
	}
	checkTiles(t, d, c, zooms, 2)
	r, err := LogRatio(b, a, 1, 5)
	if err != nil {
		t.Fatal(err)
	}
	checkTiles(t, r, r.domain(t).Coding(), []uint8{12, 14}, 2)
}

// Neighbours agree along their border: next to it pixels of both differ by no
// more than the surface does between them.
func TestTilesAgreeAlongTheirBorder(t *testing.T) {
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	s := town.ground(t).density(t, v, town.compile(t, Filter{}), Options{Kernel: Kernel{StreetM, Gaussian}})
	c := s.domain(t).Coding()
	id, _ := tiler.At(town.center, 15)
	west, east := decodePNG(t, s.Tile(id, c)), decodePNG(t, s.Tile(tiler.ID{Z: id.Z, X: id.X + 1, Y: id.Y}, c))
	for j := range TileSize {
		lonW, lat := pixelAt(id, TileSize-1, j)
		lonE, _ := pixelAt(id, TileSize, j)
		step := s.read(lonE, lat) - s.read(lonW, lat)
		got := numberAt(t, east, c, 0, j) - numberAt(t, west, c, TileSize-1, j)
		if math.Abs(got-step) > c.Quantum*1.001 {
			t.Errorf("row %d: a step of %g, not %g", j, got, step)
		}
	}
}

func TestATileWithoutCasesIsNothing(t *testing.T) {
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	g := town.ground(t)
	none := g.density(t, v, town.compile(t, Filter{Classes: []uint16{999}}), Options{Kernel: Kernel{BlockM, Gaussian}})
	id, _ := tiler.At(town.center, 13)
	if b := none.Tile(id, none.domain(t).Coding()); b != nil || none.N != 0 {
		t.Errorf("%d bytes, %d cases", len(b), none.N)
	}
	some := g.density(t, v, town.compile(t, Filter{}), Options{Kernel: Kernel{BlockM, Gaussian}})
	for _, id := range []tiler.ID{{Z: 13, X: 0, Y: 0}, {Z: 13, X: id.X + 30, Y: id.Y}, {Z: 22, X: 1<<22 - 1, Y: 1<<22 - 1}} {
		if b := some.Tile(id, some.domain(t).Coding()); b != nil {
			t.Errorf("%v: %d bytes", id, len(b))
		}
		if b := some.Picture(id, some.domain(t).Coding(), Palettes[0], nil); b != nil {
			t.Errorf("%v: picture of %d bytes", id, len(b))
		}
	}
}

// A picture has the colour of its number in every pixel.
func TestAPictureHasTheColoursOfItsNumbers(t *testing.T) {
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	s := town.ground(t).density(t, v, town.compile(t, Filter{}), Options{Kernel: Kernel{BlockM, Gaussian}})
	d := s.domain(t)
	c := d.Coding()
	id, _ := tiler.At(town.center, 13)
	values := decodePNG(t, s.Tile(id, c))
	for _, p := range Palettes {
		for _, breaks := range [][]float64{nil, d.Breaks(Quantile, 5)} {
			img := decodePNG(t, s.Picture(id, c, p, breaks))
			for j := 0; j < TileSize; j += 7 {
				for i := range TileSize {
					n := numberAt(t, values, c, i, j)
					got := color.NRGBAModel.Convert(img.At(i, j)).(color.NRGBA)
					if n == 0 {
						if got.A != 0 {
							t.Fatalf("%s: 0 is %v", p.Name, got)
						}
						continue
					}
					want := p.Colour(c, n, breaks)
					// One of 255 steps of the palette, 1/510 of it off at most.
					for k, w := range []uint8{want.R, want.G, want.B, 255} {
						g := []uint8{got.R, got.G, got.B, got.A}[k]
						if math.Abs(float64(g)-float64(w)) > 4 {
							t.Fatalf("%s, %g: %v, not %v", p.Name, n, got, want)
						}
					}
				}
			}
		}
		if q, ok := PaletteOf(p.Name); !ok || q.Name != p.Name {
			t.Errorf("%s is not found", p.Name)
		}
	}
	if _, ok := PaletteOf("rainbow"); ok {
		t.Error("a rainbow")
	}
}

// The bits of a surface and of its tiles are the same on every machine.
func TestBitsAreThoseOfEveryMachine(t *testing.T) {
	town, rows := smallTown(t)
	v := town.table(t, slices.Values(rows)).View()
	g := town.ground(t)
	p := town.compile(t, Filter{Weekdays: []int{1, 3, 6}})
	h := sha256.New()
	for _, o := range []Options{
		{Kernel{BlockM, Gaussian}, Uniform}, {Kernel{BlockM, Gaussian}, Mass}, {Kernel{CommunityM, Quartic}, Uniform},
	} {
		s := g.density(t, v, p, o)
		if err := binary.Write(h, binary.LittleEndian, s.Values()); err != nil {
			t.Fatal(err)
		}
		for _, z := range []uint8{10, 13, 15} {
			id, _ := tiler.At(town.center, z)
			var levels levels4k
			s.sample(id, s.domain(t).Coding(), &levels)
			if err := binary.Write(h, binary.LittleEndian, levels[:]); err != nil {
				t.Fatal(err)
			}
		}
	}
	const want = "2fd4aae6b5afade6e562b8b2364dadbd9d380451ad0ce7110296316320f54ef9"
	if got := hex.EncodeToString(h.Sum(nil)); got != want {
		t.Errorf("hash %s, not %s", got, want)
	}
}
