package api

import (
	"context"
	"math"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// cityRoutes describes the city and converts coordinates.
func (s *server) cityRoutes(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "get-city", Method: http.MethodGet, Path: "/v1/city", Tags: []string{"city"},
		Summary: "What city this is, what it has, and its categories",
	}, s.city)
	huma.Register(api, huma.Operation{
		OperationID: "convert", Method: http.MethodGet, Path: "/v1/crs/convert", Tags: []string{"where"},
		Summary: "One position in other coordinate systems",
	}, s.convert)
}

// CityCategory is a category that components of the city have.
type CityCategory struct {
	Kind      grids.Kind `json:"kind"`
	Code      string     `json:"code"`
	Name      string     `json:"name"`
	Major     string     `json:"major"`
	MajorName string     `json:"major_name"`
	Count     int        `json:"count"`
}

// City describes the city as a whole.
type City struct {
	Code        string              `json:"code"`
	Name        string              `json:"name"`
	MadeUp      bool                `json:"made_up" doc:"The city does not exist"`
	Bounds      []web.Degrees       `json:"bounds" doc:"West, south, east, north of the cells"`
	TimeZone    string              `json:"time_zone"`
	Scheme      string              `json:"scheme" doc:"The category system"`
	GCJ02       bool                `json:"gcj02" doc:"Conversion from and to GCJ-02 and BD-09 is on"`
	CityGrid    bool                `json:"city_grid" doc:"crs city is known"`
	ZonesBy     string              `json:"zones_by" enum:"cell,geometry"`
	Attribution string              `json:"attribution"`
	Counts      map[grids.Layer]int `json:"counts"`
	Categories  []CityCategory      `json:"categories"`
	CityVersion int64               `json:"city_version"`
}

type cityOutput struct{ Body City }

func (s *server) city(context.Context, *struct{}) (*cityOutput, error) {
	snap := s.live.Current()
	c := snap.City
	out := City{
		Code: c.Code, Name: c.Name, MadeUp: c.MadeUp, Bounds: degreesOf(snap.Box(grids.Cells)),
		TimeZone: c.TimeZone.String(), Scheme: c.Scheme, GCJ02: c.Offset, CityGrid: c.Grid != nil, ZonesBy: "cell",
		Attribution: c.Attribution, Counts: map[grids.Layer]int{grids.Units: snap.Count(grids.Units)},
		Categories: []CityCategory{}, CityVersion: c.Version,
	}
	if c.ZonesByGeometry {
		out.ZonesBy = "geometry"
	}
	for _, l := range grids.MapLayers() {
		out.Counts[l] = snap.Count(l)
	}
	counts := map[string]int{}
	for i := range snap.All(grids.Components) {
		counts[snap.Component(i).Category]++
	}
	for _, cat := range snap.Catalogue.All() {
		if n := counts[cat.Code]; n > 0 && cat.Kind == grids.ComponentKind {
			row := CityCategory{Kind: cat.Kind, Code: cat.Code, Name: cat.Name, Major: cat.Major, Count: n}
			if m := snap.Catalogue.Find(cat.Kind, cat.Major); m != nil {
				row.MajorName = m.Name
			}
			out.Categories = append(out.Categories, row)
		}
	}
	return &cityOutput{out}, nil
}

func degreesOf(b spatial.Box) []web.Degrees {
	if b.Empty() {
		return nil
	}
	return []web.Degrees{web.Degrees(b.Min.Lon()), web.Degrees(b.Min.Lat()), web.Degrees(b.Max.Lon()), web.Degrees(b.Max.Lat())}
}

type convertInput struct {
	Lon float64 `query:"lon" required:"true" doc:"Longitude in degrees, or easting in metres"`
	Lat float64 `query:"lat" required:"true" doc:"Latitude in degrees, or northing in metres"`
	CRS string  `query:"crs" doc:"What lon and lat are in; default cgcs2000"`
	To  string  `query:"to" required:"true" maxLength:"200" doc:"Coordinate systems, separated by commas"`
}

// Converted is a position in another system: degrees, or easting and northing
// in metres.
type Converted struct {
	CRS string  `json:"crs"`
	Lon float64 `json:"lon"`
	Lat float64 `json:"lat"`
}

// maxAstray is how far a latitude may be off, in degrees, when it is converted
// there and back: ten lattice units, where every system keeps a tenth of one.
const maxAstray = 1e-6

type convertOutput struct {
	Body struct {
		Position terms.Position `json:"position"`
		To       []Converted    `json:"to"`
	}
}

func (s *server) convert(_ context.Context, in *convertInput) (*convertOutput, error) {
	out, err := s.converted(in)
	if err != nil {
		return nil, web.Report(s.log, err)
	}
	return out, nil
}

func (s *server) converted(in *convertInput) (*convertOutput, error) {
	city := s.live.Current().City
	from, err := terms.System(city, "crs", in.CRS)
	if err != nil {
		return nil, err
	}
	at, err := terms.ToLattice(from, in.Lon, in.Lat)
	if err != nil {
		return nil, err
	}
	out := &convertOutput{}
	out.Body.Position = terms.Position{Lon: web.Degrees(at.Lon()), Lat: web.Degrees(at.Lat()), CRS: "cgcs2000"}
	for name := range strings.SplitSeq(in.To, ",") {
		if name == "" {
			return nil, web.Refuse("to", in.To, "a name is empty", crs.ErrUnknown)
		}
		to, err := terms.System(city, "to", name)
		if err != nil {
			return nil, err
		}
		x, y := to.FromCGCS2000(at.Lon(), at.Lat())
		if err := to.Check(x, y); err != nil {
			return nil, web.Refuse("to", name, "the position has no coordinates there: "+err.Error(), err)
		}
		// Web Mercator moves what lies beyond its edge onto it.
		if _, lat := to.ToCGCS2000(x, y); !(math.Abs(lat-at.Lat()) <= maxAstray) {
			return nil, web.Refuse("to", name, "the position has no coordinates there", crs.ErrOutOfRange)
		}
		out.Body.To = append(out.Body.To, Converted{to.Name(), round(x, to.Geographic()), round(y, to.Geographic())})
	}
	return out, nil
}
