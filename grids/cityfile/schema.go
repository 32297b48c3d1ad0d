package cityfile

import "github.com/wanmi-gis/wanmi/grids"

// SchemaVersion is the version this program writes. It grows with each
// migration, and only so.
const SchemaVersion = 6

// userVersion is what GeoPackage 1.3 asks for in PRAGMA user_version.
const userVersion = 10300

// baseSchema is version 1: the city as a whole, units and categories. The
// layers are made beside it from the table of layers.go.
const baseSchema = `
CREATE TABLE wanmi_meta (
	key TEXT NOT NULL PRIMARY KEY,
	value TEXT NOT NULL
);
CREATE TABLE units (
	fid INTEGER PRIMARY KEY AUTOINCREMENT,
	code TEXT NOT NULL,
	name TEXT NOT NULL,
	kind TEXT NOT NULL DEFAULT '',
	parent TEXT NOT NULL DEFAULT '',
	territory TEXT NOT NULL DEFAULT '[]',
	contact TEXT NOT NULL DEFAULT '',
	valid_from TEXT,
	valid_to TEXT
);
CREATE UNIQUE INDEX units_code ON units (code, coalesce(valid_from, ''));
CREATE TABLE categories (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	scheme TEXT NOT NULL,
	kind TEXT NOT NULL,
	code TEXT NOT NULL,
	major TEXT NOT NULL DEFAULT '',
	name TEXT NOT NULL,
	accuracy_class TEXT NOT NULL DEFAULT '',
	equivalent TEXT NOT NULL DEFAULT '',
	UNIQUE (scheme, kind, code)
);
`

// migrations lead from one schema version to the next; migrations[i] makes
// version i+2. They are never edited once released.
var migrations = [...]string{
	// 2: what is decided and what changes: ownership, rulings, deadlines, the
	// feed and the answers kept for repeated writes.
	`
CREATE TABLE ownership (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	what TEXT NOT NULL, unit TEXT NOT NULL, evidence TEXT NOT NULL DEFAULT '',
	decided_by TEXT NOT NULL DEFAULT '', valid_from TEXT, valid_to TEXT,
	version INTEGER NOT NULL
);
CREATE TABLE rulings (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	what TEXT NOT NULL, unit TEXT NOT NULL, evidence TEXT NOT NULL DEFAULT '',
	decided_by TEXT NOT NULL DEFAULT '', valid_from TEXT, valid_to TEXT,
	version INTEGER NOT NULL
);
CREATE TABLE conditions (
	scheme TEXT NOT NULL, kind TEXT NOT NULL, minor TEXT NOT NULL, code TEXT NOT NULL,
	text TEXT NOT NULL DEFAULT '', stage TEXT NOT NULL DEFAULT '',
	"limit" REAL NOT NULL, unit TEXT NOT NULL,
	PRIMARY KEY (scheme, kind, minor, code, stage)
);
CREATE TABLE calendar (
	date TEXT NOT NULL PRIMARY KEY,
	working INTEGER NOT NULL,
	name TEXT NOT NULL DEFAULT ''
);
CREATE TABLE change (
	seq INTEGER PRIMARY KEY AUTOINCREMENT,
	epoch TEXT NOT NULL, kind TEXT NOT NULL, key TEXT NOT NULL,
	version INTEGER NOT NULL, at TEXT NOT NULL, body TEXT NOT NULL DEFAULT ''
);
CREATE TABLE idempotency (
	key TEXT NOT NULL PRIMARY KEY,
	body_hash TEXT NOT NULL, answer TEXT NOT NULL, at TEXT NOT NULL
);
`,
	// 3: what live edits need: the version of each row that was edited, beside
	// the layers so that these stay as desktop GIS knows them and a row that
	// was never edited costs nothing; and the kept answers by their age.
	`
CREATE TABLE row_version (
	layer TEXT NOT NULL, fid INTEGER NOT NULL, version INTEGER NOT NULL,
	PRIMARY KEY (layer, fid)
) WITHOUT ROWID;
CREATE INDEX idempotency_at ON idempotency (at);
`,
	// 4: the cases.
	caseSchema,
	// 5: when the lamp of a case turns yellow; the cases by when they were over.
	yellowSchema + closedSchema,
	// 6: lists by cell; whether a commit changed the city.
	listSchema + touchSchema,
}

// layerTriggers are made once the layers stand; they belong to the migration of
// their version.
var layerTriggers = map[int]string{4: retiredTriggers(), 6: touchTriggers()}

// update3 replaces the r-tree trigger that geom v0.1.0 takes from GeoPackage 1.2,
// which misses a change of fid that leaves the geometry alone. GDAL puts it
// right too, which would look like another program's change.
const update3 = `
DROP TRIGGER rtree_%[1]s_geom_update3;
CREATE TRIGGER rtree_%[1]s_geom_update3 AFTER UPDATE ON "%[1]s"
	WHEN OLD."fid" != NEW."fid" AND (NEW."geom" NOTNULL AND NOT ST_IsEmpty(NEW."geom"))
BEGIN
	DELETE FROM "rtree_%[1]s_geom" WHERE id = OLD."fid";
	INSERT OR REPLACE INTO "rtree_%[1]s_geom" VALUES (NEW."fid",
		ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"), ST_MinY(NEW."geom"), ST_MaxY(NEW."geom"));
END;`

// layerOrder is the order in which layers are written, read and listed.
var layerOrder = [...]grids.Layer{
	grids.Districts, grids.Streets, grids.Communities, grids.Zones, grids.Cells, grids.Components,
	grids.Addresses, grids.Resources, grids.BaseRoads, grids.BaseWater, grids.BaseGreen, grids.BaseBuildings,
	grids.OwnershipAreas,
}

// wkt4490 is EPSG:4490 as the table of reference systems has it.
const wkt4490 = `GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",` +
	`SPHEROID["CGCS2000",6378137,298.257222101,AUTHORITY["EPSG","1024"]],AUTHORITY["EPSG","1043"]],` +
	`PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],` +
	`AUTHORITY["EPSG","4490"]]`

// wkt4326 is EPSG:4326, which every GeoPackage must list.
const wkt4326 = `GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,` +
	`AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],` +
	`UNIT["degree",0.0174532925199433,AUTHORITY["EPSG","9122"]],AUTHORITY["EPSG","4326"]]`
