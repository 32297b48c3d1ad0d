package heatmap

import (
	"encoding/xml"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// The document of WMTS 1.0.0, as far as it is told here; names are the standard's.
type (
	wmtsDocument struct {
		XMLName  xml.Name `xml:"Capabilities"`
		NS       string   `xml:"xmlns,attr"`
		OWS      string   `xml:"xmlns:ows,attr"`
		XLink    string   `xml:"xmlns:xlink,attr"`
		Version  string   `xml:"version,attr"`
		Service  owsService
		Calls    []owsCall `xml:"ows:OperationsMetadata>ows:Operation"`
		Contents wmtsContents
		Metadata []xlinkHref `xml:"ServiceMetadataURL"`
	}
	owsService struct {
		XMLName     xml.Name `xml:"ows:ServiceIdentification"`
		Title       string   `xml:"ows:Title"`
		Abstract    string   `xml:"ows:Abstract"`
		Type        string   `xml:"ows:ServiceType"`
		TypeVersion string   `xml:"ows:ServiceTypeVersion"`
		Fees        string   `xml:"ows:Fees"`
		Constraints string   `xml:"ows:AccessConstraints"`
	}
	owsCall struct {
		Name string   `xml:"name,attr"`
		Gets []owsGet `xml:"ows:DCP>ows:HTTP>ows:Get"`
	}
	owsGet struct {
		Href     string        `xml:"xlink:href,attr"`
		Encoding owsConstraint `xml:"ows:Constraint"`
	}
	owsConstraint struct {
		Name   string   `xml:"name,attr"`
		Values []string `xml:"ows:AllowedValues>ows:Value"`
	}
	xlinkHref struct {
		Href string `xml:"xlink:href,attr"`
	}
	wmtsContents struct {
		Layer wmtsLayerOf   `xml:"Layer"`
		Set   wmtsMatrixSet `xml:"TileMatrixSet"`
	}
	wmtsLayerOf struct {
		Title    string      `xml:"ows:Title"`
		Abstract string      `xml:"ows:Abstract"`
		WGS84    owsBox      `xml:"ows:WGS84BoundingBox"`
		Plane    owsBox      `xml:"ows:BoundingBox"`
		ID       string      `xml:"ows:Identifier"`
		Styles   []wmtsStyle `xml:"Style"`
		Format   string
		Set      string `xml:"TileMatrixSetLink>TileMatrixSet"`
		Resource wmtsResource
	}
	owsBox struct {
		CRS   string `xml:"crs,attr,omitempty"`
		Lower string `xml:"ows:LowerCorner"`
		Upper string `xml:"ows:UpperCorner"`
	}
	wmtsStyle struct {
		Default bool   `xml:"isDefault,attr"`
		Title   string `xml:"ows:Title"`
		ID      string `xml:"ows:Identifier"`
	}
	wmtsResource struct {
		XMLName  xml.Name `xml:"ResourceURL"`
		Format   string   `xml:"format,attr"`
		Type     string   `xml:"resourceType,attr"`
		Template string   `xml:"template,attr"`
	}
	wmtsMatrixSet struct {
		ID       string       `xml:"ows:Identifier"`
		CRS      string       `xml:"ows:SupportedCRS"`
		ScaleSet string       `xml:"WellKnownScaleSet"`
		Matrices []wmtsMatrix `xml:"TileMatrix"`
	}
	wmtsMatrix struct {
		ID          string `xml:"ows:Identifier"`
		Denominator string `xml:"ScaleDenominator"`
		Corner      string `xml:"TopLeftCorner"`
		TileWidth   int
		TileHeight  int
		Width       int `xml:"MatrixWidth"`
		Height      int `xml:"MatrixHeight"`
	}
)

// urnMercator names Web Mercator.
const urnMercator = "urn:ogc:def:crs:EPSG::3857"

// wmtsCapabilities says what there is, for the words that are asked with.
func (s *server) wmtsCapabilities(c echo.Context, a *wmtsAsk) error {
	ask, err := s.askOf(c, a.heat)
	if err != nil {
		return err
	}
	surface, err := s.heat.surface(c.Request().Context(), ask)
	if err != nil {
		return err
	}
	legend := ask.legend(surface)
	base, words := web.BaseURL(c), a.heat.Encode()
	call, rest := base+wmtsPath+"?", base+wmtsRoot
	document, template := rest+"/WMTSCapabilities.xml", rest+"/"+wmtsLayer+"/{style}/{TileMatrixSet}/{TileMatrix}/{TileRow}/{TileCol}.png"
	if words != "" {
		call, document, template = call+words+"&", document+"?"+words, template+"?"+words
	}
	gets := func(rest string) []owsGet {
		return []owsGet{
			{call, owsConstraint{"GetEncoding", []string{"KVP"}}},
			{rest, owsConstraint{"GetEncoding", []string{"RESTful"}}},
		}
	}
	box, city := ask.pictured(surface), ask.snap.City
	d := wmtsDocument{
		NS: "http://www.opengis.net/wmts/1.0", OWS: "http://www.opengis.net/ows/1.1", XLink: "http://www.w3.org/1999/xlink", Version: wmtsVersion,
		Service: owsService{
			Title: city.Name, Abstract: "Heat of cases in ground units. Words of the filter given to GetCapabilities are in all addresses.",
			Type: "OGC WMTS", TypeVersion: wmtsVersion, Fees: "none", Constraints: "none",
		},
		Calls: []owsCall{{"GetCapabilities", gets(document)}, {"GetTile", gets(rest + "/")}},
		Contents: wmtsContents{Layer: wmtsLayerOf{
			Title: wmtsTitle(a, city.Name), Abstract: wmtsAbstract(&legend), ID: wmtsLayer, Format: web.TypePNG, Set: wmtsSet,
			WGS84: owsBox{Lower: corner(box.Min.Lon(), box.Min.Lat()), Upper: corner(box.Max.Lon(), box.Max.Lat())}, Plane: mercatorBox(box),
			Resource: wmtsResource{Format: web.TypePNG, Type: "tile", Template: template},
		}, Set: googleMapsCompatible()},
		Metadata: []xlinkHref{{document}},
	}
	for i := range heat.Palettes {
		name := heat.Palettes[i].Name
		d.Contents.Layer.Styles = append(d.Contents.Layer.Styles, wmtsStyle{i == 0, name, name})
	}
	body, err := xml.MarshalIndent(d, "", " ")
	if err != nil {
		return err
	}
	return web.SendCompressed(c, typeXML, append([]byte(xml.Header), body...))
}

// pictured is the extent of pictures: they fade out over a square of the lattice around
// the city, and programs show no more than the extent.
func (a *ask) pictured(s *heatSurface) spatial.Box {
	box := a.city.ground.Box()
	perLon, perLat := crs.MetresPerDegree(box.Min.Lat())
	const squares = 2
	metres := squares * s.Lattice().SpacingM
	return spatial.Box{
		Min: spatial.At(box.Min.Lon()-metres/perLon, box.Min.Lat()-metres/perLat),
		Max: spatial.At(box.Max.Lon()+metres/perLon, box.Max.Lat()+metres/perLat),
	}
}

// wmtsTitle is of a layer in a list of many: the city and what was picked.
func wmtsTitle(a *wmtsAsk, city string) string {
	parts := []string{city, "heat"}
	for _, w := range wmtsHeatWords {
		if v := a.heat.Get(w); v != "" {
			parts = append(parts, w+"="+web.Clip(v))
		}
	}
	return strings.Join(parts, " · ")
}

func wmtsAbstract(l *HeatLegend) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s; n = %d, %d excluded; %s to %s. Classes end at", l.Units, l.N, l.ExcludedN, l.Period.From.Format("2006-01-02"), l.Period.To.Format("2006-01-02"))
	for _, v := range l.Breaks {
		fmt.Fprintf(&b, " %.4g,", v)
	}
	fmt.Fprintf(&b, " %.4g. %s", l.Max, l.Method.English)
	return b.String()
}

