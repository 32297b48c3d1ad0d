package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// claimKind is one of the two kinds of claims; it names the path.
type claimKind string

const (
	ownershipClaims claimKind = "ownership"
	rulingClaims    claimKind = "rulings"
)

// Claim is an ownership record or a ruling.
type Claim struct {
	ID        int64          `json:"id" doc:"Its number, which traces of decisions name"`
	Subject   Subject        `json:"subject"`
	Unit      string         `json:"unit"`
	Evidence  string         `json:"evidence"`
	DecidedBy string         `json:"decided_by"`
	Valid     terms.Validity `json:"valid"`
	Version   int64          `json:"version" doc:"The city's version that brought it"`
}

// Subject is what a claim is about: a component, an ownership area, or all
// within within_m metres of a position or a line, narrowed to classes.
type Subject struct {
	Component string          `json:"component,omitempty"`
	Area      string          `json:"area,omitempty"`
	Line      [][]web.Degrees `json:"line,omitempty" doc:"[lon, lat] each"`
	WithinM   web.Metres      `json:"within_m,omitempty"`
	Kind      grids.Kind      `json:"kind,omitempty"`
	Category  string          `json:"category,omitempty" doc:"Codes of the city's scheme or how they begin, separated by commas"`
}

// NewClaim is a claim as it was stored.
type NewClaim struct {
	Claim
	CityVersion int64 `json:"city_version"`
}

// ClaimList is a page of claims.
type ClaimList struct {
	Claims      []Claim `json:"claims" doc:"In the order they were added"`
	Next        string  `json:"next,omitempty" doc:"The cursor of the next page; none after the last"`
	CityVersion int64   `json:"city_version" doc:"That of the newest claim or later"`
}

func (s *server) describeClaims(api huma.API, k claimKind, what string) {
	text, number := huma.Schema{Type: huma.TypeString}, huma.Schema{Type: huma.TypeNumber}
	doc := func(doc string) *huma.Schema { return &huma.Schema{Type: huma.TypeString, Description: doc} }
	point := &huma.Schema{Type: huma.TypeArray, Items: &number}
	object := func(required []string, members map[string]*huma.Schema) *huma.Schema {
		return &huma.Schema{Type: huma.TypeObject, Properties: members, Required: required, AdditionalProperties: false}
	}
	path := "/v1/" + string(k)
	s.doc.AddOperation(&huma.Operation{
		OperationID: "list-" + string(k), Method: http.MethodGet, Path: path, Tags: []string{"dispatch"}, Summary: what + ": all of them",
		Parameters: []*huma.Param{
			web.QueryParam("cursor", "next of the page before; default the beginning", "string", false),
			web.QueryParam("limit", "At most so many; default 100, at most 10,000", "integer", false),
		},
		Responses: map[string]*huma.Response{"200": web.JSONResponse(api, "A page", ClaimList{}), "default": web.ProblemResponse(api)},
	})
	op := &huma.Operation{
		OperationID: "add-" + string(k), Method: http.MethodPost, Path: path, Summary: what + ": a new one",
		Description: "It is never changed: a newer one about the same takes its place from its first day. The next decision goes by it.",
	}
	s.describe(api, op, "201", web.TypeJSON, map[string]*huma.Schema{
		"subject": object(nil, map[string]*huma.Schema{
			"component": &text, "area": doc("The code of an ownership area"), "crs": doc("Of line; default cgcs2000"),
			"line":     {Type: huma.TypeArray, Items: point, Description: "[lon, lat] each: one, or a line of at most 200 that nowhere turns by a right angle"},
			"within_m": {Type: huma.TypeNumber, Description: "Of line: above 0, at most 500"},
			"kind":     &text, "category": doc("Codes of the city's scheme or how they begin, separated by commas; with kind"),
		}),
		"unit": &text, "evidence": doc("What it rests on: the number of a document"), "decided_by": &text,
		"valid": object(nil, map[string]*huma.Schema{"from": doc("Date or time; default now, null for ever before"), "to": doc("Default open")}),
	}, "subject", "unit", "evidence")
	op.Tags = []string{"dispatch"}
	op.Responses["201"] = web.JSONResponse(api, "As it was stored", NewClaim{})
}

