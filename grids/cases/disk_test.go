package cases_test

import (
	"math/rand/v2"
	"net/rpc"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// disk is a file system in memory, mounted through FUSE and served by a process
// of its own, that knows what a real disk would still have after its power
// failed: for each file what was there at its last fsync, and of what was written
// since then nothing, or any of its blocks. It also fails as disks fail.
//
//	write ──▶ data            what programs see
//	      └─▶ pending ──fsync──▶ durable      what a power cut leaves
type disk struct {
	t    testing.TB
	path string
	rpc  *rpc.Client
}

// Faults are how the disk fails. The zero value is a good disk.
type Faults struct {
	// SyncFails makes the next fsync of a name that ends so fail, as the kernel
	// does it: once, and what was pending counts as written though it is not.
	SyncFails string
	// SyncGoes counts those of such names that go well before.
	SyncGoes int
	// ReadOnly refuses all writing, as after a remount.
	ReadOnly bool
	// Room is how many bytes the files may grow from now on; 0 is no bound.
	Room int
	// SyncTakes is how long an fsync lasts.
	SyncTakes time.Duration
}

// Cut has the power fail.
type Cut struct {
	// After so many writes and fsyncs; below 0 it stays.
	After int
	// Kills is the process that ends in the same moment, if any.
	Kills int
}

// Put makes a folder anew.
type Put struct {
	Folder string
	// Seen is the plain folder with what programs see; Durable the one with what
	// the disk has, the same unless named.
	Seen, Durable string
}

// Take writes what is in a folder to a plain one.
type Take struct {
	Folder, To string
	// Left asks for what the disk would have after a power cut: all that was
	// durable, and each block written since with the chance.
	Left   bool
	Chance float64
	Seed   uint64
}

// Counts are what the disk has done.
type Counts struct {
	Syncs int
	Off   bool // the power failed
}

// mounted mounts an empty disk. It needs root and /dev/fuse.
func mounted(t testing.TB) *disk {
	t.Helper()
	c := started(t, diskPart)
	d := &disk{t: t, path: t.TempDir(), rpc: rpc.NewClient(c)}
	t.Cleanup(func() {
		// Lazily, as a test that failed may have files open.
		unmounted := syscall.Unmount(d.path, syscall.MNT_DETACH)
		_ = d.rpc.Close()
		if err := c.end(); (err != nil || unmounted != nil) && !t.Failed() {
			t.Errorf("unmount: %v; the disk's process ends with %v: %s", unmounted, err, c.says.String())
		}
	})
	if err := d.rpc.Call("Disk.Mount", d.path, nil); err != nil {
		t.Fatalf("mount a file system through FUSE: %v; this test needs root and /dev/fuse", err)
	}
	return d
}

func (d *disk) call(method string, args, reply any) {
	d.t.Helper()
	if err := d.rpc.Call("Disk."+method, args, reply); err != nil {
		d.t.Fatalf("the disk's %s: %v", method, err)
	}
}

// put makes a folder on the disk, with power, and returns its path.
func (d *disk) put(p Put) (path string) {
	d.t.Helper()
	if p.Durable == "" {
		p.Durable = p.Seen
	}
	d.call("Put", p, nil)
	return filepath.Join(d.path, p.Folder)
}

// take returns a plain folder with what is in one of the disk's. It lasts until
// the next with the same name.
func (d *disk) take(k Take) (to string) {
	d.t.Helper()
	d.call("Take", k, nil)
	return k.To
}

func (d *disk) drop(folder string) { d.t.Helper(); d.call("Drop", folder, nil) }
func (d *disk) faults(f Faults)    { d.t.Helper(); d.call("Faults", f, nil) }
func (d *disk) cut(c Cut)          { d.t.Helper(); d.call("Cut", c, nil) }

func (d *disk) counts() (c Counts) {
	d.t.Helper()
	d.call("Counts", struct{}{}, &c)
	return c
}

// plain makes a plain folder with the files, empty before.
func plain(t testing.TB, dir string, files map[string][]byte) string {
	t.Helper()
	if err := refill(dir, files); err != nil {
		t.Fatal(err)
	}
	return dir
}

func refill(dir string, files map[string][]byte) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// filesOf reads a plain folder.
func filesOf(dir string) (map[string][]byte, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for _, e := range entries {
		if out[e.Name()], err = os.ReadFile(filepath.Join(dir, e.Name())); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// The disk itself is believed only after this.
func TestTheDiskForgetsWhatWasNotBroughtToIt(t *testing.T) {
	d, scratch := mounted(t), t.TempDir()
	path := d.put(Put{Folder: "a", Seen: plain(t, scratch+"/start", map[string][]byte{"old": []byte("old")})})
	take := func(k Take) map[string]string {
		t.Helper()
		k.Folder, k.To = "a", scratch+"/taken"
		files, err := filesOf(d.take(k))
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]string{}
		for name, text := range files {
			out[name] = string(text)
		}
		return out
	}
	write := func(f *os.File, at int64, text string) {
		t.Helper()
		if _, err := f.WriteAt([]byte(text), at); err != nil {
			t.Fatal(err)
		}
	}
	sync := func(f *os.File) {
		t.Helper()
		if err := f.Sync(); err != nil {
			t.Fatal(err)
		}
	}
	open := func(name string, flag int) *os.File {
		t.Helper()
		f, err := os.OpenFile(name, flag, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	old, made, folder := open(path+"/old", os.O_RDWR), open(path+"/made", os.O_RDWR|os.O_CREATE), open(path, os.O_RDONLY)
	write(old, 0, "new")
	long := strings.Repeat("x", 4*blockBytes)
	write(made, 0, long)
	if got := take(Take{Left: true}); len(got) != 1 || got["old"] != "old" {
		t.Errorf("before any fsync: %q", got)
	}
	sync(made)
	sync(folder)
	write(made, blockBytes/2, strings.Repeat("y", 2*blockBytes))
	if err := made.Truncate(3 * blockBytes); err != nil {
		t.Fatal(err)
	}
	if got := take(Take{Left: true}); len(got) != 2 || got["old"] != "old" || got["made"] != long {
		t.Errorf("after it: %q", got)
	}
	seen, random := map[string]bool{}, rand.New(rand.NewPCG(1, 1))
	for range 200 {
		seen[take(Take{Left: true, Chance: 0.5, Seed: random.Uint64()})["made"]] = true
	}
	if len(seen) != 16 { // three torn blocks and the size, each there or not
		t.Errorf("a cut leaves %d different files, want 16", len(seen))
	}
	if got, err := os.ReadFile(path + "/made"); err != nil || len(got) != 3*blockBytes || string(got) != take(Take{})["made"] {
		t.Errorf("programs see %d bytes, %v", len(got), err)
	}
	d.faults(Faults{SyncFails: "made"})
	if err := made.Sync(); err == nil {
		t.Error("an fsync that fails does not say so")
	}
	sync(made) // the next one believes that all is there
	if got := take(Take{Left: true, Chance: 1})["made"]; got != long {
		t.Error("what a failed fsync left out is on disk")
	}
	if got := d.counts(); got.Syncs != 3 || got.Off {
		t.Errorf("counts %+v", got)
	}
	d.faults(Faults{Room: 10})
	if _, err := old.WriteAt([]byte(long), 0); err == nil {
		t.Error("a full disk takes more")
	}
	d.faults(Faults{ReadOnly: true})
	if _, err := old.WriteAt([]byte("z"), 0); err == nil {
		t.Error("a disk that is only read takes more")
	}
	d.faults(Faults{})
	write(old, 0, "z")
	d.cut(Cut{})
	if _, err := old.WriteAt([]byte("z"), 0); err == nil || !d.counts().Off {
		t.Errorf("a disk without power takes more: %v", err)
	}
}
