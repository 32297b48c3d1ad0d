package cityfile

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Recorded is where a write of what happens in the city stands.
type Recorded struct {
	CityVersion int64  // that held then
	Cursor      Cursor // of its entry in the feed
}

// Record is Write for what happens in the city without changing it, such as a
// step of a case: city_version stays, and apply is told which one holds. What
// apply did and the entry in the feed are durable together when it returns.
func (s *Store) Record(ctx context.Context, apply func(tx *sql.Tx, cityVersion int64) (Change, error)) (Recorded, error) {
	r := &request{ctx: ctx, quiet: true, apply: apply}
	if err := s.submit(r); err != nil {
		return Recorded{}, err
	}
	return Recorded{r.version, Cursor{s.epoch, r.seq}}, nil
}

// RecordAll is Record for several steps that happen together: each becomes an
// entry of its own in the feed, in their order, and the cursor is that of the
// last. No step at all is an error.
func (s *Store) RecordAll(ctx context.Context, apply func(tx *sql.Tx, cityVersion int64) ([]Change, error)) (Recorded, error) {
	r := &request{ctx: ctx, quiet: true}
	r.apply = func(tx *sql.Tx, cityVersion int64) (Change, error) {
		all, err := apply(tx, cityVersion)
		switch {
		case err != nil:
			return Change{}, err
		case len(all) == 0:
			return Change{}, errors.New("nothing was recorded")
		}
		r.more = all[1:]
		return all[0], nil
	}
	if err := s.submit(r); err != nil {
		return Recorded{}, err
	}
	return Recorded{r.version, Cursor{s.epoch, r.seq}}, nil
}

// View runs read in a transaction of its own: all it sees is of one moment.
func (s *Store) View(ctx context.Context, read func(tx *sql.Tx) error) error {
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err == nil {
		defer tx.Rollback()
		err = read(tx)
	}
	if err != nil && s.closing.Load() {
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return storeFault(err)
}

// Answered returns the answer kept under the key, and whether there is one. A key
// that was used with another hash is ErrKeyReused.
func Answered(ctx context.Context, tx *sql.Tx, key, hash string, now time.Time) (answer string, found bool, err error) {
	var kept string
	err = tx.QueryRowContext(ctx, "SELECT body_hash, answer FROM idempotency WHERE key = ? AND at >= ?",
		key, keptTime(now.Add(-keptFor))).Scan(&kept, &answer)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		// One that is too old to count may still be there.
		_, err = tx.ExecContext(ctx, "DELETE FROM idempotency WHERE key = ?", key)
		return "", false, err
	case err != nil:
		return "", false, err
	case kept != hash:
		return "", false, ErrKeyReused
	}
	return answer, true, nil
}

// KeepAnswer keeps an answer under a key, for 30 days.
func KeepAnswer(ctx context.Context, tx *sql.Tx, key, hash, answer string, now time.Time) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO idempotency (key, body_hash, answer, at) VALUES (?, ?, ?, ?)",
		key, hash, answer, keptTime(now))
	return err
}

