// Package web is what all routes of the API go through: how a request is read, an
// error told, an answer sent, a route described. It knows no route and asks no city.
//
//	           NewRouter (headers, HEAD, panics, one reading of queries and paths)
//	              │
//	request ─▶ Parameters, ReadBody, ReadMembers ─▶ a route ─▶ SendJSON, SendEncoded, Layer, Duplex
//	              │                                    │
//	              └──────── Refuse, Err… ◀─────────────┘
//	                          │
//	                        the one table of errors (errors.go) ─▶ Problem (RFC 9457)
//
// Begin with [NewRouter]. A handler returns what [Refuse] makes, which names the
// parameter or member at fault; which status and code it gets stands in the table.
// Limits come before work (limits.go).
package web
