//go:build proof

package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/mvt"
	"github.com/paulmach/orb/maptile"

	"github.com/wanmi-gis/wanmi/api/heatmap"
)

func positionOf(t *testing.T, geometry json.RawMessage) [2]float64 {
	t.Helper()
	var g struct{ Coordinates [2]float64 }
	if err := json.Unmarshal(geometry, &g); err != nil {
		t.Fatal(err)
	}
	return g.Coordinates
}

// panel is a picture of a box of the map at a zoom, pixels of 256 a tile.
type panel struct {
	*image.RGBA
	west, north float64 // in pixels of the world
	zoom        maptile.Zoom
}

func newPanel(west, south, east, north float64, zoom maptile.Zoom) *panel {
	a, b := maptile.Fraction(orb.Point{west, north}, zoom), maptile.Fraction(orb.Point{east, south}, zoom)
	p := &panel{image.NewRGBA(image.Rect(0, 0, int((b[0]-a[0])*256), int((b[1]-a[1])*256))), a[0] * 256, a[1] * 256, zoom}
	draw.Draw(p, p.Bounds(), image.NewUniform(color.RGBA{0xf4, 0xf4, 0xf1, 255}), image.Point{}, draw.Src)
	return p
}

func (p *panel) at(lon, lat float64) (x, y float64) {
	f := maptile.Fraction(orb.Point{lon, lat}, p.zoom)
	return f[0]*256 - p.west, f[1]*256 - p.north
}

// tiles calls for the path of each tile that the panel shows.
func (p *panel) tiles(visit func(path string, x, y int)) {
	for ty := int(p.north) / 256; ty*256 < int(p.north)+p.Bounds().Dy(); ty++ {
		for tx := int(p.west) / 256; tx*256 < int(p.west)+p.Bounds().Dx(); tx++ {
			visit(fmt.Sprintf("%d/%d/%d", p.zoom, tx, ty), tx*256-int(p.west), ty*256-int(p.north))
		}
	}
}

// heat lays the coloured tiles over it.
func (p *panel) heat(t *testing.T, w *warm, words string) {
	t.Helper()
	p.tiles(func(path string, x, y int) {
		r := w.get(t, "/heat/"+path+".png?"+words)
		if r.status == 204 {
			return
		}
		tile, err := png.Decode(bytes.NewReader(r.body))
		if err != nil || r.status != 200 {
			t.Fatalf("%s: %d, %v", path, r.status, err)
		}
		draw.Draw(p, image.Rect(x, y, x+256, y+256), tile, image.Point{}, draw.Over)
	})
}

// cells draws the outlines of the cells.
func (p *panel) cells(w *warm, ink color.Color) {
	for i := range w.snap.City.Cells {
		s := w.snap.City.Cells[i].Shape
		var rings []orb.Ring
		switch g := s.Orb().(type) {
		case orb.Polygon:
			rings = g
		case orb.MultiPolygon:
			for _, part := range g {
				rings = append(rings, part...)
			}
		}
		for _, ring := range rings {
			for k := 1; k < len(ring); k++ {
				x0, y0 := p.at(ring[k-1][0], ring[k-1][1])
				x1, y1 := p.at(ring[k][0], ring[k][1])
				p.line(x0, y0, x1, y1, ink)
			}
		}
	}
}

func (p *panel) line(x0, y0, x1, y1 float64, ink color.Color) {
	b := p.Bounds()
	if max(x0, x1) < 0 || max(y0, y1) < 0 || min(x0, x1) > float64(b.Dx()) || min(y0, y1) > float64(b.Dy()) {
		return
	}
	n := math.Ceil(max(math.Abs(x1-x0), math.Abs(y1-y0), 1))
	for k := range int(n) + 1 {
		f := float64(k) / n
		p.Set(int(x0+(x1-x0)*f), int(y0+(y1-y0)*f), ink)
	}
}

// ring draws a circle, or with full a disc.
func (p *panel) ring(x, y, radius, width float64, full bool, ink color.RGBA) {
	for j := int(y - radius - 1); j <= int(y+radius+1); j++ {
		for i := int(x - radius - 1); i <= int(x+radius+1); i++ {
			d := math.Hypot(float64(i)+0.5-x, float64(j)+0.5-y)
			cover := min(max(radius-d+0.5, 0), 1)
			if !full {
				cover *= min(max(d-(radius-width)+0.5, 0), 1)
			}
			if cover > 0 {
				a := cover * float64(ink.A) / 255
				old := p.RGBAAt(i, j)
				mix := func(was, is uint8) uint8 { return uint8(float64(was)*(1-a) + float64(is)*a) }
				p.Set(i, j, color.RGBA{mix(old.R, ink.R), mix(old.G, ink.G), mix(old.B, ink.B), 255})
			}
		}
	}
}

// beside puts panels next to each other.
func beside(panels ...*panel) *image.RGBA {
	const gap = 8
	wide, high := -gap, 0
	for _, p := range panels {
		wide, high = wide+gap+p.Bounds().Dx(), max(high, p.Bounds().Dy())
	}
	out := image.NewRGBA(image.Rect(0, 0, wide, high))
	draw.Draw(out, out.Bounds(), image.White, image.Point{}, draw.Src)
	x := 0
	for _, p := range panels {
		draw.Draw(out, p.Bounds().Add(image.Pt(x, 0)), p, image.Point{}, draw.Src)
		x += gap + p.Bounds().Dx()
	}
	return out
}