// caseSchema holds the cases: one row a case, compact; the events of live ones a
// row each, those of bulk history in one blob. Codes are integers into their
// tables; the condition's code, unique only within its category, is its text. The view is what desktop GIS
// shows: SQLite gives an expression no type, which a GeoPackage must have, so each
// is united with no row of a column that has one. A code stands in its own table
// or, once the row is gone, in retired_code, never in both.
const caseSchema = `
CREATE TABLE cases (
	fid INTEGER PRIMARY KEY AUTOINCREMENT,
	geom POINT NOT NULL,
	id BLOB NOT NULL,
	number TEXT,
	kind INTEGER NOT NULL,
	category INTEGER NOT NULL,
	condition TEXT,
	source INTEGER NOT NULL,
	state INTEGER NOT NULL,
	unit INTEGER,
	cell INTEGER,
	zone INTEGER,
	component INTEGER,
	reported_at INTEGER NOT NULL,
	due_at INTEGER,
	closed_at INTEGER,
	on_time INTEGER,
	version INTEGER NOT NULL
);
CREATE UNIQUE INDEX cases_id ON cases (id);
CREATE UNIQUE INDEX cases_number ON cases (number) WHERE number IS NOT NULL;
CREATE INDEX cases_reported ON cases (reported_at);
CREATE INDEX cases_component ON cases (component) WHERE component IS NOT NULL;
CREATE INDEX cases_live ON cases (state, reported_at) WHERE closed_at IS NULL;
CREATE TABLE case_events (
	case_fid INTEGER NOT NULL, seq INTEGER NOT NULL,
	at INTEGER NOT NULL, kind TEXT NOT NULL,
	actor TEXT NOT NULL, role TEXT NOT NULL, unit TEXT NOT NULL DEFAULT '',
	body TEXT NOT NULL DEFAULT '', city_version INTEGER NOT NULL,
	PRIMARY KEY (case_fid, seq)
) WITHOUT ROWID;
CREATE TABLE media (
	case_fid INTEGER NOT NULL, seq INTEGER NOT NULL, place INTEGER NOT NULL,
	stage TEXT NOT NULL, url TEXT NOT NULL, sha256 BLOB NOT NULL, taken_at INTEGER,
	PRIMARY KEY (case_fid, seq, place)
) WITHOUT ROWID;
CREATE TABLE history (
	case_fid INTEGER NOT NULL PRIMARY KEY,
	events BLOB NOT NULL
);
CREATE TABLE case_actors (
	id INTEGER PRIMARY KEY,
	actor TEXT NOT NULL, role TEXT NOT NULL, unit TEXT NOT NULL DEFAULT '',
	UNIQUE (actor, role, unit)
);
CREATE TABLE case_external (
	source_system TEXT NOT NULL, external_id TEXT NOT NULL, case_fid INTEGER NOT NULL,
	PRIMARY KEY (source_system, external_id)
) WITHOUT ROWID;
CREATE TABLE case_words (
	what TEXT NOT NULL, number INTEGER NOT NULL, word TEXT NOT NULL,
	PRIMARY KEY (what, number)
) WITHOUT ROWID;
INSERT INTO case_words VALUES
	('kind', 0, 'component'), ('kind', 1, 'event'),
	('source', 1, 'patrol'), ('source', 2, 'public'), ('source', 3, 'sensor'), ('source', 4, 'system'),
	('state', 1, 'reported'), ('state', 2, 'registered'), ('state', 3, 'verified'), ('state', 4, 'open'),
	('state', 5, 'dispatched'), ('state', 6, 'accepted'), ('state', 7, 'handling'), ('state', 8, 'done'),
	('state', 9, 'checked'), ('state', 10, 'rework'), ('state', 11, 'returned'), ('state', 12, 'disputed'),
	('state', 13, 'held'), ('state', 14, 'closed'), ('state', 15, 'void');
CREATE TABLE retired_code (
	layer TEXT NOT NULL, fid INTEGER NOT NULL, code TEXT NOT NULL,
	PRIMARY KEY (layer, fid)
) WITHOUT ROWID;
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, srs_id) VALUES
	('cases', 'features', 'cases', 'cases', 4490),
	('case_list', 'features', 'case_list', 'cases, with codes as text and times in UTC', 4490);
INSERT INTO gpkg_geometry_columns (table_name, column_name, geometry_type_name, srs_id, z, m) VALUES
	('cases', 'geom', 'POINT', 4490, 0, 0), ('case_list', 'geom', 'POINT', 4490, 0, 0);
INSERT INTO gpkg_extensions (table_name, column_name, extension_name, definition, scope) VALUES
	('cases', 'geom', 'gpkg_rtree_index', 'http://www.geopackage.org/spec120/#extension_rtree', 'write-only');
CREATE VIRTUAL TABLE rtree_cases_geom USING rtree(id, minx, maxx, miny, maxy);
CREATE TRIGGER rtree_cases_geom_insert AFTER INSERT ON "cases"
	WHEN (NEW."geom" NOT NULL AND NOT ST_IsEmpty(NEW."geom"))
BEGIN
	INSERT OR REPLACE INTO "rtree_cases_geom" VALUES (NEW."fid",
		ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"), ST_MinY(NEW."geom"), ST_MaxY(NEW."geom"));
END;
CREATE TRIGGER rtree_cases_geom_update1 AFTER UPDATE OF "geom" ON "cases"
	WHEN OLD."fid" = NEW."fid" AND (NEW."geom" NOTNULL AND NOT ST_IsEmpty(NEW."geom"))
BEGIN
	INSERT OR REPLACE INTO "rtree_cases_geom" VALUES (NEW."fid",
		ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"), ST_MinY(NEW."geom"), ST_MaxY(NEW."geom"));
END;
CREATE TRIGGER rtree_cases_geom_update2 AFTER UPDATE OF "geom" ON "cases"
	WHEN OLD."fid" = NEW."fid" AND (NEW."geom" ISNULL OR ST_IsEmpty(NEW."geom"))
BEGIN
	DELETE FROM "rtree_cases_geom" WHERE id = OLD."fid";
END;
CREATE TRIGGER rtree_cases_geom_update3 AFTER UPDATE ON "cases"
	WHEN OLD."fid" != NEW."fid" AND (NEW."geom" NOTNULL AND NOT ST_IsEmpty(NEW."geom"))
BEGIN
	DELETE FROM "rtree_cases_geom" WHERE id = OLD."fid";
	INSERT OR REPLACE INTO "rtree_cases_geom" VALUES (NEW."fid",
		ST_MinX(NEW."geom"), ST_MaxX(NEW."geom"), ST_MinY(NEW."geom"), ST_MaxY(NEW."geom"));
END;
CREATE TRIGGER rtree_cases_geom_update4 AFTER UPDATE ON "cases"
	WHEN OLD."fid" != NEW."fid" AND (NEW."geom" ISNULL OR ST_IsEmpty(NEW."geom"))
BEGIN
	DELETE FROM "rtree_cases_geom" WHERE id IN (OLD."fid", NEW."fid");
END;
CREATE TRIGGER rtree_cases_geom_delete AFTER DELETE ON "cases"
	WHEN OLD."geom" NOT NULL
BEGIN
	DELETE FROM "rtree_cases_geom" WHERE id = OLD."fid";
END;
CREATE VIEW case_list AS SELECT
	c.fid AS OGC_FID, c.geom AS geom, (SELECT lower(hex(c.id)) UNION ALL SELECT word FROM case_words WHERE 0) AS id_hex, c.number AS number,
	(SELECT word FROM case_words WHERE what = 'kind' AND number = c.kind) AS kind,
	k.code AS category, k.name AS category_name, c.condition AS condition,
	(SELECT word FROM case_words WHERE what = 'source' AND number = c.source) AS source,
	(SELECT word FROM case_words WHERE what = 'state' AND number = c.state) AS state,
	(SELECT code FROM units WHERE fid = c.unit UNION ALL SELECT code FROM retired_code WHERE layer = 'units' AND fid = c.unit) AS unit,
	(SELECT code FROM cells WHERE fid = c.cell UNION ALL SELECT code FROM retired_code WHERE layer = 'cells' AND fid = c.cell) AS cell,
	(SELECT code FROM zones WHERE fid = c.zone UNION ALL SELECT code FROM retired_code WHERE layer = 'zones' AND fid = c.zone) AS zone,
	(SELECT code FROM components WHERE fid = c.component UNION ALL SELECT code FROM retired_code WHERE layer = 'components' AND fid = c.component) AS component,
	(SELECT strftime('%Y-%m-%dT%H:%M:%fZ', c.reported_at, 'unixepoch') UNION ALL SELECT last_change FROM gpkg_contents WHERE 0) AS reported_at,
	(SELECT strftime('%Y-%m-%dT%H:%M:%fZ', c.due_at, 'unixepoch') UNION ALL SELECT last_change FROM gpkg_contents WHERE 0) AS due_at,
	(SELECT strftime('%Y-%m-%dT%H:%M:%fZ', c.closed_at, 'unixepoch') UNION ALL SELECT last_change FROM gpkg_contents WHERE 0) AS closed_at,
	c.on_time AS on_time, c.version AS version
	FROM cases c LEFT JOIN categories k ON k.id = c.category;
`

