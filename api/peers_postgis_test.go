//go:build peers

package api

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/ewkb"
	"github.com/paulmach/orb/project"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// postgres is where Debian's postgresql-15 has its programs.
const postgres = "/usr/lib/postgresql/15/bin"

// cluster is a PostGIS of its own, reached over a socket in its own folder.
type cluster struct {
	conn *pgx.Conn
	// backend is the process that answers conn.
	backend int32
}

// postGIS is one with the city in it.
type postGIS struct {
	*cluster
	majors []string
}

// postGISSettings are those of a machine that has the memory to itself. Each
// query is answered by one process: a tile server's other cores have other
// tiles to make. Compiling queries and durable writes would only cost time.
var postGISSettings = []string{
	"listen_addresses=", "shared_buffers=1GB", "work_mem=64MB", "maintenance_work_mem=256MB", "effective_cache_size=4GB",
	"random_page_cost=1.1", "jit=off", "max_parallel_workers_per_gather=0", "fsync=off", "synchronous_commit=off", "max_wal_size=2GB",
}

// startPostGIS makes the cluster, fills it and prepares the statements.
func startPostGIS(t *testing.T, snap *grids.Snapshot) *postGIS {
	t.Helper()
	p := &postGIS{cluster: emptyPostGIS(t)}
	p.fill(t, snap)
	p.prepare(t)
	return p
}

// emptyPostGIS makes the cluster. It goes with the test, and with the process should
// that be killed.
func emptyPostGIS(t *testing.T) *cluster {
	t.Helper()
	dir, err := os.MkdirTemp("", "wanmi-postgis-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	who := unprivileged(t, dir)
	data := filepath.Join(dir, "data")
	initdb := exec.CommandContext(t.Context(), filepath.Join(postgres, "initdb"),
		"--pgdata", data, "--username", "wanmi", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	initdb.Dir, initdb.SysProcAttr = dir, who
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb (of Debian's postgresql-15) must be there: %v\n%s", err, out)
	}
	args := []string{"-D", data, "-k", dir}
	for _, s := range postGISSettings {
		args = append(args, "-c", s)
	}
	var log bytes.Buffer
	server := exec.Command(filepath.Join(postgres, "postgres"), args...)
	server.Dir, server.SysProcAttr, server.Stderr = dir, who, &log
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Process.Signal(os.Interrupt); err != nil { // a fast shutdown
			t.Error(err)
		}
		if err := server.Wait(); err != nil {
			t.Errorf("postgres: %v\n%s", err, log.Bytes())
		}
	})
	p := &cluster{conn: connect(t, dir, &log)}
	t.Cleanup(func() {
		if err := p.conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	p.run(t, "CREATE EXTENSION postgis")
	if err := p.conn.QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&p.backend); err != nil {
		t.Fatal(err)
	}
	return p
}

// unprivileged is how processes run that refuse to run as root: as postgres,
// whom Debian's package made, and who owns the folder then.
func unprivileged(t *testing.T, dir string) *syscall.SysProcAttr {
	t.Helper()
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGINT}
	if os.Getuid() != 0 {
		return attr
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		t.Fatalf("user postgres (of Debian's postgresql-15) must be there: %v", err)
	}
	uid, uerr := strconv.ParseUint(u.Uid, 10, 32)
	gid, gerr := strconv.ParseUint(u.Gid, 10, 32)
	if uerr != nil || gerr != nil {
		t.Fatal(uerr, gerr)
	}
	attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	if err := os.Chown(dir, int(uid), int(gid)); err != nil {
		t.Fatal(err)
	}
	return attr
}

// connect waits until the cluster answers.
func connect(t *testing.T, dir string, log fmt.Stringer) *pgx.Conn {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), time.Minute)
	defer stop()
	for {
		conn, err := pgx.Connect(ctx, "host="+dir+" user=wanmi dbname=postgres")
		if err == nil {
			return conn
		}
		select {
		case <-ctx.Done():
			t.Fatalf("postgres does not answer: %v\n%s", err, log)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// fill copies the city into tables as a tile server would have them: geometry
// ready in the tiles' projection, indexed, packed in the index's order. The
// positions of components that are lines or areas have a column of their own.
func (p *postGIS) fill(t *testing.T, snap *grids.Snapshot) {
	t.Helper()
	p.run(t, `CREATE TABLE components (fid bigint, code text, name text, category text, major text, state text,
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
		done, err := p.conn.PgConn().CopyFrom(t.Context(), &rows, "COPY "+layer+" FROM STDIN")
		if err != nil || done.RowsAffected() != n {
			t.Fatalf("copy %s: %d of %d rows: %v", layer, done.RowsAffected(), n, err)
		}
		p.run(t, fmt.Sprintf(`CREATE INDEX %[1]s_geom ON %[1]s USING gist (geom); CLUSTER %[1]s USING %[1]s_geom`, layer))
	}
	p.run(t, "CREATE INDEX components_at ON components USING gist (at)")
	p.run(t, "VACUUM ANALYZE components")
	p.run(t, "VACUUM ANALYZE cells")
	rows, err := p.conn.Query(t.Context(), "SELECT DISTINCT major FROM components ORDER BY 1")
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

func (p *cluster) run(t *testing.T, sql string) {
	t.Helper()
	if _, err := p.conn.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
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
		if _, err := p.conn.Prepare(t.Context(), name, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

func (p *postGIS) tile(ctx context.Context, statement string, id tiler.ID) (body []byte, err error) {
	err = p.conn.QueryRow(ctx, statement, int32(id.Z), int32(id.X), int32(id.Y)).Scan(&body)
	return body, err
}

// sums is a tile of grid sums, side squares along each side.
func (p *postGIS) sums(ctx context.Context, id tiler.ID, side int) (body []byte, err error) {
	const half = math.Pi * 6378137
	tile := 2 * half / float64(uint(1)<<id.Z)
	err = p.conn.QueryRow(ctx, sumsStatement, int32(id.Z), int32(id.X), int32(id.Y),
		float64(id.X)*tile-half, half-float64(id.Y)*tile, float64(tiler.Extent)/float64(side), tile/float64(side)).Scan(&body)
	return body, err
}

// cpu is the time the backend has been on a processor.
func (p *cluster) cpu() (time.Duration, error) {
	f, err := os.Open(fmt.Sprintf("/proc/%d/schedstat", p.backend))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	b, err := io.ReadAll(f)
	if err != nil {
		return 0, err
	}
	ns, err := strconv.ParseInt(strings.Fields(string(b))[0], 10, 64)
	return time.Duration(ns), err
}
