package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// likeThePlainOne sends the same random requests to the store and to the plain
// one, and compares what they answer and hold.
func likeThePlainOne(t *testing.T, b *bench) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 2))
	plain := newMemory(cases.Options{Now: b.clock})
	var ids []cases.ID
	done := 0
	for n := range 600 {
		b.pass(time.Duration(random.IntN(120)) * time.Second)
		r := randomRequest(random, ids, plain, b.clock())
		got, err := b.Append(t.Context(), r)
		want, wantErr := plain.append(got.ID, r)
		if class(err) != class(wantErr) {
			t.Fatalf("request %d, %+v: %v, the plain store says %v", n, r, err, wantErr)
		}
		if got != want {
			t.Fatalf("request %d, %+v: %+v, the plain store says %+v", n, r, got, want)
		}
		if err != nil {
			continue
		}
		if done++; r.Kind == cases.Report && !got.Repeated {
			ids = append(ids, got.ID)
		}
		c, log, err := b.Get(t.Context(), got.ID)
		wantCase, wantLog, _ := plain.get(got.ID)
		if err != nil || !reflect.DeepEqual(c, wantCase) || !sameLog(log, wantLog) {
			t.Fatalf("after request %d: %+v with %+v, %v\nthe plain store has %+v with %+v", n, c, log, err, wantCase, wantLog)
		}
	}
	if done < 100 {
		t.Errorf("only %d requests were done", done)
	}
	found := 0
	for range 300 {
		q := randomQuery(random, b.clock())
		switch random.IntN(10) {
		case 0:
			q.Text = pick(random, ids...).String()
		case 1, 2:
			q.Text = pick(random, "n", "N1", "1", "小", "快")
		}
		got, err := all(t.Context(), b, q)
		want, wantErr := plain.list(q)
		if class(err) != class(wantErr) || !reflect.DeepEqual(got, want) {
			t.Fatalf("list by %+v:\n%+v, %v\nthe plain store has\n%+v, %v", q, got, err, want, wantErr)
		}
		if err == nil && len(got) > 0 {
			found++
		}
	}
	if found < 20 {
		t.Errorf("only %d queries found something", found)
	}
	if n := len(b.entries()); n != len(plain.feed) {
		t.Errorf("the feed has %d entries, the plain store's %d", n, len(plain.feed))
	}
}

// sameLog compares by the text that both would show.
func sameLog(a, b []cases.Event) bool {
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && string(x) == string(y)
}

// class tells errors apart as a caller does.
func class(err error) string {
	for _, e := range []error{cases.ErrNotAllowed, cases.ErrInvalid, cases.ErrNotFound, cases.ErrVersion, cases.ErrExternal, cases.ErrNumber, cases.ErrKeyReused} {
		if errors.Is(err, e) {
			return e.Error()
		}
	}
	if err != nil {
		return "another: " + err.Error()
	}
	return ""
}

func pick[T any](random *rand.Rand, list ...T) T { return list[random.IntN(len(list))] }

func randomRequest(random *rand.Rand, ids []cases.ID, plain *memory, now time.Time) cases.Request {
	people := []cases.Actor{wang, li, zhao, qian, {ID: "feng", Role: cases.Dispatcher, Unit: "D1"}, {ID: "shen", Role: cases.Arbiter}, {ID: "han", Role: cases.Handler, Unit: "U2"}}
	if len(ids) == 0 || random.IntN(8) == 0 {
		r := Report(now.Add(-time.Duration(random.IntN(5*86400)) * time.Second))
		d := r.Report
		d.Kind, d.Category = pick(random, grids.ComponentKind, grids.EventKind), pick(random, "0101", "0101", "0101", "0101", "0102", "0102", "0102", "7")
		d.Source = pick(random, cases.Sources()...)
		d.Cell, d.Zone = pick(random, append(cells, "")...), pick(random, append(zones, "")...)
		d.Component = pick(random, append(components, "", "", "", "", "", "none")...)
		d.System, d.ExternalID = "S", pick(random, "", fmt.Sprint(random.IntN(40)))
		d.Number = pick(random, "", "", fmt.Sprint("N", random.IntN(60)))
		r.Key, r.Hash = pick(random, "", "", fmt.Sprint(random.IntN(60))), pick(random, "a", "b")
		d.Description = pick(random, "", "快递占道", "Nothing")
		r.Then = Way(cases.ID{})[:pick(random, 0, 0, 0, 1, 2, 3)]
		if random.IntN(8) == 0 && len(r.Then) > 0 {
			r.Then[len(r.Then)-1].Kind = cases.Close // not yet
		}
		return r
	}
	r := cases.Request{Case: pick(random, ids[max(0, len(ids)-4):]...), Kind: pick(random, cases.EventKinds()...), Actor: pick(random, people...)}
	if c, _, err := plain.get(r.Case); err == nil && random.IntN(3) > 0 { // else most would be refused
		if now := plain.machine.Allowed(c, r.Actor); len(now) > 0 {
			r.Kind = pick(random, now...)
		}
	}
	switch r.Kind {
	case cases.Dispatch, cases.Rule:
		r.Unit, r.Level = pick(random, "U1", "U1", "U1", "U2", "D1", "U77", ""), pick(random, cases.UnitLevel, cases.UnitLevel, cases.DistrictLevel, "")
	case cases.Survey:
		r.Score = random.IntN(6)
	case cases.Register:
		r.Number = pick(random, "", fmt.Sprint("N", random.IntN(60)))
	}
	r.Version = pick(random, 0, 0, 0, 0, 0, 0, 0, 2, 3)
	r.Note = pick(random, "", "快")
	r.Key, r.Hash = pick(random, "", "", "", "", fmt.Sprint(random.IntN(60))), pick(random, "a", "b")
	return r
}

func randomQuery(random *rand.Rand, now time.Time) cases.Query {
	q := cases.Query{Limit: 1 + random.IntN(20)}
	if random.IntN(3) == 0 {
		q.From = now.Add(-time.Duration(random.IntN(6*86400)) * time.Second).Truncate(time.Second)
		q.To = q.From.Add(time.Duration(random.IntN(3*86400)) * time.Second)
	}
	if random.IntN(3) == 0 {
		q.Kind = pick(random, grids.ComponentKind, grids.EventKind)
		q.Categories = pick(random, nil, []string{"01"}, []string{"0101"}, []string{"0102", "9"}, []string{"7"})
	}
	q.States = pick(random, nil, nil, []cases.State{cases.Reported}, []cases.State{cases.Dispatched, cases.Closed, cases.Opened})
	q.Sources = pick(random, nil, nil, nil, []cases.Source{cases.Public, cases.Sensor})
	q.Units = pick(random, nil, nil, nil, nil, nil, []string{"U1"}, []string{"U1", "U2"}, []string{"none"})
	q.Zones = pick(random, nil, nil, []string{"Z1"})
	q.Cells = pick(random, nil, nil, nil, cells[1:], []string{"y"})
	q.Component = pick(random, "", "", "", "", components[0])
	q.Communities = pick(random, nil, nil, nil, nil, nil, communities[:1])
	q.Streets = pick(random, nil, nil, nil, nil, nil, streets[1:], streets)
	q.Districts = pick(random, nil, nil, nil, nil, nil, districts[:1], []string{"D"})
	if random.IntN(4) == 0 {
		q.Hours = random.Perm(24)[:1+random.IntN(20)]
	}
	if random.IntN(4) == 0 {
		q.Weekdays = []int{1 + random.IntN(7), 1 + random.IntN(7)}
	}
	q.Live = random.IntN(4) == 0
	return q
}
