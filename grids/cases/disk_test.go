//go:build power

package cases_test

import (
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// disk is a file system in memory, mounted through FUSE, that knows what a real
// disk would still have after its power failed: for each file what was there at
// its last fsync, and of what was written since then nothing, or any of its
// blocks. It also fails as disks fail.
//
//	write ──▶ data            what programs see
//	      └─▶ pending ──fsync──▶ durable      what a power cut leaves
type disk struct {
	fs.Inode
	path   string
	server *fuse.Server

	mu sync.Mutex
	// left counts the writes and fsyncs until the power fails; below 0 it stays.
	left  int
	off   bool
	syncs int
	// syncFails makes the next fsync of a name that ends so fail, as the kernel
	// does it: once, and what was pending counts as written though it is not.
	syncFails string
	// syncGoes counts those of such names that go well before.
	syncGoes int
	// readOnly refuses all writing, as after a remount.
	readOnly bool
	// room bounds the bytes of all files; 0 is no bound.
	room int
	used int
	// syncTakes is how long an fsync lasts.
	syncTakes time.Duration
}

// dir is one folder of the disk.
type dir struct {
	fs.Inode
	disk *disk
	// durable is what the folder's last fsync left.
	durable map[string]*file
}

// file is one file of the disk.
type file struct {
	fs.Inode
	disk    *disk
	name    string
	data    []byte
	durable []byte
	pending []change
}

// change is a write, or a new size where data is nil.
type change struct {
	at   int
	data []byte
}

const blockBytes = 512

// mounted mounts an empty disk. It needs root and /dev/fuse.
func mounted(t testing.TB) *disk {
	t.Helper()
	d := &disk{path: t.TempDir(), left: -1}
	zero := time.Duration(0)
	server, err := fs.Mount(d.path, d, &fs.Options{
		MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: "powercut", Name: "powercut", MaxWrite: 1 << 17},
		EntryTimeout: &zero, AttrTimeout: &zero,
	})
	if err != nil {
		t.Fatalf("mount a file system through FUSE: %v; this test needs root and /dev/fuse", err)
	}
	d.server = server
	t.Cleanup(func() {
		if err := server.Unmount(); err != nil {
			_ = syscall.Unmount(d.path, syscall.MNT_DETACH) // of a test that failed with files open
			t.Errorf("unmount: %v", err)
		}
	})
	return d
}

// folder makes a folder with the files given, all of them durable.
func (d *disk) folder(name string, files map[string][]byte) (path string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := &dir{disk: d, durable: map[string]*file{}}
	inode := d.NewPersistentInode(context.Background(), n, fs.StableAttr{Mode: fuse.S_IFDIR})
	d.AddChild(name, inode, true)
	for name, text := range files {
		f := &file{disk: d, name: name, data: slices.Clone(text), durable: slices.Clone(text)}
		n.durable[name] = f
		n.AddChild(name, n.NewPersistentInode(context.Background(), f, fs.StableAttr{Mode: fuse.S_IFREG}), true)
		d.used += len(text)
	}
	d.off = false
	return d.path + "/" + name
}

// remains returns what the disk has of a folder after its power failed: all that
// was durable, and each block written since with the chance.
func (d *disk) remains(name string, random *rand.Rand, chance float64) map[string][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.GetChild(name).Operations().(*dir)
	out := map[string][]byte{}
	for name, f := range n.durable {
		out[name] = f.torn(random, chance)
	}
	for name, child := range n.Children() { // made, and the folder not brought to disk
		f := child.Operations().(*file)
		if _, ok := out[name]; !ok && random.Float64() < chance {
			out[name] = f.torn(random, chance)
		}
	}
	delete(out, "city.gpkg-shm") // is made anew
	return out
}

// content is what programs see of a folder: what the kill of a program leaves.
func (d *disk) content(name string) map[string][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[string][]byte{}
	for name, child := range d.GetChild(name).Children() {
		if !strings.HasSuffix(name, "-shm") {
			out[name] = slices.Clone(child.Operations().(*file).data)
		}
	}
	return out
}

// drop removes a folder.
func (d *disk) drop(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.GetChild(name)
	for _, child := range n.Children() {
		f := child.Operations().(*file)
		d.used -= len(f.data)
		f.data, f.durable, f.pending = nil, nil, nil // the kernel keeps the file's name for long
	}
	n.RmAllChildren()
	d.RmChild(name)
}