// claims is GET /v1/ownership and GET /v1/rulings.
func (s *server) claims(c echo.Context, k claimKind) error {
	params, err := web.Parameters(c, "cursor", "limit")
	if err != nil {
		return err
	}
	d, err := s.decider()
	if err != nil {
		return err
	}
	limit, after := web.DefaultLimit, int64(0)
	if text, ok := params.Find("limit"); ok {
		if limit, err = strconv.Atoi(text); err != nil || limit < 1 || limit > web.MaxLimit {
			return web.Refuse("limit", text, fmt.Sprintf("1 to %d", web.MaxLimit), web.ErrMalformed)
		}
	}
	if text, ok := params.Find("cursor"); ok {
		if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < 1 {
			return web.Refuse("cursor", text, "none that was given out", web.ErrMalformed)
		}
	}
	book, snap := d.book.Load(), s.live.Current()
	out := ClaimList{Claims: []Claim{}, CityVersion: max(book.version, snap.City.Version)}
	page, more := pageOf(book.of(k), after, limit)
	for _, claim := range page {
		out.Claims = append(out.Claims, claimBody(snap, claim))
	}
	if more {
		out.Next = strconv.FormatInt(out.Claims[len(out.Claims)-1].ID, 10)
	}
	return c.JSON(http.StatusOK, out)
}

// claimRows are the claims of a kind, by their order.
type claimRows struct {
	n  int
	at func(i int) *grids.Claim
}

func (b *claimBook) of(k claimKind) claimRows {
	if k == rulingClaims {
		return claimRows{len(b.rulings), func(i int) *grids.Claim { return &b.rulings[i].Claim }}
	}
	return claimRows{len(b.records), func(i int) *grids.Claim { return &b.records[i].Claim }}
}

// pageOf returns at most limit claims after the one with the number. A cursor is
// such a number: claims are only added, so that it stays good for ever.
func pageOf(rows claimRows, after int64, limit int) (page []*grids.Claim, more bool) {
	numbers := make([]int64, rows.n)
	for i := range numbers {
		numbers[i] = rows.at(i).ID
	}
	from, found := slices.BinarySearchFunc(numbers, after, cmp.Compare[int64])
	if found {
		from++
	}
	to := min(from+limit, rows.n)
	for i := from; i < to; i++ {
		page = append(page, rows.at(i))
	}
	return page, to < rows.n
}

func claimBody(s *grids.Snapshot, c *grids.Claim) Claim {
	out := Claim{
		ID: c.ID, Unit: c.Unit, Evidence: c.Evidence, DecidedBy: c.DecidedBy, Valid: *terms.ValidityOf(s, c.Valid), Version: c.Version,
		Subject: Subject{Component: c.Subject.Component, Area: c.Subject.Area, WithinM: web.Metres(c.Subject.WithinM), Kind: c.Subject.Kind, Category: c.Subject.Category},
	}
	for _, p := range c.Subject.Line {
		out.Subject.Line = append(out.Subject.Line, []web.Degrees{web.Degrees(p.Lon()), web.Degrees(p.Lat())})
	}
	return out
}

// addClaim is POST /v1/ownership and POST /v1/rulings.
func (s *server) addClaim(c echo.Context, k claimKind) error {
	a, err := s.readEdit(c, web.TypeJSON)
	if err != nil {
		return err
	}
	d, err := s.decider()
	if err != nil {
		return err
	}
	if a.ifMatch != "" {
		return web.Refuse("If-Match", a.ifMatch, "a claim is added, nothing is changed", web.ErrMalformed)
	}
	claim, err := a.claim(s.keeper.Now())
	if err != nil {
		return err
	}
	n := cityfile.NewClaims{
		Claims: []grids.Claim{*claim}, Actor: a.actor, Key: a.key, At: s.keeper.Now(),
		Answer: func(stored []grids.Claim) (string, error) {
			body, err := json.Marshal(NewClaim{claimBody(a.snap, &stored[0]), stored[0].Version})
			return string(body) + "\n", err
		},
		Applied: func(version int64, stored []grids.Claim) { d.claimed(k, version, stored) },
	}
	if a.key != "" {
		n.Hash = a.hash(c)
	}
	add := s.keeper.Store().AddOwnership
	if k == rulingClaims {
		add = s.keeper.Store().AddRulings
	}
	answer, err := add(c.Request().Context(), n)
	if err != nil {
		if err = s.editFault(err, &cityfile.Edit{Layer: grids.Layer(k)}); errors.Is(err, web.ErrBusy) {
			c.Response().Header().Set("Retry-After", "1")
		}
		return err
	}
	if err := d.catchUp(); err != nil { // it is stored none the less
		s.log.Error("dispatch goes on by the claims from before", "error", err)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSONBlob(http.StatusCreated, []byte(answer))
}
