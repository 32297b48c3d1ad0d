// Package statistics answers questions about the cases of the past: /v1/stats. What
// is computed is grids/stats'; here are the questions with their limits, the work
// beside the requests, and the answers in words, tables and map layers.
//
//	POST /v1/stats/{name} ─▶ question ─▶ job, two at a time ─▶ answer, or 202 and
//	                                      │                    GET …/jobs/{id}, …/events
//	                                      └─▶ map layer        GET …/layers/{id}.geojson
//
// [New] makes what works them out, from the [Cases] of a city; [Routes] adds the
// routes to a server, which says in [Host] what they need of it. Answers are in
// memory only.
package statistics
