package web

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

func Documented(kind, doc string) *huma.Schema { return &huma.Schema{Type: kind, Description: doc} }

func DocumentedHeader(name, doc string) *huma.Param {
	return &huma.Param{Name: name, In: "header", Description: doc, Schema: &huma.Schema{Type: huma.TypeString}}
}

// QueryParam, JSONResponse and ProblemResponse describe the plain handlers in
// the OpenAPI document.
func QueryParam(name, doc, kind string, required bool) *huma.Param {
	return &huma.Param{Name: name, In: "query", Description: doc, Required: required, Schema: &huma.Schema{Type: kind}}
}

func JSONResponse[T any](api huma.API, doc string, body T) *huma.Response {
	schema := huma.SchemaFromType(api.OpenAPI().Components.Schemas, reflect.TypeOf(body))
	return &huma.Response{Description: doc, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}

func ProblemResponse(api huma.API) *huma.Response {
	schema := huma.SchemaFromType(api.OpenAPI().Components.Schemas, reflect.TypeOf(Problem{}))
	return &huma.Response{Description: "What is wrong", Content: map[string]*huma.MediaType{"application/problem+json": {Schema: schema}}}
}

// EitherResponse describes an answer of one of two kinds.
func EitherResponse[A, B any](api huma.API, doc string, a A, b B) *huma.Response {
	all := api.OpenAPI().Components.Schemas
	schema := &huma.Schema{OneOf: []*huma.Schema{huma.SchemaFromType(all, reflect.TypeOf(a)), huma.SchemaFromType(all, reflect.TypeOf(b))}}
	return &huma.Response{Description: doc, Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
}
