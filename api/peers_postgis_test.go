//go:build peers

package api

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"
	"github.com/paulmach/orb/project"

	"github.com/wanmi-gis/wanmi/api/peers"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// postGIS is one with the city in it.
type postGIS struct {
	*peers.PostGIS
	majors []string
}

// startPostGIS makes the cluster, fills it and prepares the statements.
func startPostGIS(t *testing.T, snap *grids.Snapshot) *postGIS {
	t.Helper()
	p := &postGIS{PostGIS: peers.EmptyPostGIS(t)}
	p.fill(t, snap)
	p.prepare(t)
	return p
}

// fill copies the city into tables as a tile server would have them: geometry
// ready in the tiles' projection, indexed, packed in the index's order. The
// positions of components that are lines or areas have a column of their own.
func (p *postGIS) fill(t *testing.T, snap *grids.Snapshot) {
	t.Helper()
	p.Run(t, `CREATE TABLE components (fid bigint, code text, name text, category text, major text, state text,
			geom geometry(Geometry, 3857), at geometry(Point, 3857));
		CREATE TABLE cells (fid bigint, code text, name text, zone text, community text, geom geometry(Geometry, 3857))`)
	for _, layer := range []string{"components", "cells"} {
		l := grids.Layer(layer)
		var rows bytes.Buffer
		n := int64(0)
		for i := range snap.All(l) {
			f := snap.Feature(l, i)
			fmt.Fprintf(&rows, "%d", f.FID)
			for _, v := range rowOf(snap, l, i) {
				rows.WriteByte('\t')
				rows.WriteString(copyText.Replace(v.text))
			}
			rows.WriteString("\t" + hexEWKB(t, geometryOf(f)))
			if l == grids.Components {
				rows.WriteString("\t" + hexEWKB(t, f.At.Point()))
			}
			rows.WriteByte('\n')
			n++
		}
		done, err := p.Conn.PgConn().CopyFrom(t.Context(), &rows, "COPY "+layer+" FROM STDIN")
		if err != nil || done.RowsAffected() != n {
			t.Fatalf("copy %s: %d of %d rows: %v", layer, done.RowsAffected(), n, err)
		}
		p.Run(t, fmt.Sprintf(`CREATE INDEX %[1]s_geom ON %[1]s USING gist (geom); CLUSTER %[1]s USING %[1]s_geom`, layer))
	}
	p.Run(t, "CREATE INDEX components_at ON components USING gist (at)")
	p.Run(t, "VACUUM ANALYZE components")
	p.Run(t, "VACUUM ANALYZE cells")
	rows, err := p.Conn.Query(t.Context(), "SELECT DISTINCT major FROM components ORDER BY 1")
	if err == nil {
		p.majors, err = pgx.CollectRows(rows, pgx.RowTo[string])
	}
	if err != nil {
		t.Fatal(err)
	}
}

// copyText escapes what means something to COPY.
var copyText = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`)

// hexEWKB is the geometry in metres of EPSG:3857, as COPY reads it.
func hexEWKB(t *testing.T, g orb.Geometry) string {
	t.Helper()
	b, err := ewkb.Marshal(project.Geometry(g, project.WGS84.ToMercator), 3857)
	if err != nil {
		t.Fatal(err)
	}
	return hex.EncodeToString(b)
}

// The statements. All take z, x and y; sums also the tile's west and north in
// metres, and the side of a square in units and in metres.
const (
	sumsStatement   = "sums"
	pointsStatement = "points"
	mixedStatement  = "mixed"
)

func (p *postGIS) prepare(t *testing.T) {
	t.Helper()
	counts, names := "", ""
	for _, m := range p.majors {
		if m == "" {
			continue
		}
		// ST_AsMVT leaves out attributes that are null.
		counts += fmt.Sprintf(`, nullif(count(*) FILTER (WHERE major = '%[1]s'), 0) AS count_%[1]s`, m)
		names += ", count_" + m
	}
	// Lines and areas come with a margin, points without one, as in wanmi's tiles.
	layer := func(name, columns, but string) string {
		return fmt.Sprintf(`(SELECT ST_AsMVT(t, '%[1]s', 4096, 'mvt', 'fid') FROM (
			SELECT fid, %[2]s, ST_AsMVTGeom(geom, ST_TileEnvelope($1, $2, $3), 4096, %[3]d, true) AS mvt
			FROM %[1]s WHERE geom && ST_TileEnvelope($1, $2, $3, margin => %[3]d / 4096.0)%[4]s) t)`, name, columns, tiler.Buffer, but)
	}
	components := layer("components", "code, name, category, major, state",
		" AND (geom && ST_TileEnvelope($1, $2, $3) OR ST_Dimension(geom) > 0)")
	cells := layer("cells", "code, name, zone, community", "")
	for name, sql := range map[string]string{
		sumsStatement: `SELECT ST_AsMVT(t, 'components', 4096, 'mvt') FROM (
			SELECT ST_MakePoint((i + 0.5) * $6, (j + 0.5) * $6) AS mvt, count` + names + ` FROM (
				SELECT floor((ST_X(at) - $4) / $7)::int AS i, floor(($5 - ST_Y(at)) / $7)::int AS j, count(*) AS count` + counts + `
				FROM components WHERE at && ST_TileEnvelope($1, $2, $3) GROUP BY 1, 2) s) t`,
		pointsStatement: "SELECT " + components,
		mixedStatement:  "SELECT " + cells + " || " + components,
	} {
		if _, err := p.Conn.Prepare(t.Context(), name, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

func (p *postGIS) tile(ctx context.Context, statement string, id tiler.ID) (body []byte, err error) {
	err = p.Conn.QueryRow(ctx, statement, int32(id.Z), int32(id.X), int32(id.Y)).Scan(&body)
	return body, err
}

// sums is a tile of grid sums, side squares along each side.
func (p *postGIS) sums(ctx context.Context, id tiler.ID, side int) (body []byte, err error) {
	const half = math.Pi * 6378137
	tile := 2 * half / float64(uint(1)<<id.Z)
	err = p.Conn.QueryRow(ctx, sumsStatement, int32(id.Z), int32(id.X), int32(id.Y),
		float64(id.X)*tile-half, half-float64(id.Y)*tile, float64(tiler.Extent)/float64(side), tile/float64(side)).Scan(&body)
	return body, err
}