// keepPicture writes a picture for the README, in at most 256 colours; without
// WANMI_PICTURES, which names a folder, it only sees that it is not empty.
func keepPicture(t *testing.T, name string, p *image.RGBA) {
	t.Helper()
	count := map[color.RGBA]int{}
	for y := range p.Bounds().Dy() {
		for x := range p.Bounds().Dx() {
			c := p.RGBAAt(x, y)
			count[color.RGBA{c.R &^ 3, c.G &^ 3, c.B &^ 3, 255}]++
		}
	}
	if len(count) < 8 {
		t.Errorf("%s has %d colours", name, len(count))
	}
	dir := os.Getenv("WANMI_PICTURES")
	if dir == "" {
		return
	}
	var body bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&body, p); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name), body.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: %d × %d, %d bytes", name, p.Bounds().Dx(), p.Bounds().Dy(), body.Len())
}

var (
	pileInk  = color.RGBA{0xd0, 0x10, 0x10, 255}
	stackInk = color.RGBA{0x10, 0x50, 0xa0, 150}
	crowdInk = color.RGBA{0x20, 0x20, 0x20, 200}
	lineInk  = color.RGBA{0xd2, 0xd2, 0xcc, 255}
)

// pictureOfSanFrancisco is the city's density with its pile ringed, and beside it the
// quarter around the pile: every stack as a disc with the area of its cases.
func pictureOfSanFrancisco(t *testing.T, w *warm, piles *heatmap.HeatPiles) {
	t.Helper()
	whole := newPanel(-122.518, 37.704, -122.352, 37.836, 12)
	whole.cells(w, lineInk)
	whole.heat(t, w, "style=viridis&scale=quantile&classes=9")
	pile := positionOf(t, piles.Features[0].Geometry)
	x, y := whole.at(pile[0], pile[1])
	whole.ring(x, y, 9, 2.5, false, pileInk)
	near := newPanel(pile[0]-0.0165, pile[1]-0.0095, pile[0]+0.0105, pile[1]+0.0130, 15)
	near.cells(w, lineInk)
	near.stacks(t, w, pile)
	keepPicture(t, "heat-sf.png", beside(whole, near))
}

// stacks draws the clusters of small squares: where all cases lie at one place as a
// disc, where at several as a circle.
func (p *panel) stacks(t *testing.T, w *warm, pile [2]float64) {
	t.Helper()
	deep := &panel{image.NewRGBA(image.Rect(0, 0, p.Bounds().Dx()*8, p.Bounds().Dy()*8)), p.west * 8, p.north * 8, p.zoom + 3}
	seen := map[string]bool{}
	one, several := 0, 0
	deep.tiles(func(path string, _, _ int) {
		r := w.get(t, "/heat/clusters/"+path+".mvt")
		if r.status == 204 || seen[path] {
			return
		}
		seen[path] = true
		layers, err := mvt.Unmarshal(r.body)
		if err != nil {
			t.Fatal(err)
		}
		var z, tx, ty uint32
		if _, err := fmt.Sscanf(path, "%d/%d/%d", &z, &tx, &ty); err != nil {
			t.Fatal(err)
		}
		layers.ProjectToWGS84(maptile.New(tx, ty, maptile.Zoom(z)))
		for _, f := range layers[0].Features {
			at, _ := f.Geometry.(orb.Point)
			count, _ := f.Properties["count"].(float64)
			places, _ := f.Properties["places"].(float64)
			x, y := p.at(at[0], at[1])
			radius := math.Sqrt(count) * 0.36
			switch {
			case apartM(at, pile) < 3:
				p.ring(x, y, radius, 0, true, color.RGBA{pileInk.R, pileInk.G, pileInk.B, 130})
				one++
			case places == 1:
				p.ring(x, y, max(radius, 0.8), 0, true, stackInk)
				one++
			default:
				p.ring(x, y, max(radius, 1.5), 1.2, false, crowdInk)
				several++
			}
		}
	})
	t.Logf("%d squares with one place, %d with several", one, several)
	if one == 0 {
		t.Error("no stack is seen")
	}
}

// pictureOfBoston is the city with the cases of its pile and without, each in the
// classes of its own legend.
func pictureOfBoston(t *testing.T, w *warm) {
	t.Helper()
	var panels []*panel
	for _, words := range []string{"piles=with", "piles=without"} {
		p := newPanel(-71.195, 42.225, -70.985, 42.405, 12)
		p.cells(w, lineInk)
		p.heat(t, w, "style=viridis&scale=linear&classes=9&bandwidth_m=400&"+words)
		panels = append(panels, p)
		d := heatOf[heatmap.HeatDescription](t, w, "/heat.json?bandwidth_m=400&"+words)
		t.Logf("%s: %d cases, at most %.0f cases/km²", words, d.Legend.N, d.Legend.Max)
	}
	keepPicture(t, "heat-boston-with-without.png", beside(panels...))
}
