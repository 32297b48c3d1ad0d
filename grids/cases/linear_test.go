//go:build power

package cases_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/storetest"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// asked is one operation of a history on one case: a read, or an event for the
// version wanted (0 for any).
type asked struct {
	of     int // the case
	reads  bool
	wanted int
	note   string
}

// answered is what came back.
type answered struct {
	version  int
	note     string // of the last event
	mismatch bool
	unknown  bool // the store was killed before it answered
}

// caseModel is a case as one who does one operation at a time sees it.
var caseModel = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byCase := map[int][]porcupine.Operation{}
		for _, o := range history {
			of := o.Input.(asked).of
			byCase[of] = append(byCase[of], o)
		}
		var out [][]porcupine.Operation
		for _, list := range byCase {
			out = append(out, list)
		}
		return out
	},
	Init: func() any { return answered{version: 1} },
	Step: func(state, input, output any) (bool, any) {
		s, in, out := state.(answered), input.(asked), output.(answered)
		fits := in.wanted == 0 || in.wanted == s.version
		after := answered{version: s.version + 1, note: in.note}
		switch {
		case in.reads:
			return out.unknown || (out.version == s.version && out.note == s.note), s
		case out.unknown && fits:
			return true, after // if it was never done, it stands after all others
		case out.unknown:
			return true, s
		case out.mismatch:
			return !fits && out.version == s.version, s
		}
		return fits && out.version == after.version, after
	},
}

// history has 8 clients read and write 4 cases of one store, which is killed or
// loses its power now and then.
type history struct {
	tr    *trial
	cases []cases.ID
	clock atomic.Int64 // orders what is called and what returns

	mu   sync.Mutex
	done []porcupine.Operation
}

const (
	historyClients = 8
	historyCases   = 4
)

// run does about n operations.
func (h *history) run(n int) {
	s, file := h.tr.start()
	for i := range historyCases {
		r := storetest.Report(h.tr.now)
		got, ok := h.tr.ask(s, r, fmt.Sprint("0-", i))
		if !ok {
			h.tr.t.Fatal("the first writes failed")
		}
		h.cases = append(h.cases, got.ID)
	}
	for phase := 0; ; phase++ {
		left := n - len(h.done)
		if left <= 0 {
			break
		}
		h.tr.disk.cutAfter(20 + h.tr.random.IntN(300))
		var wg sync.WaitGroup
		for client := range historyClients {
			random := rand.New(rand.NewPCG(h.tr.random.Uint64(), uint64(client)))
			wg.Go(func() { h.client(s, client, left/historyClients+1, random) })
		}
		wg.Wait()
		h.tr.disk.cut()
		kept := h.tr.disk.content(fmt.Sprint(phase)) // a kill: what was written stays
		_ = file.Close()
		if phase%2 == 1 { // the power fails
			kept = h.tr.disk.remains(fmt.Sprint(phase), h.tr.random, 0.5)
		}
		h.tr.disk.drop(fmt.Sprint(phase))
		h.tr.folder = h.tr.disk.folder(fmt.Sprint(phase+1), kept)
		s, file = h.tr.start()
	}
	sound(h.tr.t, file)
	if err := file.Close(); err != nil {
		h.tr.t.Error(err)
	}
}

// client does operations until the store is gone; it knows the versions it saw.
func (h *history) client(s *cases.City, client, most int, random *rand.Rand) {
	seen := make([]int, historyCases)
	for range most {
		in := asked{of: random.IntN(historyCases), reads: random.IntN(3) == 0}
		if !in.reads {
			in.wanted, in.note = seen[in.of], fmt.Sprintf("%d-%d", client, random.Uint64())
			if random.IntN(6) == 0 {
				in.wanted = 0
			}
		}
		called := h.clock.Add(1)
		out := h.ask(s, in)
		op := porcupine.Operation{ClientId: client, Input: in, Call: called, Output: out, Return: h.clock.Add(1)}
		h.mu.Lock()
		h.done = append(h.done, op)
		h.mu.Unlock()
		if out.unknown {
			return
		}
		seen[in.of] = out.version
	}
}

