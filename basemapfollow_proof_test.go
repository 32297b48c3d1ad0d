//go:build proof

package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// anyMoment is some time between two looks.
func anyMoment() { <-time.After(rand.N(lookEvery)) }

// TestProof_HowSoonTheFolderIsFollowed adds, replaces and removes archives at moments
// that fall anywhere between two looks of the program at its folder, with 64 clients
// asking for tiles all the while, and prints how soon each is so over HTTP. What is
// judged is that nobody is refused and nothing mixed; the times are the machine's as
// much as ours.
func TestProof_HowSoonTheFolderIsFollowed(t *testing.T) {
	rounds := 40
	if testing.Short() {
		rounds = 4
	}
	c := gather(t)
	var added, replaced, removed []time.Duration
	for i := range rounds {
		name := fmt.Sprint("beside", i)
		path := filepath.Join(c.dir, name+".pmtiles")
		anyMoment()
		replaced = append(replaced, c.replace(t))
		anyMoment()
		c.put(t, name+".pmtiles", 1)
		added = append(added, c.until(t, "added", func() bool { return c.listed(t, name) }))
		anyMoment()
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		removed = append(removed, c.until(t, "removed", func() bool {
			code, _ := c.status(t, "/basemaps/"+name+"/0/0/0.png")
			return code == http.StatusNotFound
		}))
	}
	c.leave()
	fmt.Printf("%d rounds, %d clients, %d answers, none failed or mixed\n", rounds, clientsAtOnce, c.answers.Load())
	for _, s := range []struct {
		what string
		took []time.Duration
	}{{"a new archive is in the catalogue", added}, {"a replaced one is served", replaced}, {"a removed one is 404", removed}} {
		slices.Sort(s.took)
		fmt.Printf("%s: median %.2f s, at most %.2f s\n", s.what, s.took[len(s.took)/2].Seconds(), s.took[len(s.took)-1].Seconds())
	}
}