// torn is the file with some of what is pending.
func (f *file) torn(random *rand.Rand, chance float64) []byte {
	out := slices.Clone(f.durable)
	for _, c := range f.pending {
		if c.data == nil {
			if random.Float64() < chance {
				out = sized(out, c.at)
			}
			continue
		}
		for at := 0; at < len(c.data); {
			end := min(len(c.data), (c.at+at)/blockBytes*blockBytes+blockBytes-c.at)
			if random.Float64() < chance {
				out = over(out, c.at+at, c.data[at:end])
			}
			at = end
		}
	}
	return out
}

// over writes data at a place, with zeros before it where there was nothing.
func over(text []byte, at int, data []byte) []byte {
	if end := at + len(data); end > len(text) {
		text = sized(text, end)
	}
	copy(text[at:], data)
	return text
}

func sized(text []byte, n int) []byte {
	if n <= len(text) {
		return text[:n]
	}
	return append(text, make([]byte, n-len(text))...)
}

// fails counts a write or fsync and says what it fails of; the lock is held.
func (d *disk) fails() syscall.Errno {
	switch {
	case d.left > 0:
		d.left--
	case d.left == 0:
		d.off, d.left = true, -1
	}
	switch {
	case d.off:
		return syscall.EIO
	case d.readOnly:
		return syscall.EROFS
	}
	return 0
}

// cutAfter has the power fail after so many writes and fsyncs.
func (d *disk) cutAfter(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.left = n
}

// cut has the power fail now.
func (d *disk) cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.off, d.left = true, -1
}

func (d *disk) set(change func(d *disk)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

func (d *disk) synced() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.syncs
}

// What FUSE asks of a folder.
var (
	_ fs.NodeCreater  = (*dir)(nil)
	_ fs.NodeUnlinker = (*dir)(nil)
	_ fs.NodeFsyncer  = (*dir)(nil)
	_ fs.NodeWriter   = (*file)(nil)
	_ fs.NodeReader   = (*file)(nil)
	_ fs.NodeFsyncer  = (*file)(nil)
	_ fs.NodeOpener   = (*file)(nil)
)

func (n *dir) Create(ctx context.Context, name string, _, _ uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if errno := n.disk.fails(); errno != 0 {
		return nil, nil, 0, errno
	}
	f := &file{disk: n.disk, name: name}
	child := n.NewPersistentInode(ctx, f, fs.StableAttr{Mode: fuse.S_IFREG})
	n.AddChild(name, child, true)
	f.attr(&out.Attr)
	return child, nil, fuse.FOPEN_NOFLUSH, 0
}

func (n *dir) Unlink(_ context.Context, name string) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if child := n.GetChild(name); child != nil {
		n.disk.used -= len(child.Operations().(*file).data)
	}
	return n.disk.fails()
}

func (n *dir) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	n.disk.mu.Lock()
	defer n.disk.mu.Unlock()
	if errno := n.disk.fails(); errno != 0 {
		return errno
	}
	clear(n.durable)
	for name, child := range n.Children() {
		n.durable[name] = child.Operations().(*file)
	}
	return 0
}

func (n *dir) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode = 0o755
	return 0
}

// And of a file.

func (f *file) attr(out *fuse.Attr) {
	out.Mode, out.Size, out.Nlink = 0o644, uint64(len(f.data)), 1
}

// Open asks for no word at closing: a test that ends with files open would wait
// for its own answer.
func (f *file) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_NOFLUSH, 0
}

func (f *file) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	f.attr(&out.Attr)
	return 0
}

// Read goes on without power: what programs have seen they may see until they
// end, and a page of shared memory that cannot be read would end this one.
func (f *file) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	from := min(int(off), len(f.data))
	return fuse.ReadResultData(slices.Clone(f.data[from:min(from+len(dest), len(f.data))])), 0
}

// shared reports whether the file is the log's index, shared memory by another
// name: losing it is part of every power cut, so it never fails.
func (f *file) shared() bool { return strings.HasSuffix(f.name, "-shm") }

func (f *file) Write(_ context.Context, _ fs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if !f.shared() {
		if errno := f.disk.fails(); errno != 0 {
			return 0, errno
		}
		if errno := f.grow(int(off) + len(data)); errno != 0 {
			return 0, errno
		}
		f.pending = append(f.pending, change{int(off), slices.Clone(data)})
	}
	f.data = over(f.data, int(off), data)
	return uint32(len(data)), 0
}

