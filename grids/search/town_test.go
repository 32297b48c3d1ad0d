package search_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/grids/search"
)

// town is the made-up town with its index.
type town struct {
	*search.Index
	s *grids.Snapshot
}

var madeUp = sync.OnceValues(func() (town, error) {
	city, err := demo.Town(1)
	if err != nil {
		return town{}, err
	}
	s, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		return town{}, err
	}
	return town{search.NewIndex(s), s}, nil
})

func theTown(tb testing.TB) town {
	tb.Helper()
	t, err := madeUp()
	if err != nil {
		tb.Fatal(err)
	}
	return t
}

// newRand returns a source whose seed is printed when the test fails.
func newRand(tb testing.TB, seed uint64) *rand.Rand {
	tb.Helper()
	tb.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0x736561726368))
}

func (t town) find(text string) []search.Result {
	found, _ := t.Search(search.Query{Text: text, Limit: 10})
	return found
}
