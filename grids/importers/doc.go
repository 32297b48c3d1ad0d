// Package importers turns the files a city has into a [grids.City].
//
// One mapping file, city.yaml ([ReadMapping]), says which file is which layer,
// which column is the code, the name, the parent, the category, and in which
// coordinate system each file is. [Import] reads the files one after the other:
//
//	file ─▶ record ─▶ to CGCS2000 ─▶ lattice ─▶ row of a layer ─▶ parents by geometry ─▶ City
//
// What is wrong with the data is collected in a [grids.Report] with file,
// feature, reason and hint, never only the first fault. Errors mean that the
// city must not be used; warnings tell.
//
// Formats: GeoJSON, newline-delimited GeoJSON, CSV and .xlsx with two coordinate
// columns, GeoPackage, Shapefile; the first three also gzipped, the last also
// zipped. Tables of attributes and units have no place. Texts may be GBK.
//
// A table of another system's cases is read by a mapping of its own, cases.yaml
// ([ReadCasesMapping]), row by row ([CaseReader]).
//
// Every length read from a file is checked against the bytes that are there, and
// what unpacks to more than 100 times its size or 2 GB is refused.
package importers
