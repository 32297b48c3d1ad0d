package cases_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/storetest"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// asked is one operation of a history on one case: a read, or an event for the
// version wanted (0 for any).
type asked struct {
	Of     int // the case
	Reads  bool
	Wanted int
	Note   string
}

// answered is what came back.
type answered struct {
	Version  int
	Note     string // of the last event
	Mismatch bool
	Unknown  bool // the store was killed before it answered
}

// turn is a line of a history: an operation begins, or it ends with its answer.
type turn struct {
	Client int
	Ends   bool
	Asked  asked
	Answer answered
	Wrong  string // what should not have happened
}

// caseModel is a case as one who does one operation at a time sees it.
var caseModel = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byCase := map[int][]porcupine.Operation{}
		for _, o := range history {
			of := o.Input.(asked).Of
			byCase[of] = append(byCase[of], o)
		}
		var out [][]porcupine.Operation
		for _, list := range byCase {
			out = append(out, list)
		}
		return out
	},
	Init: func() any { return answered{Version: 1} },
	Step: func(state, input, output any) (bool, any) {
		s, in, out := state.(answered), input.(asked), output.(answered)
		fits := in.Wanted == 0 || in.Wanted == s.Version
		after := answered{Version: s.Version + 1, Note: in.Note}
		switch {
		case in.Reads:
			return out.Version == s.Version && out.Note == s.Note, s
		case out.Mismatch:
			return !fits && out.Version == s.Version, s
		}
		return fits && out.Version == after.Version, after
	},
}

const (
	historyClients = 8
	historyCases   = 4
)

// historyWork has the clients read and write the cases until the store is gone.
func historyWork(s *cases.City, j job, tell func(turn)) {
	var wg sync.WaitGroup
	for n := range j.Clients {
		c := reader{s, j.History, n, rand.New(rand.NewPCG(j.Seed, uint64(n))), make([]int, len(j.History))}
		wg.Go(func() {
			for {
				in := c.next()
				tell(turn{Client: n, Asked: in})
				out, wrong := c.ask(in)
				if tell(turn{n, true, in, out, wrong}); out.Unknown {
					return
				}
				c.seen[in.Of] = out.Version
			}
		})
	}
	wg.Wait()
}

// reader is a client of a history; it knows the versions it saw.
type reader struct {
	store  *cases.City
	ids    []cases.ID
	n      int
	random *rand.Rand
	seen   []int
}

func (c *reader) next() asked {
	in := asked{Of: c.random.IntN(len(c.ids)), Reads: c.random.IntN(3) == 0}
	if in.Reads {
		return in
	}
	in.Wanted, in.Note = c.seen[in.Of], fmt.Sprintf("%d-%d", c.n, c.random.Uint64())
	if c.random.IntN(6) == 0 {
		in.Wanted = 0
	}
	return in
}

func (c *reader) ask(in asked) (out answered, wrong string) {
	ctx, id := context.Background(), c.ids[in.Of]
	if in.Reads {
		got, events, err := c.store.Get(ctx, id)
		if err != nil {
			return answered{Unknown: true}, "read: " + err.Error()
		}
		out.Version = got.Version
		if last := events[len(events)-1]; last.Kind != cases.Report {
			out.Note = last.Note
		}
		return out, ""
	}
	got, err := c.store.Append(ctx, cases.Request{
		Case: id, Kind: cases.Urge, Actor: cases.Actor{ID: "li", Role: cases.Operator}, Version: in.Wanted, Details: cases.Details{Note: in.Note},
	})
	if m, ok := errors.AsType[*cases.VersionMismatch](err); ok {
		return answered{Version: m.Have, Mismatch: true}, ""
	}
	if err != nil && !errors.Is(err, cityfile.ErrNotWritable) {
		wrong = "write: " + err.Error()
	}
	return answered{Version: got.Version, Unknown: err != nil}, wrong
}

// history is what the clients of one store say, which is killed or loses its
// power now and then. The order of the lines is that of time: a line is told
// before the store is asked, or after it has answered.
type history struct {
	tr    *trial
	clock int64
	done  []porcupine.Operation
	open  map[int]porcupine.Operation // by client
	// versions are those of the logs that remain, by note.
	versions map[string]int
}

