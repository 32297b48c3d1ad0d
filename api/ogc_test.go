package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os/exec"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

type links []struct {
	Href, Rel, Type string
	Templated       bool
}

// to returns where the link of a relation leads on this server.
func (l links) to(t *testing.T, rel string) string {
	t.Helper()
	for _, link := range l {
		if link.Rel == rel {
			path, ok := strings.CutPrefix(link.Href, "http://wanmi.example")
			if !ok {
				t.Errorf("%s leads to %s", rel, link.Href)
			}
			return path
		}
	}
	t.Fatalf("no link %s in %v", rel, l)
	return ""
}

const (
	vectorTilesets = "http://www.opengis.net/def/rel/ogc/1.0/tilesets-vector"
	tilingScheme   = "http://www.opengis.net/def/rel/ogc/1.0/tiling-scheme"
)

type tilesetDoc struct {
	DataType, CRS, TileMatrixSetURI string
	TileMatrixSetLimits             []struct {
		TileMatrix                                     string
		MinTileRow, MaxTileRow, MinTileCol, MaxTileCol uint32
	}
	BoundingBox struct{ LowerLeft, UpperRight [2]float64 }
	Layers      []struct {
		ID                           string
		MinTileMatrix, MaxTileMatrix string
	}
	Links links
}

// A client that knows nothing but the landing page and the standard finds every
// layer and reads its tiles.
func TestFollowingTheLinksLeadsToTheTiles(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	var landing struct {
		Title string
		Links links
	}
	d.get(t, "/ogc").read(t, &landing)
	if landing.Title != d.snap.City.Name {
		t.Errorf("title %q", landing.Title)
	}
	if r := d.get(t, landing.Links.to(t, "service-desc")); r.status != http.StatusOK {
		t.Errorf("the description: %d", r.status)
	}
	var conforms struct{ ConformsTo []string }
	d.get(t, landing.Links.to(t, "conformance")).read(t, &conforms)
	if !strings.Contains(strings.Join(conforms.ConformsTo, " "), "ogcapi-tiles-1/1.0/conf/mvt") {
		t.Errorf("%v", conforms.ConformsTo)
	}
	var list struct {
		Collections []struct {
			ID     string
			Extent struct{ Spatial struct{ BBox [][4]float64 } }
			Links  links
		}
	}
	d.get(t, landing.Links.to(t, "data")).read(t, &list)
	if len(list.Collections) != len(grids.MapLayers()) {
		t.Errorf("%d collections", len(list.Collections))
	}
	for _, c := range list.Collections {
		b := d.snap.Box(grids.Layer(c.ID))
		if got, want := c.Extent.Spatial.BBox[0], [4]float64{b.Min.Lon(), b.Min.Lat(), b.Max.Lon(), b.Max.Lat()}; got != want {
			t.Errorf("%s: extent %v, want %v", c.ID, got, want)
		}
		var one struct{ Links links }
		d.get(t, c.Links.to(t, "self")).read(t, &one)
		d.followsTilesets(t, one.Links.to(t, vectorTilesets), c.ID)
	}
	var all []string
	for _, l := range grids.MapLayers() {
		all = append(all, string(l))
	}
	d.followsTilesets(t, landing.Links.to(t, vectorTilesets), strings.Join(all, ","))
}

