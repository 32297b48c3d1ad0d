// Package report puts the findings of a check into words and files: a summary
// for a terminal, a JSON document for programs, a GeoPackage that desktop GIS
// opens, and one HTML page with a map that needs no network.
//
// Start with [New], which takes the faults of the import and the result of the
// check together; then call Text, JSON, GeoPackage or HTML. Everything is told
// in English and Chinese; where the source has one language only, the other
// says the same words.
//
// The JSON document is the [Report] itself: its members are stable, more may be
// added. A check keeps a bounded number of findings of each rule and counts all
// of them; n of a rule is the count, listed what the document has.
package report