func (h *history) ask(s *cases.City, in asked) answered {
	ctx, id := context.Background(), h.cases[in.of]
	if in.reads {
		c, events, err := s.Get(ctx, id)
		if err != nil {
			h.tr.t.Errorf("read: %v", err)
			return answered{unknown: true}
		}
		out := answered{version: c.Version}
		if last := events[len(events)-1]; last.Kind != cases.Report {
			out.note = last.Note
		}
		return out
	}
	got, err := s.Append(ctx, cases.Request{
		Case: id, Kind: cases.Urge, Actor: cases.Actor{ID: "li", Role: cases.Operator}, Version: in.wanted, Details: cases.Details{Note: in.note},
	})
	if m, ok := errors.AsType[*cases.VersionMismatch](err); ok {
		return answered{version: m.Have, mismatch: true}
	}
	if err != nil {
		if !errors.Is(err, cityfile.ErrNotWritable) {
			h.tr.t.Errorf("write: %v", err)
		}
		return answered{unknown: true}
	}
	return answered{version: got.Version}
}

// check asks porcupine whether some order of single operations explains all.
func (h *history) check() {
	h.tr.t.Helper()
	end := h.clock.Add(1)
	unknown, mismatches := 0, 0
	for i, o := range h.done {
		out := o.Output.(answered)
		if out.unknown {
			h.done[i].Return = end
			unknown++
		}
		if out.mismatch {
			mismatches++
		}
	}
	if !porcupine.CheckOperations(caseModel, h.done) {
		h.tr.t.Errorf("no order of %d operations explains their answers", len(h.done))
	}
	if unknown == 0 || mismatches == 0 {
		h.tr.t.Errorf("of %d operations %d were cut off and %d came too late", len(h.done), unknown, mismatches)
	}
}

func histories(t *testing.T, n, operations int) {
	t.Helper()
	for range n {
		seed := rand.Uint64()
		h := &history{tr: newTrial(t, seed)}
		h.run(operations)
		if h.check(); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestWhatManyClientsSeeHasAnOrder(t *testing.T) { histories(t, 2, 250) }

// The judge itself: it must see what no order explains.
func TestAHistoryWithoutAnOrderIsSeen(t *testing.T) {
	op := func(in asked, out answered, call, ret int64) porcupine.Operation {
		return porcupine.Operation{Input: in, Output: out, Call: call, Return: ret}
	}
	write := asked{wanted: 1, note: "a"}
	for name, c := range map[string]struct {
		ops  []porcupine.Operation
		want bool
	}{
		"a write that is read":                    {[]porcupine.Operation{op(write, answered{version: 2}, 1, 2), op(asked{reads: true}, answered{version: 2, note: "a"}, 3, 4)}, true},
		"a write that is lost":                    {[]porcupine.Operation{op(write, answered{version: 2}, 1, 2), op(asked{reads: true}, answered{version: 1}, 3, 4)}, false},
		"two writes of one version":               {[]porcupine.Operation{op(write, answered{version: 2}, 1, 5), op(write, answered{version: 2}, 2, 6)}, false},
		"a write cut off and seen":                {[]porcupine.Operation{op(write, answered{unknown: true}, 1, 9), op(asked{reads: true}, answered{version: 2, note: "a"}, 3, 4)}, true},
		"a write cut off and never seen":          {[]porcupine.Operation{op(write, answered{unknown: true}, 1, 9), op(asked{reads: true}, answered{version: 1}, 3, 4)}, true},
		"a write cut off that is seen and undone": {[]porcupine.Operation{op(write, answered{unknown: true}, 1, 9), op(asked{reads: true}, answered{version: 2, note: "a"}, 3, 4), op(asked{reads: true}, answered{version: 1}, 5, 6)}, false},
		"too late though nobody was before":       {[]porcupine.Operation{op(write, answered{version: 1, mismatch: true}, 1, 2)}, false},
	} {
		if got := porcupine.CheckOperations(caseModel, c.ops); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