// followsTilesets goes from a list of tilesets to tiles of the layers, by the
// matrix set's own figures, and compares them with those under /tiles.
func (d *desk) followsTilesets(t *testing.T, at, layers string) {
	t.Helper()
	var list struct{ Tilesets []tilesetDoc }
	d.get(t, at).read(t, &list)
	for _, entry := range list.Tilesets {
		var set tilesetDoc
		d.get(t, entry.Links.to(t, "self")).read(t, &set)
		if set.DataType != "vector" || entry.DataType != "vector" || set.TileMatrixSetURI != entry.TileMatrixSetURI || len(set.Layers) != strings.Count(layers, ",")+1 {
			t.Fatalf("%s: %+v", layers, set)
		}
		var matrices struct {
			CRS          string
			TileMatrices []struct {
				ID                        string
				CellSize                  float64
				PointOfOrigin             [2]float64
				TileWidth                 float64
				MatrixWidth, MatrixHeight uint64
			}
		}
		d.get(t, set.Links.to(t, tilingScheme)).read(t, &matrices)
		if matrices.CRS != set.CRS || len(matrices.TileMatrices) != tiler.MaxZoom+1 {
			t.Fatalf("%s: %s, %d matrices", set.CRS, matrices.CRS, len(matrices.TileMatrices))
		}
		lower := mercator(set.BoundingBox.LowerLeft)
		upper := mercator(set.BoundingBox.UpperRight)
		for _, limit := range set.TileMatrixSetLimits {
			var z int
			fmt.Sscan(limit.TileMatrix, &z)
			m := matrices.TileMatrices[z]
			side := m.CellSize * m.TileWidth
			col := func(x float64) uint32 { return uint32((x - m.PointOfOrigin[0]) / side) }
			row := func(y float64) uint32 { return uint32((m.PointOfOrigin[1] - y) / side) }
			if m.ID != limit.TileMatrix || limit.MinTileCol != col(lower[0]) || limit.MaxTileCol != col(upper[0]) || limit.MinTileRow != row(upper[1]) || limit.MaxTileRow != row(lower[1]) {
				t.Errorf("%s: limits %+v", layers, limit)
			}
			item := strings.NewReplacer("{tileMatrix}", limit.TileMatrix, "{tileRow}", fmt.Sprint(limit.MaxTileRow), "{tileCol}", fmt.Sprint(limit.MinTileCol))
			got := d.get(t, item.Replace(set.Links.to(t, "item")), "Accept-Encoding", "gzip")
			want := d.get(t, tileURL(layers, tiler.ID{Z: uint8(z), X: limit.MinTileCol, Y: limit.MaxTileRow}), "Accept-Encoding", "gzip")
			if got.status != want.status || !bytes.Equal(got.body, want.body) || got.header.Get("ETag") != want.header.Get("ETag") || got.header.Get("Content-Type") != want.header.Get("Content-Type") {
				t.Errorf("%s %s: %d %v, /tiles has %d %v", layers, limit.TileMatrix, got.status, got.header, want.status, want.header)
			}
		}
	}
}

// mercator projects degrees to metres by the formula.
func mercator(at [2]float64) [2]float64 {
	const r = 6378137
	return [2]float64{at[0] * math.Pi / 180 * r, math.Asinh(math.Tan(at[1]*math.Pi/180)) * r}
}

func TestOGCTilesTakeTheirWordsAsTheStandardHasThem(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	id := d.middle(14)
	at := fmt.Sprintf("/ogc/tiles/WebMercatorQuad/%d/%d/%d", id.Z, id.Y, id.X)
	for target, same := range map[string]string{
		at + "?collections=cells":                                               tileURL("cells", id),
		at + ".mvt?collections=cells,zones":                                     tileURL("cells,zones", id),
		at + "?collections=cells%2Czones&f=mvt":                                 tileURL("cells,zones", id),
		at + "?collections=cells&columns=code":                                  tileURL("cells", id) + "?columns=code",
		at + "?f=application%2Fvnd.mapbox-vector-tile":                          tileURL(strings.Join(allLayers(), ","), id),
		strings.Replace(at, "/tiles", "/collections/cells/tiles", 1) + "?f=mvt": tileURL("cells", id),
	} {
		got, want := d.get(t, target), d.get(t, same)
		if got.status != http.StatusOK || !bytes.Equal(got.body, want.body) {
			t.Errorf("%s: %d, %d bytes; %s: %d, %d bytes", target, got.status, len(got.body), same, want.status, len(want.body))
		}
	}
	tag := d.get(t, at).header.Get("ETag")
	if r := d.get(t, at, "If-None-Match", tag); r.status != http.StatusNotModified {
		t.Errorf("If-None-Match: %d", r.status)
	}
	if r := d.get(t, "/ogc/tiles/WebMercatorQuad/14/0/0"); r.status != http.StatusNoContent {
		t.Errorf("nothing there: %d", r.status)
	}
	if r := d.get(t, "/ogc/api"); r.status != http.StatusTemporaryRedirect || r.header.Get("Location") != "http://wanmi.example/openapi.json" {
		t.Errorf("/ogc/api: %d %v", r.status, r.header)
	}
	if r := d.get(t, "/ogc?f=json"); r.status != http.StatusOK {
		t.Errorf("f=json: %d", r.status)
	}
}

