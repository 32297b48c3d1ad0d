//go:build peers

package heatmap

import (
	"bufio"
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/wanmi-gis/wanmi/api/peers"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/tiler"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// peerCases is how many cases heat is measured with beside others; WANMI_PEER_CASES
// says otherwise.
const peerCases = 10_000_000

// peerSquareBits make the side of the squares in which cases are counted, in units of
// the world of 2³²: 16 m on the ground. Lattices at σ = 150 m have 19 m.
const peerSquareBits = 11

// TestPeers_CountTheSameCasesSlower lets wanmi and PostGIS count the same cases under
// the same filter of four members by squares, by turns and after it was shown that each
// square has the same number; wanmi besides to the finished density. It prints lines as
// benchmarks do. PostGIS has what the filter needs as small numbers, the places as
// projected numbers and, as postgis-ready, the numbers of the squares, and keeps the
// answer; it has indices on the time, the category and the place, of which it may use
// what it likes, one process and 1 GB of shared buffers. Then supercluster, which has
// no filter, clusters the same cases.
func TestPeers_CountTheSameCasesSlower(t *testing.T) {
	n := peerCases
	if text := os.Getenv("WANMI_PEER_CASES"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	city := openCrowded(t)
	city.fill(t, n)
	n = city.table.View().Len()
	rows := make([]heat.Row, 0, n)
	city.each(t, &heat.Filter{}, func(r heat.Row) { rows = append(rows, r) })
	slices.SortFunc(rows, func(a, b heat.Row) int { return cmp.Compare(a.FID, b.FID) }) // as they come
	city.countBeside(t, rows)
	city.clusterBeside(t, rows)
}

// each visits the cases of a filter.
func (c *crowded) each(t *testing.T, f *heat.Filter, visit func(heat.Row)) {
	t.Helper()
	p, err := f.Compile(c.areas)
	if err == nil {
		err = c.table.View().Each(t.Context(), p, func(r heat.Row) bool { visit(r); return true })
	}
	if err != nil {
		t.Fatal(err)
	}
}

// peerFilter is two and a half years, events, from patrols, in nine zones of ten.
func (c *crowded) peerFilter() *cases.Query {
	from := time.Unix(c.first.Load(), 0).AddDate(0, 6, 0)
	q := &cases.Query{From: from, To: from.AddDate(2, 6, 0), Kind: grids.EventKind, Sources: []cases.Source{cases.Sources()[0]}}
	for i, zone := range c.areas.Codes(heat.Zones) {
		if i%10 != 0 {
			q.Zones = append(q.Zones, zone)
		}
	}
	return q
}

func (c *crowded) countBeside(t *testing.T, rows []heat.Row) {
	t.Helper()
	view, q := c.table.View(), c.peerFilter()
	p, err := c.compile(q)
	if err != nil {
		t.Fatal(err)
	}
	db := casesInPostGIS{peers.EmptyPostGIS(t)}
	db.load(t, c, rows)
	ids, err := squareTiles(view, c)
	if err != nil {
		t.Fatal(err)
	}
	want, err := countSquares(t.Context(), view, p, ids)
	if err != nil {
		t.Fatal(err)
	}
	args := c.arguments(q)
	for _, statement := range []string{squaresStatement, readyStatement} {
		got, err := db.counts(t.Context(), statement, args)
		if err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(got, want) {
			t.Fatalf("PostGIS, %s: %d squares, not %d as wanmi has, or other numbers in them", statement, len(got), len(want))
		}
	}
	total := int64(0)
	for _, n := range want {
		total += n
	}
	s, err := c.ground.Density(t.Context(), view, p, heat.Options{Kernel: heat.Kernel{BandwidthM: heat.BlockM}})
	if err != nil || s.N+s.Excluded != total {
		t.Fatalf("%v: the density has %d cases and %d without a cell, not %d", err, s.N, s.Excluded, total)
	}
	t.Logf("%d of %d cases in %d squares agree", total, len(rows), len(want))
	turns(t, fmt.Sprintf("HeatFilterAndCount%dM", len(rows)/1_000_000), []contender{
		{"wanmi", func() (peers.Made, error) {
			return peers.Measured(func() ([]byte, error) { return nil, countTiles(t.Context(), view, p, ids, nil) })
		}},
		{"wanmi-density", func() (peers.Made, error) {
			return peers.Measured(func() ([]byte, error) {
				_, err := c.ground.Density(t.Context(), view, p, heat.Options{Kernel: heat.Kernel{BandwidthM: heat.BlockM}})
				return nil, err
			})
		}},
		{"postgis", func() (peers.Made, error) { return db.kept(t.Context(), squaresStatement, args) }},
		{"postgis-ready", func() (peers.Made, error) { return db.kept(t.Context(), readyStatement, args) }},
	})
}

// contender does a task; the name is how the table calls it.
type contender struct {
	name string
	do   func() (peers.Made, error)
}

// turns lets all do it by turns, each round begun by another one, after a round that
// does not count.
func turns(t *testing.T, task string, all []contender) {
	t.Helper()
	for round := range peers.Rounds + 1 {
		for i := range all {
			k := (i + round) % len(all)
			m, err := all[k].do()
			if err != nil {
				t.Fatalf("%s, %s: %v", task, all[k].name, err)
			}
			if round > 0 {
				fmt.Printf("Benchmark%s/%s\t1\t%d ns/op\t%d cpu-ns/op\n", task, all[k].name, int64(m.Wall), int64(m.CPU))
			}
		}
	}
}

// squareTiles are the tiles that together have all cases, whose clusters of 7 bits are
// the squares.
func squareTiles(v *heat.View, c *crowded) (ids []tiler.ID, err error) {
	const z = 32 - peerSquareBits - 7
	box := c.ground.Box().Grow(200_000)
	low, ok1 := tiler.At(box.Min, z)
	high, ok2 := tiler.At(box.Max, z)
	if !ok1 || !ok2 {
		return nil, fmt.Errorf("a city beyond Web Mercator: %v", box)
	}
	for x := low.X; x <= high.X; x++ {
		for y := high.Y; y <= low.Y; y++ {
			ids = append(ids, tiler.ID{Z: z, X: x, Y: y})
		}
	}
	return ids, nil
}

// countTiles counts cases by square, tile by tile.
func countTiles(ctx context.Context, v *heat.View, p *heat.Predicate, ids []tiler.ID, visit func(id tiler.ID, s *heat.Cluster)) error {
	k := heat.Clusters{Bits: 7}
	for _, id := range ids {
		squares, err := k.Count(ctx, v, p, id)
		if err != nil {
			return err
		}
		for i := range squares {
			if visit != nil {
				visit(id, &squares[i])
			}
		}
	}
	return nil
}

// countSquares counts cases by square, by its numbers in the world.
func countSquares(ctx context.Context, v *heat.View, p *heat.Predicate, ids []tiler.ID) (map[[2]int64]int64, error) {
	out := map[[2]int64]int64{}
	err := countTiles(ctx, v, p, ids, func(id tiler.ID, s *heat.Cluster) {
		out[[2]int64{int64(id.X)<<7 + int64(s.X), int64(id.Y)<<7 + int64(s.Y)}] = s.N
	})
	return out, err
}

// casesInPostGIS is a cluster with the cases in it.
type casesInPostGIS struct{ *peers.PostGIS }

// load copies the cases into a table as one made for this question would have them.
func (p casesInPostGIS) load(t *testing.T, c *crowded, rows []heat.Row) {
	t.Helper()
	p.Run(t, `SET work_mem = '256MB'; SET maintenance_work_mem = '1GB'`)
	p.Run(t, `CREATE TABLE cases (wx float8, wy float8, fid int, time int, x int, y int, class smallint, zone smallint, source smallint,
		geom geometry(Point, 3857))`)
	m, err := p.Measured(func() ([]byte, error) {
		from, to := io.Pipe()
		go func() { to.CloseWithError(c.write(to, rows)) }()
		done, err := p.Conn.PgConn().CopyFrom(t.Context(), from, "COPY cases FROM STDIN")
		if err == nil && done.RowsAffected() != int64(len(rows)) {
			err = fmt.Errorf("copied %d of %d", done.RowsAffected(), len(rows))
		}
		return nil, err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("PostGIS: copied in %.1f s", m.Wall.Seconds())
	start := time.Now()
	for _, sql := range []string{
		"CREATE INDEX ON cases USING gist (geom)", "CREATE INDEX ON cases (time)", "CREATE INDEX ON cases (class)", "VACUUM ANALYZE cases",
	} {
		p.Run(t, sql)
	}
	t.Logf("PostGIS: indexed in %.1f s", time.Since(start).Seconds())
	filter := ` FROM cases WHERE time >= $1 AND time < $2 AND class = ANY($3) AND zone = ANY($4) AND source = $5 GROUP BY 1, 2`
	squares := fmt.Sprintf("SELECT floor(wx / %[1]d)::int8 AS x, floor(wy / %[1]d)::int8 AS y, count(*) AS n", 1<<peerSquareBits) + filter
	for name, sql := range map[string]string{squaresStatement: squares, readyStatement: "SELECT x::int8, y::int8, count(*) AS n" + filter} {
		if _, err := p.Conn.Prepare(t.Context(), name, sql); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		// The answer stays there: nothing is sent.
		if _, err := p.Conn.Prepare(t.Context(), name+"-kept", "SELECT count(*), sum(n)::int8 FROM ("+strings.ReplaceAll(sql, "::int8 A", " A")+") s"); err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
	}
}

const (
	squaresStatement = "squares"
	readyStatement   = "ready"
)

// write writes the cases as COPY reads them.
func (c *crowded) write(to io.Writer, rows []heat.Row) error {
	w := bufio.NewWriterSize(to, 1<<16)
	for i := range rows {
		r := &rows[i]
		x, y := tiler.World(r.At)
		zone := int32(-1)
		if r.Cell != heat.NoCell {
			zone = c.areas.Of(heat.Zones, r.Cell)
		}
		const unit = 2 * math.Pi * 6378137 / (1 << 32)
		place := binary.LittleEndian.AppendUint32([]byte{1}, 0x20000001) // a point with an SRID
		place = binary.LittleEndian.AppendUint32(place, 3857)
		place = binary.LittleEndian.AppendUint64(place, math.Float64bits((float64(x)-1<<31)*unit))
		place = binary.LittleEndian.AppendUint64(place, math.Float64bits((1<<31-float64(y))*unit))
		if _, err := fmt.Fprintf(w, "%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t%x\n",
			x, y, r.FID, r.Time, x>>peerSquareBits, y>>peerSquareBits, r.Class, zone, r.Source, place); err != nil {
			return err
		}
	}
	return w.Flush()
}

// arguments are the filter's members as the statements take them.
func (c *crowded) arguments(q *cases.Query) []any {
	var classes, zones []int16
	for _, n := range c.classesOf(q) {
		classes = append(classes, int16(n))
	}
	for _, code := range q.Zones {
		if n, ok := c.areas.Number(heat.Zones, code); ok {
			zones = append(zones, int16(n))
		}
	}
	return []any{int32(q.From.Unix()), int32(q.To.Unix()), classes, zones, int16(slices.Index(cases.Sources(), q.Sources[0]))}
}

// counts asks for the number of each square.
func (p casesInPostGIS) counts(ctx context.Context, statement string, args []any) (map[[2]int64]int64, error) {
	rows, err := p.Conn.Query(ctx, statement, args...)
	if err != nil {
		return nil, err
	}
	out := map[[2]int64]int64{}
	var x, y, n int64
	_, err = pgx.ForEachRow(rows, []any{&x, &y, &n}, func() error { out[[2]int64{x, y}] = n; return nil })
	return out, err
}

// kept has it counted and asks for the sums alone.
func (p casesInPostGIS) kept(ctx context.Context, statement string, args []any) (peers.Made, error) {
	return p.Measured(func() ([]byte, error) {
		var squares, n int64
		return nil, p.Conn.QueryRow(ctx, statement+"-kept", args...).Scan(&squares, &n)
	})
}

// clusterBeside lets supercluster, which has no filter, cluster the same cases.
func (c *crowded) clusterBeside(t *testing.T, rows []heat.Row) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "points")
	var points []byte
	for i := range rows {
		points = binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(points, uint32(rows[i].At.X)), uint32(rows[i].At.Y))
	}
	if err := os.WriteFile(path, points, 0o600); err != nil {
		t.Fatal(err)
	}
	size := fmt.Sprintf("%dM", len(rows)/1_000_000)
	of := heat.City{Plane: c.snap.City.Plane, Zone: c.snap.City.TimeZone, Areas: c.areas}
	load, err := peers.Measured(func() ([]byte, error) { _, err := heat.NewTable(t.Context(), of, slices.Values(rows)); return nil, err })
	if err != nil {
		t.Fatal(err)
	}
	node := casesInNode{peers.StartNode(t, filepath.Join("..", "peers"), "clusters.mjs", path)}
	var ready struct {
		WallNs, CPUNs int64
		ResidentMB    float64
	}
	if err := node.Answer(&ready); err != nil {
		t.Fatal(err)
	}
	fmt.Printf("BenchmarkHeatLoad%s/wanmi\t1\t%d ns/op\t%d cpu-ns/op\n", size, int64(load.Wall), int64(load.CPU))
	fmt.Printf("BenchmarkHeatLoad%s/supercluster\t1\t%d ns/op\t%d cpu-ns/op\n", size, ready.WallNs, ready.CPUNs)
	t.Logf("in memory: wanmi's cases %.0f MB, the process of supercluster %.0f MB", float64(c.table.View().Bytes())/1e6, ready.ResidentMB)

	filter, err := (&heat.Filter{}).Compile(c.areas)
	if err != nil {
		t.Fatal(err)
	}
	k := heat.Clusters{}
	for _, z := range []uint8{10, 13} {
		id, _ := tiler.At(c.ground.Box().Center(), z)
		turns(t, fmt.Sprintf("HeatClustersZ%dOf%s", z, size), []contender{
			{"wanmi", func() (peers.Made, error) {
				return peers.Measured(func() ([]byte, error) { return k.Tile(t.Context(), nil, c.table.View(), filter, id) })
			}},
			{"supercluster", func() (peers.Made, error) { return node.clusters(id, len(rows)) }},
		})
	}
}

// casesInNode is a process with the cases in supercluster.
type casesInNode struct{ *peers.Node }

// clusters asks supercluster for a tile, whose zoom must have all cases.
func (n casesInNode) clusters(id tiler.ID, all int) (m peers.Made, err error) {
	if _, err := fmt.Fprintf(n.In, "%d %d %d\n", id.Z, id.X, id.Y); err != nil {
		return m, err
	}
	var got struct {
		WallNs, CPUNs int64
		Cases         int
		Body          []byte // base64 in JSON
	}
	if err := n.Answer(&got); err != nil {
		return m, err
	}
	if got.Cases != all {
		return m, fmt.Errorf("clusters of zoom %d have %d points, not %d", id.Z, got.Cases, all)
	}
	return peers.Made{Body: got.Body, Wall: time.Duration(got.WallNs), CPU: time.Duration(got.CPUNs)}, nil
}