// yellowSchema adds when a case's lamp turns yellow, and shows it in the view.
const yellowSchema = `
ALTER TABLE cases ADD COLUMN yellow_at INTEGER;
DROP VIEW case_list;
CREATE VIEW case_list AS SELECT
	c.fid AS OGC_FID, c.geom AS geom, (SELECT lower(hex(c.id)) UNION ALL SELECT word FROM case_words WHERE 0) AS id_hex, c.number AS number,
	(SELECT word FROM case_words WHERE what = 'kind' AND number = c.kind) AS kind,
	k.code AS category, k.name AS category_name, c.condition AS condition,
	(SELECT word FROM case_words WHERE what = 'source' AND number = c.source) AS source,
	(SELECT word FROM case_words WHERE what = 'state' AND number = c.state) AS state,
	(SELECT code FROM units WHERE fid = c.unit UNION ALL SELECT code FROM retired_code WHERE layer = 'units' AND fid = c.unit) AS unit,
	(SELECT code FROM cells WHERE fid = c.cell UNION ALL SELECT code FROM retired_code WHERE layer = 'cells' AND fid = c.cell) AS cell,
	(SELECT code FROM zones WHERE fid = c.zone UNION ALL SELECT code FROM retired_code WHERE layer = 'zones' AND fid = c.zone) AS zone,
	(SELECT code FROM components WHERE fid = c.component UNION ALL SELECT code FROM retired_code WHERE layer = 'components' AND fid = c.component) AS component,
	(SELECT strftime('%Y-%m-%dT%H:%M:%fZ', c.reported_at, 'unixepoch') UNION ALL SELECT last_change FROM gpkg_contents WHERE 0) AS reported_at,
	(SELECT strftime('%Y-%m-%dT%H:%M:%fZ', c.due_at, 'unixepoch') UNION ALL SELECT last_change FROM gpkg_contents WHERE 0) AS due_at,
	(SELECT strftime('%Y-%m-%dT%H:%M:%fZ', c.yellow_at, 'unixepoch') UNION ALL SELECT last_change FROM gpkg_contents WHERE 0) AS yellow_at,
	(SELECT strftime('%Y-%m-%dT%H:%M:%fZ', c.closed_at, 'unixepoch') UNION ALL SELECT last_change FROM gpkg_contents WHERE 0) AS closed_at,
	c.on_time AS on_time, c.version AS version
	FROM cases c LEFT JOIN categories k ON k.id = c.category;
`

