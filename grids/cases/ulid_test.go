package cases

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestAnIDIsItsNumberInBase32(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		var id ID
		for i := range id {
			id[i] = byte(random.Uint32())
		}
		text := id.String()
		n := new(big.Int)
		for _, c := range []byte(text) {
			n.Mul(n, big.NewInt(32)).Add(n, big.NewInt(int64(strings.IndexByte(crockford, c))))
		}
		if n.Cmp(new(big.Int).SetBytes(id[:])) != 0 {
			t.Fatalf("%x is written %s", id, text)
		}
		if back, err := ParseID(text); err != nil || back != id {
			t.Fatalf("%s is read %x, %v", text, back, err)
		}
	}
	// The example of the specification of ULIDs has this time.
	id, err := ParseID("01ARZ3NDEKTSV4RRFFQ69G5FAV")
	if want := time.UnixMilli(1469922850259).UTC(); err != nil || !id.At().Equal(want) {
		t.Errorf("%v, %v, want %v", id.At(), err, want)
	}
}

func TestWhatIsNoIDIsRefused(t *testing.T) {
	for _, text := range []string{"", "01ARZ3NDEKTSV4RRFFQ69G5FA", "01ARZ3NDEKTSV4RRFFQ69G5FAVV", "81ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAU", "01ARZ3NDEKTSV4RRFFQ69G5F世", "01ARZ3NDEKTSV4RRFFQ69G5F\x00V"} {
		if id, err := ParseID(text); !errors.Is(err, ErrID) {
			t.Errorf("%q is read as %v, %v", text, id, err)
		}
	}
	var id ID
	if err := json.Unmarshal([]byte(`"01arz3ndektsv4rrffq69g5fav"`), &id); err != nil || id.String() != "01ARZ3NDEKTSV4RRFFQ69G5FAV" {
		t.Errorf("%v, %v", id, err)
	}
}

func TestIDsGrowAlsoWhenTheClockGoesBackOrManyAskAtOnce(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_000)
	var mu sync.Mutex
	steps := []int64{0, 0, 5, -100, 5, 6}
	g := NewGenerator(func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		if len(steps) > 0 {
			at, steps = time.UnixMilli(at.UnixMilli()+steps[0]), steps[1:]
		}
		return at
	}, rand.NewChaCha8([32]byte{1}))
	var last ID
	for range 10 {
		id, err := g.Next()
		if err != nil || bytes.Compare(id[:], last[:]) <= 0 {
			t.Fatalf("%v after %v, %v", id, last, err)
		}
		last = id
	}
	seen := map[ID]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				id, _ := g.Next()
				mu.Lock()
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(seen) != 4000 {
		t.Errorf("%d different ids of 4000", len(seen))
	}
	if _, err := NewGenerator(time.Now, bytes.NewReader(nil)).Next(); err == nil {
		t.Error("an id was made without randomness")
	}
}

func FuzzParseID(f *testing.F) {
	f.Add("01ARZ3NDEKTSV4RRFFQ69G5FAV")
	f.Add("7ZZZZZZZZZZZZZZZZZZZZZZZZZ")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		id, err := ParseID(text)
		if err != nil {
			return
		}
		if back, err := ParseID(id.String()); err != nil || back != id {
			t.Errorf("%q is %x, written %s, read %x, %v", text, id, id, back, err)
		}
	})
}
