package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
)

// featureLayers are the layers whose rows can be asked for by code.
var featureLayers = []grids.Layer{
	grids.Cells, grids.Zones, grids.Communities, grids.Streets, grids.Districts, grids.Components,
	grids.Addresses, grids.Resources, grids.Units,
}

// featureRoutes answers for single features and for what is near.
func (s *server) featureRoutes(api huma.API) {
	for _, l := range featureLayers {
		one := strings.TrimSuffix(string(l), "s")
		switch l {
		case grids.Communities:
			one = "community"
		case grids.Addresses:
			one = "address"
		}
		huma.Register(api, huma.Operation{
			OperationID: "get-" + one, Method: http.MethodGet, Path: "/v1/" + string(l) + "/{code}", Tags: []string{"features"},
			Summary: "One " + one + " by its code",
		}, func(_ context.Context, in *featureInput) (*featureOutput, error) { return s.feature(l, in) })
	}
	huma.Register(api, huma.Operation{
		OperationID: "nearest", Method: http.MethodGet, Path: "/v1/nearest", Tags: []string{"where"},
		Summary: "What is nearest to a position, by distance in metres",
	}, s.nearest)
}

type featureInput struct {
	Code string `path:"code" maxLength:"128"`
	At   string `query:"at" doc:"The city as of this date or time"`
}

type featureOutput struct {
	ETag string `header:"ETag" doc:"Of what can be edited, for If-Match"`
	Body featureBody
}

// featureBody is a feature with the version it is of.
type featureBody struct {
	Feature
	CityVersion int64 `json:"city_version"`
}

func (s *server) feature(l grids.Layer, in *featureInput) (*featureOutput, error) {
	snap, err := s.at(in.At)
	if err != nil {
		return nil, web.Report(s.log, err)
	}
	f, err := find(snap, l, in.Code)
	if err != nil {
		return nil, web.Report(s.log, err)
	}
	out := &featureOutput{Body: featureBody{*f, snap.City.Version}}
	if in.At == "" {
		out.ETag = rowTag(snap, l, in.Code)
	}
	return out, nil
}

type nearestInput struct {
	Lon      float64 `query:"lon" required:"true" doc:"Longitude in degrees, or easting in metres"`
	Lat      float64 `query:"lat" required:"true" doc:"Latitude in degrees, or northing in metres"`
	CRS      string  `query:"crs" doc:"Default cgcs2000"`
	Layer    string  `query:"layer" required:"true" enum:"components,resources,addresses" doc:"What is looked for"`
	Category string  `query:"category" maxLength:"128" doc:"Components of this minor category, or of all of a major: a code of the city's scheme, or scheme:code of another, such as gbt30428.2-2013:0137"`
	K        int     `query:"k" default:"5" minimum:"1" maximum:"100" doc:"At most so many"`
	RadiusM  float64 `query:"radius_m" default:"1000" doc:"At most so far away, in metres"`
}

type nearestOutput struct {
	Body struct {
		Type        string         `json:"type" enum:"FeatureCollection"`
		Features    []Feature      `json:"features" doc:"Nearest first, ties by code; properties.distance_m"`
		Position    terms.Position `json:"position"`
		Category    *AskedCategory `json:"category,omitempty" doc:"How a category of another scheme was understood"`
		CityVersion int64          `json:"city_version"`
	}
}

func (s *server) nearest(_ context.Context, in *nearestInput) (*nearestOutput, error) {
	out, err := s.near(in)
	if err != nil {
		return nil, web.Report(s.log, err)
	}
	return out, nil
}

func (s *server) near(in *nearestInput) (*nearestOutput, error) {
	snap := s.live.Current()
	if !(in.RadiusM > 0 && in.RadiusM <= terms.MaxRadiusM) { // also for NaN
		return nil, web.Refuse("radius_m", "", "above 0 and at most 50000", web.ErrMalformed)
	}
	sys, err := terms.System(snap.City, "crs", in.CRS)
	if err != nil {
		return nil, err
	}
	at, err := terms.ToLattice(sys, in.Lon, in.Lat)
	if err != nil {
		return nil, err
	}
	keep, asked, err := ofCategory(snap, in)
	if err != nil {
		return nil, err
	}
	layer := grids.Layer(in.Layer)
	out := &nearestOutput{}
	out.Body.Type, out.Body.Features = "FeatureCollection", []Feature{}
	out.Body.Position = terms.Position{Lon: web.Degrees(at.Lon()), Lat: web.Degrees(at.Lat()), CRS: "cgcs2000"}
	out.Body.Category, out.Body.CityVersion = asked, snap.City.Version
	for _, n := range snap.Nearest(layer, at, min(in.K, maxNeighbours), in.RadiusM, keep) {
		f := featureOf(snap, layer, n.Index)
		f.Properties["distance_m"] = web.Metres(n.DistanceM)
		out.Body.Features = append(out.Body.Features, *f)
	}
	return out, nil
}