func TestBadOGCRequestsAreRefused(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for _, c := range []refusal{
		{"/ogc?f=html", 400, "malformed", "f"},
		{"/ogc?bbox=1", 400, "malformed", "bbox"},
		{"/ogc/tileMatrixSets/Mars", 404, "not-found", "tileMatrixSetId"},
		{"/ogc/tiles/Mars", 404, "not-found", "tileMatrixSetId"},
		{"/ogc/tiles/Mars/1/0/0", 404, "not-found", "tileMatrixSetId"},
		{"/ogc/collections/planets", 404, "not-found", "layers"},
		{"/ogc/collections/cells,zones", 404, "not-found", "layers"},
		{"/ogc/collections/..%2Fcells/tiles", 404, "not-found", "layers"},
		{"/ogc/collections/planets/tiles/WebMercatorQuad/1/0/0", 404, "not-found", "layers"},
		{"/ogc/tiles/WebMercatorQuad/31/0/0", 400, "tile-out-of-range", "z"},
		{"/ogc/tiles/WebMercatorQuad/-1/0/0", 400, "tile-out-of-range", "z"},
		{"/ogc/tiles/WebMercatorQuad/4/16/0", 400, "tile-out-of-range", "y"},
		{"/ogc/tiles/WebMercatorQuad/4/0/16", 400, "tile-out-of-range", "x"},
		{"/ogc/tiles/WebMercatorQuad/4/0/7%00", 400, "tile-out-of-range", "x"},
		{"/ogc/tiles/WebMercatorQuad/4/0/7.pbf", 400, "tile-out-of-range", "x"},
		{"/ogc/tiles/WebMercatorQuad/4/0/0?f=png", 400, "malformed", "f"},
		{"/ogc/tiles/WebMercatorQuad/4/0/0?colour=red", 400, "malformed", "colour"},
		{"/ogc/tiles/WebMercatorQuad/4/0/0?collections=", 400, "malformed", "layers"},
		{"/ogc/tiles/WebMercatorQuad/4/0/0?collections=" + names(51), 400, "too-many", "layers"},
		{"/ogc/collections/cells/tiles/WebMercatorQuad/4/0/0?collections=zones", 400, "malformed", "collections"},
	} {
		d.refuses(t, c)
	}
}

// Debian's GDAL 3.6.2 is built without its reader of vector tiles by this
// standard: it lists the service's collections, and reads the tiles they lead to.
func TestGDALOpensTheServiceByItsURL(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	base := serve(t, d)
	out, err := exec.CommandContext(t.Context(), "ogrinfo", "-ro", "OGCAPI:"+base+"/ogc").CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("using driver `OGCAPI' successful")) {
		t.Fatalf("ogrinfo (of Debian's gdal-bin) must be there: %v\n%s", err, out)
	}
	for _, l := range grids.MapLayers() {
		if !bytes.Contains(out, []byte("=OGCAPI:"+base+"/ogc/collections/"+string(l)+"\n")) {
			t.Errorf("GDAL does not see %s:\n%s", l, out)
		}
	}
	id := d.middle(14)
	url := fmt.Sprintf("%s/ogc/collections/cells/tiles/WebMercatorQuad/%d/%d/%d.mvt", base, id.Z, id.Y, id.X)
	if got := readWithGDAL(t, url); len(got["cells"]) == 0 || len(got) != 1 {
		t.Errorf("GDAL reads %v", got)
	}
}

func TestTheWebMercatorQuadIsTheStandards(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	var set struct {
		URI, CRS     string
		TileMatrices []map[string]json.RawMessage
	}
	d.get(t, "/ogc/tileMatrixSets/WebMercatorQuad").read(t, &set)
	// The standard's table (17-083r4, annex D.1) to the digits it gives.
	for z, want := range map[int][2]float64{0: {559082264.028717, 156543.033928041}, 10: {545978.773465544, 152.874056570353}, 22: {133.295599, 0.0373227676}} {
		var scale, cell float64
		if json.Unmarshal(set.TileMatrices[z]["scaleDenominator"], &scale) != nil || json.Unmarshal(set.TileMatrices[z]["cellSize"], &cell) != nil {
			t.Fatalf("%v", set.TileMatrices[z])
		}
		if math.Abs(scale/want[0]-1) > 1e-8 || math.Abs(cell/want[1]-1) > 1e-8 {
			t.Errorf("zoom %d: %v, %v, want %v", z, scale, cell, want)
		}
	}
}
