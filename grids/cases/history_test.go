package cases

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// book numbers actors and units in the order they come.
type book struct {
	actors []Actor
	units  []string
}

func (b *book) actor(a Actor) (int64, error) {
	for i, x := range b.actors {
		if x == a {
			return int64(i), nil
		}
	}
	b.actors = append(b.actors, a)
	return int64(len(b.actors) - 1), nil
}

func (b *book) unit(code string) (int64, error) {
	for i, x := range b.units {
		if x == code {
			return int64(i), nil
		}
	}
	b.units = append(b.units, code)
	return int64(len(b.units) - 1), nil
}

func (b *book) actorOf(n int64) (Actor, error) {
	if n >= int64(len(b.actors)) {
		return Actor{}, fmt.Errorf("%w: no actor %d", ErrBlob, n)
	}
	return b.actors[n], nil
}

func (b *book) unitOf(n int64) (string, error) {
	if n >= int64(len(b.units)) {
		return "", fmt.Errorf("%w: no unit %d", ErrBlob, n)
	}
	return b.units[n], nil
}

// walked is the log of a random walk of the machine, with notes and due times.
func walked(random *rand.Rand) []Event {
	m := &Machine{Clock: &fixedClock{}}
	c := &Case{}
	var log []Event
	at := noon
	people := []Actor{{"a", Supervisor, "JD"}, {"b", Operator, "JD"}, {"c", Dispatcher, ""}, {"d", Handler, "U1"}, {"e", Arbiter, ""}, {"f", Handler, "U2"}, {"g", Dispatcher, "D1"}, {"h", PublicRole, ""}}
	for range 60 {
		a := people[random.IntN(len(people))]
		allowed := m.Allowed(c, a)
		if len(allowed) == 0 {
			continue
		}
		e := toward(allowed[random.IntN(len(allowed))], a)
		if e.Kind == Void && random.IntN(8) > 0 {
			continue
		}
		at = at.Add(time.Duration(random.IntN(100_000)) * time.Second)
		e.At = at
		if e.Kind == Report {
			e.Report.ReportedAt = at
		}
		if e.Kind == Dispatch && random.IntN(2) == 0 {
			e.Level, e.Unit = DistrictLevel, "D1"
		}
		if e.Kind != Report && random.IntN(3) == 0 {
			e.Note = "说明 🕳"
		}
		if next, err := m.Next(c, e); err == nil {
			c, log = next, append(log, *e)
		}
	}
	return log
}

func TestABlobOfHistoryReadsBackAsItWasWritten(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	events := 0
	for range 300 {
		log := walked(random)
		if len(log) == 0 {
			continue
		}
		b := &book{}
		blob, err := appendHistory(nil, log, b)
		if err != nil {
			t.Fatal(err)
		}
		back, err := readHistory(blob, log[0].Report, b)
		if err != nil || !reflect.DeepEqual(back, log) {
			t.Fatalf("%d events read back as %d that differ, %v", len(log), len(back), err)
		}
		events += len(log)
		for n := range blob { // cut anywhere it is refused
			if _, err := readHistory(blob[:n], log[0].Report, b); err == nil {
				t.Fatalf("%d of %d bytes are read", n, len(blob))
			}
		}
		if _, err := readHistory(append(blob, 0), log[0].Report, b); err == nil {
			t.Fatal("a byte too many is read")
		}
	}
	if events < 3000 {
		t.Errorf("only %d events", events)
	}
}

func FuzzReadHistory(f *testing.F) {
	b := &book{}
	random := rand.New(rand.NewPCG(4, 4))
	var report *Draft
	for range 5 {
		log := walked(random)
		if len(log) == 0 {
			continue
		}
		report = log[0].Report
		blob, err := appendHistory(nil, log, b)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(blob)
	}
	f.Add([]byte{1, 255, 255, 255, 255, 15, 0})
	f.Fuzz(func(t *testing.T, blob []byte) {
		log, err := readHistory(blob, report, b)
		if err != nil {
			return
		}
		again, err := appendHistory(nil, log, b)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		back, err := readHistory(again, report, b)
		if err != nil || !reflect.DeepEqual(back, log) {
			t.Errorf("%x is read as\n%+v\nwritten and read again\n%+v, %v", blob, log, back, err)
		}
	})
}

// A body of an event is JSON of our own file: what does not fit is an error.
func FuzzBody(f *testing.F) {
	f.Add(`{"note":"x","level":"unit","unit":"U1","due_at":"2026-05-01T04:00:00Z"}`)
	f.Add(`{"report":{"kind":"event","category":"0101","at":{"X":1,"Y":2},"source":"patrol","reported_at":"2026-05-01T04:00:00Z"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var d Details
		if json.Unmarshal([]byte(text), &d) != nil {
			return
		}
		body, err := json.Marshal(d)
		if err != nil {
			return // a time beyond RFC 3339
		}
		var back Details
		if err := json.Unmarshal(body, &back); err != nil {
			t.Errorf("%s is written %s: %v", text, body, err)
		}
	})
}
