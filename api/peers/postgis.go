//go:build peers

package peers

import (
	"bytes"
	"context"
	"fmt"
	"io"
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
)

// postgres is where Debian's postgresql-15 has its programs.
const postgres = "/usr/lib/postgresql/15/bin"

// PostGIS is a PostGIS of its own, reached over a socket in its own folder.
type PostGIS struct {
	Conn *pgx.Conn
	// backend is the process that answers conn.
	backend int32
}

// postGISSettings are those of a machine that has the memory to itself. Each
// query is answered by one process: a tile server's other cores have other
// tiles to make. Compiling queries and durable writes would only cost time.
var postGISSettings = []string{
	"listen_addresses=", "shared_buffers=1GB", "work_mem=64MB", "maintenance_work_mem=256MB", "effective_cache_size=4GB",
	"random_page_cost=1.1", "jit=off", "max_parallel_workers_per_gather=0", "fsync=off", "synchronous_commit=off", "max_wal_size=2GB",
}

// EmptyPostGIS makes the cluster. It goes with the test, and with the process should
// that be killed.
func EmptyPostGIS(t *testing.T) *PostGIS {
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
	p := &PostGIS{Conn: connect(t, dir, &log)}
	t.Cleanup(func() {
		if err := p.Conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	p.Run(t, "CREATE EXTENSION postgis")
	if err := p.Conn.QueryRow(t.Context(), "SELECT pg_backend_pid()").Scan(&p.backend); err != nil {
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

func (p *PostGIS) Run(t *testing.T, sql string) {
	t.Helper()
	if _, err := p.Conn.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// CPU is the time the backend has been on a processor.
func (p *PostGIS) CPU() (time.Duration, error) {
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

// Measured takes the time until the answer is here, and of processors that of
// both processes.
func (p *PostGIS) Measured(work func() ([]byte, error)) (Made, error) {
	before, err := p.CPU()
	if err != nil {
		return Made{}, err
	}
	m, err := Measured(work)
	if err != nil {
		return m, err
	}
	after, err := p.CPU()
	m.CPU += after - before
	return m, err
}