// run does at least n operations.
func (h *history) run(n int) {
	h.tr.t.Helper()
	ids := h.begin()
	for round := 0; len(h.done) < n; round++ {
		j := job{
			Path: h.tr.disk.path + "/" + h.tr.folder() + "/" + cityName, Cycle: h.tr.cycle,
			Clients: historyClients, History: ids, Seed: h.tr.random.Uint64(),
		}
		serve(h.tr.t, h.tr.disk, j, 20+h.tr.random.IntN(200), round%4 >= 2, h.note)
		h.end()
		// The power fails, or only the server is killed: what it wrote stays.
		h.tr.powerOn(Take{Left: round%2 == 0, Chance: 0.5})
		if h.tr.t.Failed() {
			return
		}
	}
	s, file := h.tr.open(h.tr.disk.take(Take{Folder: h.tr.folder(), To: h.tr.scratch + "/all"}))
	sound(h.tr.t, file)
	h.versions = map[string]int{}
	for _, id := range ids {
		_, events, err := s.Get(context.Background(), id)
		if err != nil {
			h.tr.t.Fatal(err)
		}
		for _, e := range events {
			h.versions[e.Note] = e.Seq
		}
	}
	h.tr.close(file)
}

// begin brings new cases to the disk.
func (h *history) begin() (ids []cases.ID) {
	h.tr.t.Helper()
	plain := h.tr.disk.take(Take{Folder: h.tr.folder(), To: h.tr.scratch + "/first"})
	s, file := h.tr.open(plain)
	for range historyCases {
		got, err := s.Append(context.Background(), storetest.Report(dayOf(0)))
		if err != nil {
			h.tr.t.Fatal(err)
		}
		ids = append(ids, got.ID)
	}
	h.tr.close(file)
	h.tr.disk.drop(h.tr.folder())
	h.tr.disk.put(Put{Folder: h.tr.folder(), Seen: plain})
	return ids
}

// note takes a line.
func (h *history) note(line turn) {
	h.clock++
	if line.Wrong != "" {
		h.tr.t.Error(line.Wrong)
	}
	if !line.Ends {
		h.open[line.Client] = porcupine.Operation{ClientId: line.Client, Input: line.Asked, Call: h.clock}
		return
	}
	if line.Answer.Unknown {
		return // what was refused by a disk that fails may still be found on it
	}
	op := h.open[line.Client]
	delete(h.open, line.Client)
	op.Output, op.Return = line.Answer, h.clock
	h.done = append(h.done, op)
}

// end closes what is open when the server is gone: what is not done by now will
// never be.
func (h *history) end() {
	h.clock++
	for client, op := range h.open {
		op.Output, op.Return = answered{Unknown: true}, h.clock
		h.done = append(h.done, op)
		delete(h.open, client)
	}
}

// settled makes of the writes that were cut off what the log at the end says of
// them: they were done as that version, or never. Reads that were cut off say
// nothing. Without it the search for an order takes all of them as possible
// everywhere and does not end.
func settled(history []porcupine.Operation, versions map[string]int) (out []porcupine.Operation, cutOff int) {
	for _, op := range history {
		in := op.Input.(asked)
		if !op.Output.(answered).Unknown {
			out = append(out, op)
			continue
		}
		cutOff++
		if v, done := versions[in.Note]; done && !in.Reads {
			op.Output = answered{Version: v, Note: "cut off"} // for who reads it
			out = append(out, op)
		}
	}
	return out, cutOff
}

// check asks porcupine whether some order of single operations explains all.
func (h *history) check() {
	h.tr.t.Helper()
	list, cutOff := settled(h.done, h.versions)
	late := 0
	for _, op := range list {
		if op.Output.(answered).Mismatch {
			late++
		}
	}
	for _, part := range caseModel.Partition(list) {
		if porcupine.CheckOperations(caseModel, part) {
			continue
		}
		h.tr.t.Errorf("no order of these operations on a case explains their answers:")
		for _, op := range part {
			h.tr.t.Logf("%4d-%4d client %d: %+v: %+v", op.Call, op.Return, op.ClientId, op.Input, op.Output)
		}
	}
	if cutOff == 0 || late == 0 {
		h.tr.t.Errorf("of %d operations %d were cut off and %d came too late", len(h.done), cutOff, late)
	}
}

