package demo

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math/rand/v2"
	"time"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// Build stores the history in the city's file, week by week: each is there whole
// or not at all, and between them others write. What an earlier call stored
// before it was ended is left as it is, so that a build which was killed goes on
// where it was, to the same rows. Progress is told how many cases are stored.
func (h *History) Build(ctx context.Context, file *cityfile.Store, now func() time.Time, progress func(stored int)) error {
	ids := &idBytes{h: h}
	store, err := cases.NewCity(ctx, file, cases.Options{Now: now, Random: ids})
	if err != nil {
		return err
	}
	week, err := h.stored(ctx, store)
	if err != nil {
		return fmt.Errorf("build made-up cases: %w", err)
	}
	for ; week < h.Weeks(); week++ {
		if progress != nil {
			progress(h.Before(week))
		}
		if h.Before(week) == h.Before(week+1) {
			continue
		}
		ids.begin(diceIDs, uint64(week))
		if _, err := store.Import(ctx, each(h.Week(week)), nil); err != nil {
			return fmt.Errorf("build made-up cases: week %d: %w", week, err)
		}
	}
	if progress != nil {
		progress(h.Len())
	}
	return nil
}

// stored is how many weeks are in the file: they were stored in order.
func (h *History) stored(ctx context.Context, store *cases.City) (int, error) {
	lo, hi := 0, h.Weeks()
	for lo < hi {
		mid := (lo + hi) / 2
		// An empty week says nothing: look at the last one before it that is not.
		week := mid
		for week >= lo && h.Before(week) == h.Before(week+1) {
			week--
		}
		if week < lo {
			lo = mid + 1
			continue
		}
		_, err := store.Find(ctx, HistorySystem, weekName(week))
		switch {
		case errors.Is(err, cases.ErrNotFound):
			hi = week
		case err != nil:
			return 0, err
		default:
			lo = mid + 1
		}
	}
	return lo, nil
}

// each yields a list as Import wants it.
func each(list []cases.Past) iter.Seq2[cases.Past, error] {
	return func(yield func(cases.Past, error) bool) {
		for _, p := range list {
			if !yield(p, nil) {
				return
			}
		}
	}
}

// idBytes are the bytes of the ids of made-up cases: the same for the same week,
// whenever it is stored.
type idBytes struct {
	h *History
	r *rand.ChaCha8
}

func (b *idBytes) begin(purpose, place uint64) {
	var seed [32]byte
	d := b.h.dice(purpose, place)
	for i := range seed {
		seed[i] = byte(d.between(0, 255))
	}
	b.r = rand.NewChaCha8(seed)
}

func (b *idBytes) Read(p []byte) (int, error) { return b.r.Read(p) }