func corner(x, y float64) string {
	return strconv.FormatFloat(x, 'f', -1, 64) + " " + strconv.FormatFloat(y, 'f', -1, 64)
}

// mercatorBox is a box in metres of Web Mercator.
func mercatorBox(b spatial.Box) owsBox {
	plane, err := crs.Parse("epsg:3857")
	if err != nil {
		panic(err) // the package's own name
	}
	round := func(x, y float64) string { return corner(math.Round(x*100)/100, math.Round(y*100)/100) }
	return owsBox{
		CRS: urnMercator, Lower: round(plane.FromCGCS2000(b.Min.Lon(), b.Min.Lat())), Upper: round(plane.FromCGCS2000(b.Max.Lon(), b.Max.Lat())),
	}
}

// googleMapsCompatible is the well-known set of annex E.4 in OGC 07-057r7: pixels of
// 0.28 mm, the first matrix one tile of the whole world.
func googleMapsCompatible() wmtsMatrixSet {
	const (
		first = 559082264.0287178 // scale denominator: the equator over 256 pixels
		edge  = "-20037508.3427892 20037508.3427892"
	)
	out := wmtsMatrixSet{ID: wmtsSet, CRS: urnMercator, ScaleSet: "urn:ogc:def:wkss:OGC:1.0:GoogleMapsCompatible"}
	for z := range maxZoom + 1 {
		out.Matrices = append(out.Matrices, wmtsMatrix{
			strconv.Itoa(z), strconv.FormatFloat(math.Ldexp(first, -z), 'f', -1, 64), edge, heat.TileSize, heat.TileSize, 1 << z, 1 << z,
		})
	}
	return out
}
