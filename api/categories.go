package api

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
)

// categoryRoutes tells the categories and what they are in other schemes.
func (s *server) categoryRoutes(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "list-categories", Method: http.MethodGet, Path: "/v1/categories", Tags: []string{"city"},
		Summary: "Categories of a scheme, each with its counterparts in the other schemes",
	}, s.categories)
}

type categoriesInput struct {
	Scheme string `query:"scheme" maxLength:"64" doc:"Default the city's own"`
	Kind   string `query:"kind" enum:"component,event" doc:"Default both"`
}

type categoriesOutput struct{ Body Categories }

// Categories is the list of one scheme.
type Categories struct {
	Scheme      string        `json:"scheme"`
	Schemes     []string      `json:"schemes" doc:"In which categories may be asked for, the city's own first"`
	Categories  []CategoryRow `json:"categories" doc:"By kind and code"`
	CityVersion int64         `json:"city_version"`
}

// CategoryRow is a major or minor with its counterparts.
type CategoryRow struct {
	Kind          grids.Kind               `json:"kind"`
	Code          string                   `json:"code"`
	Name          string                   `json:"name"`
	Major         string                   `json:"major" doc:"Empty for a major"`
	AccuracyClass string                   `json:"accuracy_class"`
	Equivalent    string                   `json:"equivalent" doc:"What the city's file names as the same class, as scheme:code"`
	Counterparts  map[string][]Counterpart `json:"counterparts" doc:"By scheme; an empty list where the lists know of none"`
}

// Counterpart is a category of another scheme.
type Counterpart struct {
	Code      string          `json:"code"`
	Name      string          `json:"name"`
	Certainty grids.Certainty `json:"certainty" enum:"same,exact-name,by-rule,near-name,narrower,wider,overlaps" doc:"How it is known, and what the counterpart is to the category asked for"`
}

func counterpartsOf(found []grids.Counterpart) []Counterpart {
	out := make([]Counterpart, len(found))
	for i, f := range found {
		out[i] = Counterpart{f.Code, f.Name, f.Certainty}
	}
	return out
}

func (s *server) categories(_ context.Context, in *categoriesInput) (*categoriesOutput, error) {
	out, err := listCategories(s.live.Current(), in)
	if err != nil {
		return nil, web.Report(s.log, err)
	}
	return &categoriesOutput{*out}, nil
}

func listCategories(snap *grids.Snapshot, in *categoriesInput) (*Categories, error) {
	c := snap.Catalogue
	out := &Categories{Scheme: in.Scheme, Schemes: c.Schemes(), Categories: []CategoryRow{}, CityVersion: snap.City.Version}
	if out.Scheme == "" {
		out.Scheme = snap.City.Scheme
	}
	if !slices.Contains(out.Schemes, out.Scheme) {
		return nil, web.Refuse("scheme", in.Scheme, "there are "+strings.Join(out.Schemes, ", "), web.ErrCategory)
	}
	list, err := c.Scheme(out.Scheme)
	if err != nil {
		return nil, err
	}
	for i := range list {
		cat := &list[i]
		if in.Kind != "" && in.Kind != string(cat.Kind) {
			continue
		}
		row := CategoryRow{
			Kind: cat.Kind, Code: cat.Code, Name: cat.Name, Major: cat.Major,
			AccuracyClass: cat.AccuracyClass, Equivalent: cat.Equivalent, Counterparts: map[string][]Counterpart{},
		}
		for _, to := range out.Schemes {
			if to == out.Scheme {
				continue
			}
			found, err := c.Counterparts(cat, to)
			if err != nil {
				return nil, err
			}
			row.Counterparts[to] = counterpartsOf(found)
		}
		out.Categories = append(out.Categories, row)
	}
	return out, nil
}

// AskedCategory says how a category of another scheme was understood.
type AskedCategory struct {
	Scheme string        `json:"scheme"`
	Code   string        `json:"code"`
	As     []Counterpart `json:"as" doc:"The city's minors that were looked for. One that is wider or overlaps brings other things too"`
}

// ofCategory makes the filter for the category asked for; nil accepts all. What
// was asked for in another scheme comes with what it was taken for.
func ofCategory(snap *grids.Snapshot, in *nearestInput) (keep func(i int32) bool, asked *AskedCategory, err error) {
	if in.Category == "" {
		return nil, nil, nil
	}
	if in.Layer != string(grids.Components) {
		return nil, nil, web.Refuse("category", in.Category, "only components have categories", web.ErrMalformed)
	}
	found, err := snap.Catalogue.Resolve(grids.ComponentKind, in.Category)
	if err != nil {
		return nil, nil, web.Refuse("category", in.Category, err.Error(), web.ErrCategory)
	}
	wanted := make(map[string]bool, len(found))
	for _, f := range found {
		wanted[f.Code] = true
	}
	if scheme, code := grids.SplitCategory(in.Category); scheme != "" {
		asked = &AskedCategory{scheme, code, counterpartsOf(found)}
	}
	return func(i int32) bool { return wanted[snap.Component(i).Category] }, asked, nil
}
