package web

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// What describes plain handlers in the OpenAPI document, as huma does those that
// it reads for.

// Documented is a value of a kind (huma.TypeString, …) that doc explains.
func Documented(kind, doc string) *huma.Schema { return &huma.Schema{Type: kind, Description: doc} }

// DocumentedHeader is a header of a request.
func DocumentedHeader(name, doc string) *huma.Param {
	return &huma.Param{Name: name, In: "header", Description: doc, Schema: &huma.Schema{Type: huma.TypeString}}
}

// QueryParam is a parameter of a query.
func QueryParam(name, doc, kind string, required bool) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: doc, Required: required, Schema: &huma.Schema{Type: kind}}
}

// JSONResponse is an answer like body, of which only the type counts.
func JSONResponse[T any](api huma.API, doc string, _ T) *huma.Response {
	schema := huma.SchemaFromType(api.OpenAPI().Components.Schemas, reflect.TypeFor[T]())
	return &huma.Response{Description: doc, Content: map[string]*huma.MediaType{TypeJSON: {Schema: schema}}}
}

// EitherResponse is an answer of one of two kinds.
func EitherResponse[A, B any](api huma.API, doc string, _ A, _ B) *huma.Response {
	all := api.OpenAPI().Components.Schemas
	schema := &huma.Schema{OneOf: []*huma.Schema{huma.SchemaFromType(all, reflect.TypeFor[A]()), huma.SchemaFromType(all, reflect.TypeFor[B]())}}
	return &huma.Response{Description: doc, Content: map[string]*huma.MediaType{TypeJSON: {Schema: schema}}}
}

// ProblemResponse is every answer that is an error.
func ProblemResponse(api huma.API) *huma.Response {
	schema := huma.SchemaFromType(api.OpenAPI().Components.Schemas, reflect.TypeFor[Problem]())
	return &huma.Response{Description: "What is wrong", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}}
}
