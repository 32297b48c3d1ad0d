package cityfile_test

import (
	"context"
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases/storetest"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

func settledStore(t *testing.T) *cityfile.Keeper {
	t.Helper()
	path := filepath.Join(t.TempDir(), "town.gpkg")
	if err := cityfile.Create(t.Context(), path, storetest.Town()); err != nil {
		t.Fatal(err)
	}
	store, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	keeper, err := cityfile.NewKeeper(t.Context(), store, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { keeper.Close() })
	return keeper
}

// TestTheFeedHasAnEditOnceItIsPublished: before a reader can have the new city, the
// feed says nothing of it, though it is committed.
func TestTheFeedHasAnEditOnceItIsPublished(t *testing.T) {
	keeper := settledStore(t)
	store := keeper.Store()
	entries := func() int {
		list, next, err := store.Feed(context.Background(), cityfile.Cursor{}, 10)
		if err != nil || next.Seq != int64(len(list)) {
			t.Error(next, err)
		}
		return len(list)
	}
	inFile := func() (n int) {
		if err := store.View(context.Background(), func(tx *sql.Tx) error {
			return tx.QueryRow("SELECT count(*) FROM change").Scan(&n)
		}); err != nil {
			t.Error(err)
		}
		return n
	}
	told := 0
	store.Notify(func() { told++ })
	seen := make(chan [2]int, 1)
	keeper.Live().Follow(grids.Follower{
		Coming:    func(*grids.Change) { seen <- [2]int{inFile(), entries()} },
		Published: func(*grids.Change) {},
	})
	if _, err := keeper.Reload(t.Context(), "test"); err != nil {
		t.Fatal(err)
	}
	if got := <-seen; got != [2]int{1, 0} {
		t.Errorf("before it is published %d entries are in the file and %d in the feed", got[0], got[1])
	}
	if n := entries(); n != 1 || told != 1 {
		t.Errorf("%d entries afterwards, told %d times", n, told)
	}
}

func TestANoteIsKeptAndIsNotInTheFeed(t *testing.T) {
	keeper := settledStore(t)
	store := keeper.Store()
	for _, text := range []string{"one", "two", ""} {
		if err := store.KeepNote(t.Context(), "hook", text); err != nil {
			t.Fatal(err)
		}
		if got, err := store.Note(t.Context(), "hook"); got != text || err != nil {
			t.Errorf("%q, %v", got, err)
		}
	}
	if got, err := store.Note(t.Context(), "other"); got != "" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	list, next, err := store.Feed(t.Context(), cityfile.Cursor{}, 10)
	if len(list) != 0 || next.Seq != 0 || err != nil || store.Version() != 1 {
		t.Errorf("%v %v %v, version %d", list, next, err, store.Version())
	}
}
