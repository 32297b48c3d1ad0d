package osm

import (
	"context"
	"sync"
)

// inOrder makes n results on several goroutines and takes them in their order, so
// that nothing depends on who is first. Twice as many as there are workers are
// under way at most. It ends with the first error, of make or take, in the order
// of the results.
func inOrder[T any](ctx context.Context, n, workers int, newMake func() func(i int) (T, error), take func(i int, r T) error) error {
	type outcome struct {
		result T
		err    error
	}
	type job struct {
		i    int
		done chan outcome
	}
	workers = max(min(workers, n), 1)
	ctx, stop := context.WithCancel(ctx)
	work, ordered := make(chan job), make(chan job, 2*workers)
	var running sync.WaitGroup
	defer func() { stop(); running.Wait() }()
	for range workers {
		running.Go(func() {
			do := newMake()
			for j := range work {
				r, err := do(j.i)
				j.done <- outcome{r, err}
			}
		})
	}
	running.Go(func() {
		defer close(work)
		defer close(ordered)
		for i := range n {
			j := job{i, make(chan outcome, 1)}
			select {
			case ordered <- j:
			case <-ctx.Done():
				return
			}
			select {
			case work <- j:
			case <-ctx.Done():
				j.done <- outcome{err: ctx.Err()}
				return
			}
		}
	})
	for j := range ordered {
		o := <-j.done
		if o.err == nil {
			o.err = ctx.Err()
		}
		if o.err == nil {
			o.err = take(j.i, o.result)
		}
		if o.err != nil {
			return o.err
		}
	}
	return ctx.Err()
}
