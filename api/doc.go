// Package api is the HTTP face of wanmi and nothing else: it reads requests,
// asks a [grids.Snapshot], and writes answers. The contract is served at
// /openapi.json.
//
// [New] makes the handler. A request takes the snapshot once and answers wholly
// from it, so that no answer mixes two versions of the city. The rooms, of which
// each knows those above it only:
//
//	web          requests, errors, answers: what all routes go through
//	terms        positions, places, cases, units: asked and told in the same words
//	heatmap      /heat, /wmts        statistics  /v1/stats
//	api          all other routes; it joins the rooms to one server
//
// HEAD is answered wherever GET is. A parameter given twice or unknown is
// refused, never half read.
//
// Errors are RFC 9457 problem documents with a stable code; which error has
// which status and code stands in one table (web/errors.go). Limits come before
// work: on the head and body, on every count and radius, on the layers of a
// tile.
package api
