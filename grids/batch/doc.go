// Package batch answers "where is it" for tables of any length in constant
// memory: [CSV] and [NDJSON] copy a stream of rows and add the cell and the
// chain above it to each.
//
//	Reader ──pump──▶ chunks ──split──▶ blocks of whole rows ──workers──▶ in order ──▶ Writer
//
// What came in goes out byte for byte: encoding, quotes and line ends of the
// input are kept, the answer is appended in the same encoding (UTF-8 with or
// without BOM, GBK and GB18030). A row that cannot be answered says why in its
// own error column and costs only itself: after a quote that is not closed,
// reading goes on with the next line. Blank lines are dropped, and the last row
// always ends with a line end.
//
// A row may have maxRecord bytes (1 MiB), line ends within quotes included.
// Memory is bounded by that and the number of workers, about 20 MB at the most.
//
// Cost beside the lookup itself: 120 to 160 ns a row of 50 bytes on one core,
// no more than encoding/csv needs to read it (BenchmarkCSV), and no allocation
// for plain rows.
package batch
