package api

import (
	"context"
	"errors"
	"time"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// ResumeDue lets the cases go on whose hold was until a date that has come, and
// returns how many. A case that somebody changes meanwhile is left to the next
// time. Nothing depends on how soon it is called: the clock goes on from the date.
func (d *Desk) ResumeDue(ctx context.Context) (n int, err error) {
	q := cases.Query{States: []cases.State{cases.Held}, Limit: web.MaxLimit}
	for {
		page, err := d.store.List(ctx, q)
		if err != nil {
			return n, err
		}
		for i := range page.Cases {
			done, err := d.resume(ctx, page.Cases[i].ID)
			if err != nil {
				return n, err
			}
			if done {
				n++
			}
		}
		if q.After = page.Next; page.Next == "" {
			return n, nil
		}
	}
}

func (d *Desk) resume(ctx context.Context, id cases.ID) (done bool, err error) {
	k, _, err := d.store.Get(ctx, id)
	if err != nil || k.State != cases.Held || k.HeldUntil.IsZero() || k.HeldUntil.After(d.now()) {
		return false, err
	}
	_, err = d.store.Append(ctx, cases.Request{Case: id, Kind: cases.Resume, Actor: automaton, Version: k.Version})
	if errors.Is(err, cases.ErrVersion) || errors.Is(err, cases.ErrNotAllowed) {
		return false, nil
	}
	return err == nil, err
}

// resumeEvery is how often a server looks for holds that are over.
const resumeEvery = time.Minute

// Watch resumes cases until the context ends.
func (d *Desk) Watch(ctx context.Context, failed func(error)) {
	tick := time.NewTicker(resumeEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if _, err := d.ResumeDue(ctx); err != nil && ctx.Err() == nil {
				failed(err)
			}
		}
	}
}
