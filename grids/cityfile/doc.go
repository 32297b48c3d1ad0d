// Package cityfile keeps one city in one GeoPackage file, which desktop GIS
// opens as it is.
//
// [Create] writes a city to a new file; [Open] gives a [Store], the only
// writer of an existing one; [Store.Load] reads the city for a snapshot. A
// [Keeper] holds a store and the snapshot served of it together: edits and
// reloads go through it. [Store.Feed] tells what changed.
//
// Guarantees:
//   - Create is all or nothing: the file appears under its name when it is
//     whole and on disk. A file that holds cases or is open elsewhere is not
//     replaced.
//   - A write is answered only once it is durable (WAL, synchronous=FULL). All
//     writes go through one goroutine, which commits the waiting ones together.
//   - Every committed write raises city_version by one and leaves its row in
//     the change table, in the same transaction.
//   - An edit that the keeper has answered is durable and in every later read.
//     Published is what is committed, in that order.
//   - A file of an older schema is migrated when it is opened, and a copy of it
//     is kept; one of a newer schema is refused and not touched.
//   - After Close the file needs no companion: no -wal, journal mode DELETE.
//
// Coordinates are stored as degrees in EPSG:4490 rounded to 1e-7, times as
// RFC 3339 with offset, codes as text. The tables: cityfile.md of the design
// and schema.go.
package cityfile
