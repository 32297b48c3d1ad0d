package detect

import (
	"math/rand/v2"
	"testing"
)

// BenchmarkDetect is on 1,000 components of the made-up town in GCJ-02, with
// GPS noise of 10 m.
func BenchmarkDetect(b *testing.B) {
	s := town(b)
	for _, kind := range kinds {
		r := rand.New(rand.NewPCG(1, 1))
		v := components(b, s, r, kind, 1000).shake(r, 10)
		var rows []Row
		for _, m := range moves(b, s) {
			if m.String() == "gcj02" {
				rows = v.as(m)
			}
		}
		b.Run(kind, func(b *testing.B) {
			for b.Loop() {
				if f, err := Detect(b.Context(), s, rows); err != nil || f.Verdict == nil {
					b.Fatal(f, err)
				}
			}
		})
	}
}
