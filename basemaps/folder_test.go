package basemaps_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/basemaps"
)

// reason is why a file is refused, "" where it is not.
func reason(c *basemaps.Catalogue, name string) string {
	for _, r := range c.Refused() {
		if r.Name == name {
			return r.Err.Error()
		}
	}
	return ""
}

func TestAnArchiveThatIsBeingCopiedIsServedOnceItIsWhole(t *testing.T) {
	dir := t.TempDir()
	whole := map[string][]byte{"a.pmtiles": pmFile(t, "a")}
	mbFile(t, filepath.Join(t.TempDir(), "b.mbtiles"), "b")
	source := filepath.Join(t.TempDir(), "b.mbtiles")
	mbFile(t, source, "b")
	body, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	whole["b.mbtiles"] = body
	for name, body := range whole {
		t.Run(name, func(t *testing.T) {
			told := 0
			c := opened(t, dir, func(basemaps.Refusal) { told++ })
			f, err := os.Create(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			const steps = 23
			for i := range steps {
				if _, err := f.Write(body[i*len(body)/steps : (i+1)*len(body)/steps]); err != nil {
					t.Fatal(err)
				}
				look(t, c)
				if i+1 < steps && (served(c) != "" || reason(c, name) == "") {
					t.Fatalf("%d of %d bytes: served %q, refused %q", (i+1)*len(body)/steps, len(body), served(c), reason(c, name))
				}
			}
			if err := f.Close(); err != nil {
				t.Fatal(err)
			}
			if served(c) != name || reason(c, name) != "" || told != 1 {
				t.Errorf("served %q, refused %q, told %d times", served(c), reason(c, name), told)
			}
			if err := os.Remove(filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestAnArchiveCutOffWhileServedGivesNoTile is of one that is written over in place:
// of its tiles it is said that they come later, of it what is wrong.
func TestAnArchiveCutOffWhileServedGivesNoTile(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a.pmtiles"), pmFile(t, "a"))
	mbFile(t, filepath.Join(dir, "b.mbtiles"), "b")
	c := opened(t, dir, nil)
	for _, name := range []string{"a.pmtiles", "b.mbtiles"} {
		path := filepath.Join(dir, name)
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, length := range []int64{int64(len(whole)) - 1, int64(len(whole)) / 2, 130, 0} {
			if err := os.Truncate(path, length); err != nil {
				t.Fatal(err)
			}
			for range 2 { // before the folder is looked at, and after
				b := c.Find(name[:1])
				if b == nil {
					t.Fatalf("%s: not even its name is left", name)
				}
				for _, at := range places {
					if body, err := b.Tile(context.Background(), at); !errors.Is(err, basemaps.ErrChanged) || body != nil {
						t.Fatalf("%s of %d bytes: %d bytes of tile, %v", name, length, len(body), err)
					}
				}
				b.Release()
				look(t, c)
			}
			if reason(c, name) == "" {
				t.Errorf("%s of %d bytes: nothing is said", name, length)
			}
		}
		put(t, path, whole)
		look(t, c)
		if len(tileOf(t, c, name[:1], places[0])) == 0 || reason(c, name) != "" {
			t.Errorf("%s is whole again, and refused: %s", name, reason(c, name))
		}
	}
}

func TestAFolderSwappedForAnotherIsFollowed(t *testing.T) {
	parent := t.TempDir()
	dir, next, gone := filepath.Join(parent, "maps"), filepath.Join(parent, "next"), filepath.Join(parent, "gone")
	if err := errors.Join(os.Mkdir(dir, 0o700), os.Mkdir(next, 0o700)); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "a.pmtiles"), pmFile(t, "old"))
	put(t, filepath.Join(dir, "only.pmtiles"), pmFile(t, "old"))
	put(t, filepath.Join(next, "a.pmtiles"), pmFile(t, "new"))
	mbFile(t, filepath.Join(next, "b.mbtiles"), "new")
	c := opened(t, dir, nil)
	held := c.Find("a")

	if err := os.Rename(dir, gone); err != nil {
		t.Fatal(err)
	}
	look(t, c) // between the two renames
	if served(c) != "a.pmtiles only.pmtiles" || !bytes.Equal(tileOf(t, c, "a", places[0]), vector("old")) {
		t.Errorf("while no folder has the name: %s", served(c))
	}
	if err := os.Rename(next, dir); err != nil {
		t.Fatal(err)
	}
	look(t, c)
	if served(c) != "a.pmtiles b.mbtiles" || !bytes.Equal(tileOf(t, c, "a", places[0]), vector("new")) || !bytes.Equal(tileOf(t, c, "b", places[0]), vector("new")) {
		t.Errorf("after the swap: %s", served(c))
	}
	if body, err := held.Tile(context.Background(), places[0]); err != nil || !bytes.Equal(body, vector("old")) {
		t.Errorf("the request under way: %q, %v", body, err)
	}
	held.Release()

	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	look(t, c)
	if served(c) != "" {
		t.Errorf("the folder is removed, served: %s", served(c))
	}
	if err := os.WriteFile(dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	failed, ticks := make(chan error), make(chan time.Time)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.Follow(ctx, ticks, func(err error) { failed <- err })
	}()
	ticks <- time.Time{}
	if err := <-failed; !strings.Contains(err.Error(), "not a directory") {
		t.Errorf("a file in the folder's place: %v", err)
	}
	ticks <- time.Time{} // a second one, of which nothing is told: nobody receives
	ticks <- time.Time{}
	stop()
	<-ended
	if err := errors.Join(os.Remove(dir), os.Mkdir(dir, 0o700)); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "a.pmtiles"), pmFile(t, "back"))
	look(t, c)
	if !bytes.Equal(tileOf(t, c, "a", places[0]), vector("back")) {
		t.Error("the folder is back, its archive is not")
	}
}

func TestWhatIsNoFileOfTheFolderIsRefusedUnopened(t *testing.T) {
	dir, outside := t.TempDir(), t.TempDir()
	secret := filepath.Join(outside, "secret.pmtiles")
	put(t, secret, pmFile(t, "secret"))
	put(t, filepath.Join(dir, "real.pmtiles"), pmFile(t, "real"))
	// To open a pipe waits for who writes into it.
	if err := errors.Join(
		os.Symlink(secret, filepath.Join(dir, "out.pmtiles")), os.Symlink("nowhere.pmtiles", filepath.Join(dir, "dangling.pmtiles")),
		os.Symlink("loop.pmtiles", filepath.Join(dir, "loop.pmtiles")), os.Symlink("real.pmtiles", filepath.Join(dir, "in.pmtiles")),
		syscall.Mkfifo(filepath.Join(dir, "pipe.pmtiles"), 0o600),
	); err != nil {
		t.Fatal(err)
	}
	told := 0
	c := opened(t, dir, func(basemaps.Refusal) { told++ })
	look(t, c)
	if got := served(c); got != "in.pmtiles real.pmtiles" {
		t.Errorf("served: %s", got)
	}
	for name, want := range map[string]string{"out.pmtiles": "link", "dangling.pmtiles": "link", "loop.pmtiles": "link", "pipe.pmtiles": "not a regular file"} {
		if got := reason(c, name); !strings.Contains(got, want) || strings.Contains(got, outside) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if told != 4 {
		t.Errorf("told %d times", told)
	}
	// An archive that is served, its name given to a link out of the folder.
	if err := errors.Join(os.Remove(filepath.Join(dir, "real.pmtiles")), os.Symlink(secret, filepath.Join(dir, "real.pmtiles"))); err != nil {
		t.Fatal(err)
	}
	look(t, c)
	if served(c) != "" || reason(c, "real.pmtiles") == "" || reason(c, "in.pmtiles") == "" {
		t.Errorf("served %s, refused %v", served(c), c.Refused())
	}
}
