package upstream

import (
	"cmp"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// scan reads the names of the folder's files: of a key fetched twice, which a crash
// leaves, the later stays.
func (c *Cache) scan() {
	var found []*cached
	for i := range 256 {
		folder := fmt.Sprintf("%02x", i)
		list, err := fs.ReadDir(c.root.FS(), folder)
		if err != nil {
			continue // not there, or not a folder: put says what is wrong then
		}
		for _, entry := range list {
			name := entry.Name()
			if strings.HasPrefix(name, newPrefix) {
				if _, ours := parseName(name[len(newPrefix):], folder); ours {
					_ = c.root.Remove(path.Join(folder, name)) // left by a crash
				}
				continue
			}
			f, ours := parseName(name, folder)
			state, err := entry.Info()
			if !ours || err != nil || !state.Mode().IsRegular() {
				continue
			}
			f.size, f.touched = onDisk(int(state.Size())), state.ModTime()
			found = append(found, f)
		}
	}
	slices.SortFunc(found, func(a, b *cached) int {
		return cmp.Or(a.touched.Compare(b.touched), strings.Compare(a.name(), b.name()))
	})
	for _, f := range found {
		if before := c.files[f.key]; before != nil {
			was := before.Value.(*cached)
			if was.fetched >= f.fetched {
				c.remove([]*cached{f})
				continue
			}
			c.forget(before)
			c.remove([]*cached{was})
		}
		c.files[f.key] = c.order.PushFront(f)
		c.used += f.size
	}
}

// parseName reads the name of a file of the cache.
func parseName(name, folder string) (*cached, bool) {
	key, fetched, ok := strings.Cut(name, "-")
	if !ok || len(key) != 32 || len(fetched) != 16 || key[:2] != folder {
		return nil, false
	}
	var f cached
	b, err := hex.DecodeString(key)
	if err != nil {
		return nil, false
	}
	at, err := strconv.ParseInt(fetched, 16, 64)
	copy(f.key[:], b)
	f.fetched = at
	return &f, err == nil && f.name() == name
}
