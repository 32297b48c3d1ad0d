package clock

import (
	"math/rand/v2"
	"testing"
	"time"
)

// The yellow time is held against the lamp of the standing, which counts what is
// used instead of looking for when it is: green at it, and yellow from the next
// second on in which the clock goes.
func TestTheYellowTimeIsWhenTheLampTurns(t *testing.T) {
	c := china(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	begin := time.Date(2021, 1, 1, 0, 0, 0, 0, c.Zone())
	for range 800 {
		start := begin.Add(time.Duration(random.IntN(5*365*86400)) * time.Second)
		r := Run{Start: start, Limit: Limit{float64(1 + random.IntN(12)), Units()[random.IntN(5)]}, Extensions: random.IntN(3)}
		at := start
		for range random.IntN(3) {
			at = at.Add(time.Duration(random.IntN(86400)) * time.Second)
			until := at.Add(time.Duration(random.IntN(3*86400)) * time.Second)
			if err := r.Hold(at, until); err != nil {
				t.Fatal(err)
			}
			at = until
		}
		yellow, err := c.Yellow(r)
		if err != nil {
			t.Fatal(err)
		}
		due, err := c.Due(r)
		if err != nil || yellow.At.After(due.At) {
			t.Fatalf("%+v: yellow %v, due %v, %v", r, yellow.At, due.At, err)
		}
		if s, err := c.Standing(r, yellow.At); err != nil || s.Lamp != Green {
			t.Fatalf("%+v: at %v %+v, %v", r, yellow.At, s, err)
		}
		before, err := c.Standing(r, yellow.At.Add(-time.Second))
		if err != nil || before.Used*5 >= before.Total*4 && before.Total > 0 {
			t.Fatalf("%+v: a second before %v %+v, %v", r, yellow.At, before, err)
		}
		after := yellow.At
		for s := before; s.Used*5 <= s.Total*4; { // the next second in which the clock goes
			after = after.Add(time.Second)
			if s, err = c.Standing(r, after); err != nil {
				t.Fatal(err)
			}
			if s.Used*5 > s.Total*4 && s.Lamp != Yellow {
				t.Fatalf("%+v: at %v %+v", r, after, s)
			}
			if s.Used*5 <= s.Total*4 && after.Sub(yellow.At) > 10*time.Second {
				break // the clock stands: not looked through second by second
			}
		}
	}
	if _, err := c.Yellow(Run{Start: begin, Limit: Limit{Unit: "moon"}}); err == nil {
		t.Error("a unit that is none")
	}
}
