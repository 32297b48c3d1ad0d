package tiler

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	stdgzip "compress/gzip"
)

func TestGzipIsReadableAndDeterministic(t *testing.T) {
	rnd := rand.New(rand.NewPCG(41, 41))
	bodies := [][]byte{nil, []byte("x"), bytes.Repeat([]byte("wanmi"), 50_000)}
	noise := make([]byte, 100_000)
	for i := range noise {
		noise[i] = byte(rnd.IntN(7))
	}
	bodies = append(bodies, noise)
	first := map[[2]int][]byte{}
	for range 3 { // from a new writer and from a used one
		for level := -3; level <= 11; level++ {
			for i, body := range bodies {
				got := Gzip([]byte("head"), body, level)
				if string(got[:4]) != "head" {
					t.Fatal("dst is not kept")
				}
				r, err := stdgzip.NewReader(bytes.NewReader(got[4:]))
				if err != nil {
					t.Fatal(err)
				}
				back, err := io.ReadAll(r)
				if err != nil || !bytes.Equal(back, body) || !r.ModTime.IsZero() || r.Name != "" {
					t.Fatalf("level %d body %d: %v, %v %q", level, i, err, r.ModTime, r.Name)
				}
				key := [2]int{level, i}
				if first[key] == nil {
					first[key] = got
				}
				if !bytes.Equal(first[key], got) {
					t.Fatalf("level %d body %d: other bytes", level, i)
				}
			}
		}
	}
}
