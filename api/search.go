package api

import (
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/search"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// maxFound is how many results an answer has at most, foundByDefault how many
// without a limit asked for.
const (
	maxFound       = 100
	foundByDefault = 10
)

// SearchResult is something that matches.
type SearchResult struct {
	Layer string       `json:"layer" enum:"districts,streets,communities,zones,cells,components,addresses,resources,units,position"`
	Code  string       `json:"code" doc:"Empty for a position"`
	Name  string       `json:"name" doc:"Of a position, the spot in words"`
	Kind  string       `json:"kind,omitempty" doc:"Of an address, unit or resource"`
	Full  string       `json:"full,omitempty" doc:"The full address"`
	Lon   *web.Degrees `json:"lon,omitempty" doc:"None for units"`
	Lat   *web.Degrees `json:"lat,omitempty"`
	Match string       `json:"match" enum:"code,name,prefix,contains,pinyin,initials,fuzzy,coordinates" doc:"Why it was found"`
	// DistanceM is given where lon and lat were.
	DistanceM *web.Metres `json:"distance_m,omitempty"`
	CRS       string      `json:"crs,omitempty" doc:"The system in which coordinates were read"`
}

// SearchAnswer is what matches, best first.
type SearchAnswer struct {
	Results     []SearchResult `json:"results"`
	Next        string         `json:"next,omitempty" doc:"The cursor of the next page; none on the last"`
	CityVersion int64          `json:"city_version"`
}

// FoundAddress is an address that was found.
type FoundAddress struct {
	Code    string   `json:"code" doc:"Empty where it lies between two door plates"`
	Name    string   `json:"name"`
	Full    string   `json:"full"`
	Kind    string   `json:"kind" doc:"plate, place, street or area"`
	Match   string   `json:"match" enum:"exact,interpolated,nearest,street" doc:"Whether this is the address itself, a place between two plates, the nearest number or the street alone"`
	Score   float64  `json:"score" doc:"1 where every character asked for is accounted for"`
	Between []string `json:"between,omitempty" doc:"The codes of the two plates"`
}

// AddressResult is an address with the answer for where it is.
type AddressResult struct {
	Address FoundAddress `json:"address"`
	Answer  terms.Answer `json:"answer"`
}

// AddressAnswer is what an address may be, best first.
type AddressAnswer struct {
	Results     []AddressResult `json:"results"`
	CityVersion int64           `json:"city_version"`
}

// searchRoutes answers what is asked in words. The names are indexed by the
// first question after the city was loaded and kept as long as the rows they
// come from.
func (s *server) searchRoutes(e *echo.Echo, api huma.API) {
	e.GET("/v1/search", s.find)
	s.doc.AddOperation(&huma.Operation{
		OperationID: "search", Method: http.MethodGet, Path: "/v1/search", Tags: []string{"where"},
		Summary: "What has this code, name or address, or lies at these coordinates",
		Description: "Best first: the whole code, the whole name or full address, the beginning of one, a part of a name, pinyin, " +
			"its initials, one typing error. Equally good results come by distance from lon and lat, then divisions, zones, addresses, " +
			"units, resources, cells, components and door plates, then by code. Coordinates are read in every system in which they lie in the city, or " +
			"in the one named with them (gcj02 114.35,34.78) or by crs. At most 1,000 results, by page.",
		Parameters: []*huma.Param{
			web.QueryParam("q", "What to look for, at most 200 characters", "string", true),
			web.QueryParam("lon", "What is near lon and lat comes first", "number", false),
			web.QueryParam("lat", "Latitude, with lon", "number", false),
			web.QueryParam("crs", "Coordinate system of lon and lat, default cgcs2000, and of coordinates in q that do not name theirs", "string", false),
			web.QueryParam("limit", "How many results at most, 1 to 100; default 10", "integer", false),
			web.QueryParam("cursor", "next of the page before", "string", false),
		},
		Responses: map[string]*huma.Response{
			"200":     web.JSONResponse(api, "What matches", SearchAnswer{}),
			"default": web.ProblemResponse(api),
		},
	})
}

func (s *server) find(c echo.Context) error {
	params, err := web.Parameters(c, "q", "lon", "lat", "crs", "limit", "cursor")
	if err != nil {
		return err
	}
	text, err := words(&params, "q")
	if err != nil {
		return err
	}
	q := search.Query{Text: text}
	if q.Limit, err = count(&params, "limit", foundByDefault, 1, maxFound); err != nil {
		return err
	}
	if q.Offset, err = count(&params, "cursor", 0, 0, search.MaxResults-q.Limit); err != nil {
		return err
	}
	snap := s.live.Current()
	if q.Near, q.CRS, err = nearby(snap.City, &params); err != nil {
		return err
	}
	found, more := s.names.Index(snap).Search(q)
	answer := SearchAnswer{Results: make([]SearchResult, len(found)), CityVersion: snap.City.Version}
	for i := range found {
		answer.Results[i] = searchResult(&found[i])
	}
	if next := q.Offset + q.Limit; more && next+q.Limit <= search.MaxResults {
		answer.Next = strconv.Itoa(next)
	}
	return sendResults(c, answer)
}

func searchResult(r *search.Result) SearchResult {
	out := SearchResult{Layer: string(r.Layer), Code: r.Code, Name: r.Name, Kind: r.Kind, Full: r.Full, Match: string(r.Match), CRS: r.CRS}
	if !r.Nowhere {
		lon, lat := web.Degrees(r.At.Lon()), web.Degrees(r.At.Lat())
		out.Lon, out.Lat = &lon, &lat
		if !math.IsNaN(r.DistanceM) {
			d := web.Metres(r.DistanceM)
			out.DistanceM = &d
		}
	}
	return out
}

// nearby reads the optional position of a search, and the system it and
// coordinates in the text are in; that is nil where none was named.
func nearby(city *grids.City, params *web.Params) (*spatial.Coord, crs.System, error) {
	sys, err := terms.System(city, "crs", params.Get("crs"))
	if err != nil {
		return nil, nil, err
	}
	asked := sys
	if params.Get("crs") == "" {
		asked = nil
	}
	if params.Get("lon") == "" && params.Get("lat") == "" {
		return nil, asked, nil
	}
	lon, err := web.Coordinate(params, "lon")
	if err != nil {
		return nil, nil, err
	}
	lat, err := web.Coordinate(params, "lat")
	if err != nil {
		return nil, nil, err
	}
	at, err := terms.ToLattice(sys, lon, lat)
	return &at, asked, err
}

// geocodeAddress answers for an address in words.
func (s *server) geocodeAddress(c echo.Context, params *web.Params) error {
	for name, value := range params.All() {
		if name != "address" && name != "limit" {
			return web.Refuse(name, value, "not together with address: ask by address or by lon and lat", web.ErrMalformed)
		}
	}
	text, err := words(params, "address")
	if err != nil {
		return err
	}
	limit, err := count(params, "limit", foundByDefault, 1, maxFound)
	if err != nil {
		return err
	}
	snap := s.live.Current()
	answer := AddressAnswer{Results: []AddressResult{}, CityVersion: snap.City.Version}
	for _, f := range s.names.Index(snap).Addresses(text, limit) {
		answer.Results = append(answer.Results, AddressResult{foundAddress(snap, &f), terms.SingleAnswer(snap, snap.Locate(f.At))})
	}
	return sendResults(c, answer)
}

func foundAddress(s *grids.Snapshot, f *search.Found) FoundAddress {
	out := FoundAddress{Name: f.Name, Full: f.Full, Match: string(f.Fit), Score: f.Score, Kind: grids.PlateAddress}
	if f.Index == spatial.None {
		for _, i := range f.Between {
			out.Between = append(out.Between, s.City.Addresses[i].Code)
		}
		return out
	}
	a := &s.City.Addresses[f.Index]
	out.Code, out.Kind = a.Code, a.Kind
	return out
}

// words reads a text of a person.
func words(params *web.Params, name string) (string, error) {
	text := params.Get(name)
	switch {
	case strings.TrimSpace(text) == "":
		return "", web.Refuse(name, "", "the parameter is missing or empty", web.ErrMalformed)
	case !utf8.ValidString(text):
		return "", web.Refuse(name, strings.ToValidUTF8(text, "?"), "not UTF-8", web.ErrMalformed)
	case utf8.RuneCountInString(text) > search.MaxRunes:
		return "", web.Refuse(name, text, fmt.Sprintf("longer than %d characters", search.MaxRunes), web.ErrMalformed)
	}
	return text, nil
}

// count reads a whole number between two bounds.
func count(params *web.Params, name string, without, least, most int) (int, error) {
	text, ok := params.Find(name)
	if !ok {
		return without, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, web.Refuse(name, text, fmt.Sprintf("not a whole number from %d to %d", least, most), web.ErrMalformed)
	}
	return n, nil
}

func sendResults(c echo.Context, answer any) error {
	body, err := json.Marshal(answer)
	if err != nil {
		return err
	}
	return c.JSONBlob(http.StatusOK, body)
}
