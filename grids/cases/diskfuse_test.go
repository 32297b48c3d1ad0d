package cases_test

import (
	"context"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// What FUSE asks of a folder and of a file.
var (
	_ fs.NodeCreater   = (*dir)(nil)
	_ fs.NodeUnlinker  = (*dir)(nil)
	_ fs.NodeFsyncer   = (*dir)(nil)
	_ fs.NodeGetattrer = (*dir)(nil)

	_ fs.NodeOpener    = (*file)(nil)
	_ fs.NodeGetattrer = (*file)(nil)
	_ fs.NodeSetattrer = (*file)(nil)
	_ fs.NodeReader    = (*file)(nil)
	_ fs.NodeWriter    = (*file)(nil)
	_ fs.NodeFsyncer   = (*file)(nil)
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
	if errno := n.disk.fails(); errno != 0 {
		return errno
	}
	if child := n.GetChild(name); child != nil {
		n.disk.used -= len(child.Operations().(*file).data)
	}
	return 0
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

func (f *file) attr(out *fuse.Attr) {
	out.Mode, out.Size, out.Nlink = 0o644, uint64(len(f.data)), 1
}

// Open asks for no word at closing, which would tell nothing.
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
// end, and a page of shared memory that cannot be read would end them at once.
func (f *file) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	from := min(int(off), len(f.data))
	return fuse.ReadResultData(slices.Clone(f.data[from:min(from+len(dest), len(f.data))])), 0
}

// isShared reports whether a file is the log's index, shared memory by another
// name: losing it is part of every power cut, so only a full disk refuses it.
func isShared(name string) bool { return strings.HasSuffix(name, "-shm") }

func (f *file) Write(_ context.Context, _ fs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if !isShared(f.name) {
		if errno := f.disk.fails(); errno != 0 {
			return 0, errno
		}
	}
	if errno := f.grow(int(off) + len(data)); errno != 0 {
		return 0, errno
	}
	if !isShared(f.name) {
		f.pending = append(f.pending, change{int(off), slices.Clone(data)})
	}
	f.data = over(f.data, int(off), data)
	return uint32(len(data)), 0
}

// grow takes the room for a file of n bytes.
func (f *file) grow(n int) syscall.Errno {
	more := max(0, n-len(f.data))
	if f.disk.room > 0 && more > 0 && f.disk.used+more > f.disk.room {
		return syscall.ENOSPC
	}
	f.disk.used += more
	return 0
}

func (f *file) Setattr(_ context.Context, _ fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if size, ok := in.GetSize(); ok {
		if errno := f.resize(int(size)); errno != 0 {
			return errno
		}
	}
	f.attr(&out.Attr)
	return 0
}

// resize cuts the file or lengthens it with zeros.
func (f *file) resize(n int) syscall.Errno {
	if !isShared(f.name) {
		if errno := f.disk.fails(); errno != 0 {
			return errno
		}
	}
	if errno := f.grow(n); errno != 0 {
		return errno
	}
	f.disk.used -= max(0, len(f.data)-n)
	if !isShared(f.name) {
		f.pending = append(f.pending, change{n, nil})
	}
	f.data = sized(f.data, n)
	return 0
}

func (f *file) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	f.disk.mu.Lock()
	takes := f.disk.faults.SyncTakes
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
	if f.syncFails() {
		f.pending = nil // clean to the kernel, and not on disk
		return syscall.EIO
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

// syncFails reports whether this is the fsync that fails.
func (f *file) syncFails() bool {
	now := &f.disk.faults
	if now.SyncFails == "" || !strings.HasSuffix(f.name, now.SyncFails) {
		return false
	}
	if now.SyncGoes--; now.SyncGoes >= 0 {
		return false
	}
	now.SyncFails = ""
	return true
}
