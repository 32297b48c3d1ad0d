package cases_test

import (
	"context"
	"math/rand/v2"
	"net/rpc"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// diskServer is the disk in its own process; its exported methods are what the
// tests call.
type diskServer struct {
	fs.Inode

	mu     sync.Mutex
	path   string
	faults Faults
	cut    Cut
	off    bool
	syncs  int
	room   int // what all files may have together; 0 is no bound
	used   int // what they have
}

// dir is one folder of the disk.
type dir struct {
	fs.Inode
	disk *diskServer
	// durable is what the folder's last fsync left.
	durable map[string]*file
}

// file is one file of the disk.
type file struct {
	fs.Inode
	disk    *diskServer
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

// serveDisk does what the tests ask until they end, and leaves no mount behind.
func serveDisk() {
	d := &diskServer{cut: Cut{After: -1}}
	orders := rpc.NewServer()
	if err := orders.RegisterName("Disk", d); err != nil {
		panic(err) // of our own methods
	}
	orders.ServeConn(stdio{})
	_ = syscall.Unmount(d.path, syscall.MNT_DETACH) // done by tests that end well
}

// stdio is the connection to the tests.
type stdio struct{}

func (stdio) Read(p []byte) (int, error)  { return os.Stdin.Read(p) }
func (stdio) Write(p []byte) (int, error) { return os.Stdout.Write(p) }
func (stdio) Close() error                { return nil }

// Mount mounts the disk.
func (d *diskServer) Mount(path string, _ *struct{}) error {
	zero := time.Duration(0)
	d.path = path
	_, err := fs.Mount(path, d, &fs.Options{
		MountOptions: fuse.MountOptions{DirectMountStrict: true, FsName: "powercut", Name: "powercut", MaxWrite: 1 << 17},
		EntryTimeout: &zero, AttrTimeout: &zero,
	})
	return err
}

// Put makes a folder; the power is on again.
func (d *diskServer) Put(p Put, _ *struct{}) error {
	seen, err := filesOf(p.Seen)
	if err != nil {
		return err
	}
	durable, err := filesOf(p.Durable)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	n := &dir{disk: d, durable: map[string]*file{}}
	inode := d.NewPersistentInode(context.Background(), n, fs.StableAttr{Mode: fuse.S_IFDIR})
	d.AddChild(p.Folder, inode, true)
	for name, text := range seen {
		f := &file{disk: d, name: name, data: text, durable: slices.Clone(durable[name])}
		n.durable[name] = f
		n.AddChild(name, n.NewPersistentInode(context.Background(), f, fs.StableAttr{Mode: fuse.S_IFREG}), true)
		d.used += len(text)
	}
	d.off, d.cut = false, Cut{After: -1}
	return nil
}

// Take writes the files of a folder to a plain one.
func (d *diskServer) Take(k Take, _ *struct{}) error {
	files := d.seen
	if k.Left {
		files = d.left
	}
	return refill(k.To, files(k))
}

// left is what the disk has after its power failed.
func (d *diskServer) left(k Take) map[string][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	random := rand.New(rand.NewPCG(k.Seed, 0))
	n := d.GetChild(k.Folder).Operations().(*dir)
	out := map[string][]byte{}
	for _, name := range sortedNames(n.durable) { // the same seed tears the same blocks
		out[name] = n.durable[name].torn(random, k.Chance)
	}
	made := map[string]*file{}
	for name, child := range n.Children() {
		made[name] = child.Operations().(*file)
	}
	for _, name := range sortedNames(made) { // made, and the folder not brought to disk
		if _, ok := out[name]; !ok && random.Float64() < k.Chance {
			out[name] = made[name].torn(random, k.Chance)
		}
	}
	for name := range out {
		if isShared(name) { // is made anew
			delete(out, name)
		}
	}
	return out
}

func sortedNames(files map[string]*file) []string {
	return slices.Sorted(func(yield func(string) bool) {
		for name := range files {
			if !yield(name) {
				return
			}
		}
	})
}

// seen is what programs see of a folder: what the kill of a program leaves.
func (d *diskServer) seen(k Take) map[string][]byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := map[string][]byte{}
	for name, child := range d.GetChild(k.Folder).Children() {
		if !isShared(name) {
			out[name] = slices.Clone(child.Operations().(*file).data)
		}
	}
	return out
}

// Drop removes a folder.
func (d *diskServer) Drop(name string, _ *struct{}) error {
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
	return nil
}

// Faults sets how the disk fails.
func (d *diskServer) Faults(f Faults, _ *struct{}) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.faults, d.room = f, 0; f.Room > 0 {
		d.room = d.used + f.Room
	}
	return nil
}

// Cut says when the power fails; after 0 writes it is off at once.
func (d *diskServer) Cut(c Cut, _ *struct{}) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.cut = c; c.After == 0 {
		d.fails()
	}
	return nil
}

// Counts counts.
func (d *diskServer) Counts(_ struct{}, out *Counts) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	*out = Counts{d.syncs, d.off}
	return nil
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
func (d *diskServer) fails() syscall.Errno {
	switch {
	case d.cut.After > 0:
		d.cut.After--
	case d.cut.After == 0:
		if d.off, d.cut.After = true, -1; d.cut.Kills > 0 {
			_ = syscall.Kill(d.cut.Kills, syscall.SIGKILL) // it may have ended
		}
	}
	switch {
	case d.off:
		return syscall.EIO
	case d.faults.ReadOnly:
		return syscall.EROFS
	}
	return 0
}