func histories(t *testing.T, n, operations int) {
	t.Helper()
	total, ends := 0, 0
	for i := range n {
		t.Run(fmt.Sprint("history ", i), func(t *testing.T) {
			seed := rand.Uint64()
			h := &history{tr: newTrial(t, seed), open: map[int]porcupine.Operation{}}
			if h.run(operations); !t.Failed() {
				h.check()
			}
			total, ends = total+len(h.done), ends+h.tr.cycle
			if t.Failed() {
				t.Logf("seed %d", seed)
			}
		})
	}
	t.Logf("%d histories, %d operations, %d kills and power cuts", n, total, ends)
}

func TestWhatManyClientsSeeHasAnOrder(t *testing.T) { histories(t, 2, 250) }

// The judge itself: it must see what no order explains.
func TestAHistoryWithoutAnOrderIsSeen(t *testing.T) {
	op := func(in asked, out answered, call, ret int64) porcupine.Operation {
		return porcupine.Operation{Input: in, Output: out, Call: call, Return: ret}
	}
	write := asked{Wanted: 1, Note: "a"}
	read := asked{Reads: true}
	cut := answered{Unknown: true}
	for name, c := range map[string]struct {
		ops  []porcupine.Operation
		log  map[string]int
		want bool
	}{
		"a write that is read":                    {[]porcupine.Operation{op(write, answered{Version: 2}, 1, 2), op(read, answered{Version: 2, Note: "a"}, 3, 4)}, nil, true},
		"a write that is lost":                    {[]porcupine.Operation{op(write, answered{Version: 2}, 1, 2), op(read, answered{Version: 1}, 3, 4)}, nil, false},
		"two writes of one version":               {[]porcupine.Operation{op(write, answered{Version: 2}, 1, 5), op(write, answered{Version: 2}, 2, 6)}, nil, false},
		"a write cut off and seen":                {[]porcupine.Operation{op(write, cut, 1, 9), op(read, answered{Version: 2, Note: "a"}, 3, 4)}, map[string]int{"a": 2}, true},
		"a write cut off and never seen":          {[]porcupine.Operation{op(write, cut, 1, 9), op(read, answered{Version: 1}, 3, 4)}, nil, true},
		"a write cut off and there later":         {[]porcupine.Operation{op(write, cut, 1, 2), op(read, answered{Version: 1}, 3, 4)}, map[string]int{"a": 2}, false},
		"a write cut off that is seen and undone": {[]porcupine.Operation{op(write, cut, 1, 9), op(read, answered{Version: 2, Note: "a"}, 3, 4)}, nil, false},
		"a read cut off":                          {[]porcupine.Operation{op(read, cut, 1, 2)}, nil, true},
		"too late though nobody was before":       {[]porcupine.Operation{op(write, answered{Version: 1, Mismatch: true}, 1, 2)}, nil, false},
	} {
		list, _ := settled(c.ops, c.log)
		if got := porcupine.CheckOperations(caseModel, list); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// A disk that fails an fsync may have all of it: what its server refused for that
// is there when it is opened anew, though others did not see it until then.
func TestAWriteRefusedByAFailingDiskMayBeFoundLater(t *testing.T) {
	h := &history{open: map[int]porcupine.Operation{}}
	write, read := asked{Wanted: 1, Note: "a"}, asked{Reads: true}
	for _, line := range []turn{
		{Client: 1, Asked: write},
		{Client: 1, Asked: write, Ends: true, Answer: answered{Unknown: true}},
		{Client: 2, Asked: read},
		{Client: 2, Asked: read, Ends: true, Answer: answered{Version: 1}},
	} {
		h.note(line)
	}
	h.end()
	list, cutOff := settled(h.done, map[string]int{"a": 2})
	if cutOff != 1 || len(list) != 2 || !porcupine.CheckOperations(caseModel, list) {
		t.Errorf("%d cut off; no order of %+v", cutOff, list)
	}
}