// grow takes the room for a file of n bytes.
func (f *file) grow(n int) syscall.Errno {
	more := max(0, n-len(f.data))
	if f.disk.room > 0 && f.disk.used+more > f.disk.room {
		return syscall.ENOSPC
	}
	f.disk.used += more
	return 0
}

func (f *file) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if n, ok := in.GetSize(); ok {
		if !f.shared() {
			if errno := f.disk.fails(); errno != 0 {
				return errno
			}
			if errno := f.grow(int(n)); errno != 0 {
				return errno
			}
			f.disk.used -= max(0, len(f.data)-int(n))
			f.pending = append(f.pending, change{int(n), nil})
		}
		f.data = sized(f.data, int(n))
	}
	f.attr(&out.Attr)
	return 0
}

func (f *file) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	f.disk.mu.Lock()
	takes := f.disk.syncTakes
	f.disk.mu.Unlock()
	if takes > 0 {
		<-time.After(takes) // as long as such a disk would take
	}
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	f.disk.syncs++
	if errno := f.disk.fails(); errno != 0 {
		return errno
	}
	if end := f.disk.syncFails; end != "" && strings.HasSuffix(f.name, end) {
		if f.disk.syncGoes--; f.disk.syncGoes < 0 {
			f.disk.syncFails = ""
			f.pending = nil // clean to the kernel, and not on disk
			return syscall.EIO
		}
	}
	for _, c := range f.pending {
		if c.data == nil {
			f.durable = sized(f.durable, c.at)
			continue
		}
		f.durable = over(f.durable, c.at, c.data)
	}
	f.pending = nil
	return 0
}

// The disk itself is believed only after this.
func TestTheDiskForgetsWhatWasNotBroughtToIt(t *testing.T) {
	d := mounted(t)
	path := d.folder("a", map[string][]byte{"old": []byte("old")})
	write := func(f *os.File, at int64, text string) {
		t.Helper()
		if _, err := f.WriteAt([]byte(text), at); err != nil {
			t.Fatal(err)
		}
	}
	f, err := os.OpenFile(path+"/old", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	write(f, 0, "new")
	made, err := os.Create(path + "/made")
	if err != nil {
		t.Fatal(err)
	}
	defer made.Close()
	long := strings.Repeat("x", 4*blockBytes)
	write(made, 0, long)
	random := rand.New(rand.NewPCG(1, 1))
	if got := d.remains("a", random, 0); len(got) != 1 || string(got["old"]) != "old" {
		t.Errorf("before any fsync: %q", got)
	}
	if err := made.Sync(); err != nil {
		t.Fatal(err)
	}
	folder, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	if err := folder.Sync(); err != nil {
		t.Fatal(err)
	}
	write(made, blockBytes/2, strings.Repeat("y", 2*blockBytes))
	if err := made.Truncate(3 * blockBytes); err != nil {
		t.Fatal(err)
	}
	if got := d.remains("a", random, 0); len(got) != 2 || string(got["old"]) != "old" || string(got["made"]) != long {
		t.Errorf("after it: %q", got)
	}
	seen := map[string]bool{}
	for range 200 {
		seen[string(d.remains("a", random, 0.5)["made"])] = true
	}
	if len(seen) != 16 { // three torn blocks and the size, each there or not
		t.Errorf("a cut leaves %d different files, want 16", len(seen))
	}
	if got, err := os.ReadFile(path + "/made"); err != nil || len(got) != 3*blockBytes || string(got) != string(d.content("a")["made"]) {
		t.Errorf("programs see %d bytes, %v", len(got), err)
	}
	d.set(func(d *disk) { d.syncFails = "made" })
	if err := made.Sync(); err == nil {
		t.Error("an fsync that fails does not say so")
	}
	if err := made.Sync(); err != nil {
		t.Errorf("the next fsync: %v", err)
	}
	if got := d.remains("a", random, 1)["made"]; string(got) != long {
		t.Error("what a failed fsync left out is on disk")
	}
	d.set(func(d *disk) { d.room = d.used + 10 })
	if _, err := f.WriteAt([]byte(long), 0); err == nil {
		t.Error("a full disk takes more")
	}
	d.cut()
	if _, err := f.WriteAt([]byte("z"), 0); err == nil {
		t.Error("a disk without power takes more")
	}
}