// closedSchema finds the cases that were over lately among a million without
// reading them all, 11 bytes a case, and the few that were made void.
const closedSchema = `
CREATE INDEX cases_closed ON cases (closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX cases_void ON cases (reported_at) WHERE state = 15;
`

// listSchema has the cell beside the report in the index of lists: what a list or a
// count of cells or areas passes over is not looked up in the table. It costs 3 bytes
// a case. An index of cells would find a cell's hundred cases in a hundredth of the
// time, but takes 16 bytes; a case has 300. The cases of one second are sorted by their
// numbers for each list: to have these in the index costs 4 bytes more.
const listSchema = `
DROP INDEX cases_reported;
CREATE INDEX cases_reported ON cases (reported_at, cell);
`

// retiredTriggers keep the code of a row that a case may name when the row goes:
// an update of the city removes what its source no longer has.
func retiredTriggers() string {
	var b strings.Builder
	for _, t := range [...]struct{ table, number string }{
		{"cells", "fid"}, {"zones", "fid"}, {"components", "fid"}, {"units", "fid"}, {"categories", "id"},
	} {
		fmt.Fprintf(&b, `
CREATE TRIGGER %[1]s_retired AFTER DELETE ON %[1]s WHEN EXISTS (SELECT 1 FROM cases)
BEGIN
	INSERT OR REPLACE INTO retired_code VALUES ('%[1]s', OLD.%[2]s, OLD.code);
END;
`, t.table, t.number)
	}
	return b.String()
}

// pointBytes is the length of a point as a GeoPackage geometry without envelope.
const pointBytes = 29

// PointBlob is a position as the geometry column has it.
func PointBlob(at spatial.Coord) []byte {
	f := grids.Feature{At: at}
	return appendBlob(make([]byte, 0, pointBytes), f.Geometry())
}

// PointOf reads what PointBlob wrote, and the same with an envelope, which
// desktop GIS may write.
func PointOf(blob []byte) (spatial.Coord, error) {
	h, err := readHeader(blob)
	if err != nil {
		return spatial.Coord{}, err
	}
	const wkbPointBytes = 21
	if h.empty || len(h.wkb) < wkbPointBytes || h.wkb[0] != 1 || binary.LittleEndian.Uint32(h.wkb[1:]) != wkbPoint {
		return spatial.Coord{}, fmt.Errorf("%w: no point", ErrBlob)
	}
	return spatial.Checked(
		math.Float64frombits(binary.LittleEndian.Uint64(h.wkb[5:])),
		math.Float64frombits(binary.LittleEndian.Uint64(h.wkb[13:])))
}
