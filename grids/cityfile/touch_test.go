package cityfile

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"
)

func foreign(t *testing.T, s *Store) bool {
	t.Helper()
	got, err := s.Foreign(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// entryOfCase is what a wanmi beside this one writes of a case.
const entryOfCase = "INSERT INTO change (epoch, kind, key, version, at, body) VALUES ('x', 'case', 'k', 1, '2026-01-01T00:00:00Z', '{}')"

func TestOnlyWhatChangesTheCityIsForeign(t *testing.T) {
	path := created(t, town(t))
	s := opened(t, path)
	id := byte(0)
	kase := func() string { id++; return aCase(id) }
	for _, x := range []struct {
		what string
		want bool
		by   []string
	}{
		{"nothing", false, nil},
		{"a case", false, []string{kase() + ";" + entryOfCase}},
		{"the next event of a case", false, []string{"UPDATE cases SET state = 6, version = 2; INSERT INTO case_events VALUES (1, 2, 1, 'accept', 'a', 'handler', '', '', 1)"}},
		{"bulk history", false, []string{"INSERT INTO history VALUES (1, x'00'); INSERT INTO case_actors (actor, role) VALUES ('a', 'r')"}},
		{"a kept answer", false, []string{"INSERT INTO idempotency VALUES ('k', 'h', 'a', '2026-01-01T00:00:00Z')"}},
		{"a note of the server", false, []string{"INSERT OR REPLACE INTO wanmi_meta VALUES ('note:x', '1')"}},
		{"a row of a layer", true, []string{"UPDATE cells SET land_use = 'x' WHERE fid = 1"}},
		{"a row that stays as it was", true, []string{"UPDATE cells SET land_use = land_use WHERE fid = 1"}},
		{"a row that goes", true, []string{"DELETE FROM components WHERE fid = 5"}},
		{"all rows that go", true, []string{"DELETE FROM addresses", "DELETE FROM components"}},
		{"a unit", true, []string{"INSERT INTO units (code, name) VALUES ('N', 'n')"}},
		{"a unit that takes another's place", true, []string{"INSERT OR REPLACE INTO units (fid, code, name) VALUES (1, 'N2', 'n')"}},
		{"a ruling", true, []string{"INSERT INTO rulings (what, unit, version) VALUES ('w', 'u', 1)"}},
		{"the city's name", true, []string{"UPDATE wanmi_meta SET value = 'other' WHERE key = 'city_name'"}},
		{"a city version", true, []string{"UPDATE wanmi_meta SET value = value + 1 WHERE key = 'city_version'"}},
		{"a column", true, []string{"ALTER TABLE cells ADD COLUMN more TEXT"}},
		{"cases before and after a row", true, []string{kase(), "UPDATE zones SET name = 'x'", kase()}},
		{"a case after all that", false, []string{kase()}},
		{"a trigger that is taken away", true, []string{"DROP TRIGGER touch_cells_update"}},
		{"a row whose change is not counted", true, []string{"UPDATE cells SET land_use = 'y' WHERE fid = 1"}},
		{"a case of a file that does not count", true, []string{kase()}},
	} {
		for _, by := range x.by {
			execute(t, path, by)
		}
		if got := foreign(t, s); got != x.want {
			t.Errorf("%s: foreign is %t", x.what, got)
		}
		if foreign(t, s) {
			t.Errorf("%s: it is told twice", x.what)
		}
	}
}

// TestEveryTableOfTheCityIsCounted: a table that loading reads and nobody counts
// would be a change that nobody sees.
func TestEveryTableOfTheCityIsCounted(t *testing.T) {
	path := created(t, town(t))
	db := openDB(path, readOnly, 1)
	defer db.Close()
	var rest string
	if err := db.QueryRow(`SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_master t WHERE type = 'table' AND name NOT GLOB 'sqlite_*'
		AND name NOT GLOB 'rtree_*' AND name NOT GLOB 'gpkg_*' AND (SELECT count(*) FROM sqlite_master g
			WHERE g.type = 'trigger' AND g.tbl_name = t.name AND g.name GLOB 'touch_*') < 3 ORDER BY name)`).Scan(&rest); err != nil {
		t.Fatal(err)
	}
	// Of the city as a whole, of cases and what goes with them, and the count itself.
	const want = "case_actors case_events case_external case_words cases change history idempotency media retired_code touch wanmi_meta"
	if rest != want {
		t.Errorf("not counted are %s", rest)
	}
}

// TestWhatOthersDoBetweenWritesOfOursIsForeign walks at random, with a flag as
// oracle: another program's change of the city since it was asked.
func TestWhatOthersDoBetweenWritesOfOursIsForeign(t *testing.T) {
	path := created(t, town(t))
	s := opened(t, path)
	other := openDB(path, readWrite, 1)
	defer other.Close()
	rnd := rand.New(rand.NewPCG(23, 6))
	want, told, asked := false, 0, 0
	for step := range 600 {
		var err error
		switch what := rnd.IntN(12); what {
		case 0:
			_, err = other.Exec("UPDATE components SET maintainer = ? WHERE fid = 2", fmt.Sprint(step))
			want = true
		case 1, 2:
			_, err = other.Exec(entryOfCase)
		case 3, 4, 5:
			_, err = s.Write(t.Context(), Change{Kind: "component", At: time.Unix(0, 0)}, state(fmt.Sprint(step)))
		case 6, 7:
			err = s.KeepNote(t.Context(), "n", fmt.Sprint(step))
		case 8: // one that fails
			_, err = s.Write(t.Context(), Change{}, func(tx *sql.Tx) error {
				_, err := tx.Exec("UPDATE components SET state = 'x'; UPDATE nowhere SET x = 1")
				return err
			})
			if err == nil || !strings.Contains(err.Error(), "nowhere") {
				t.Fatal(err)
			}
			err = nil
		default:
			asked++
			if got := foreign(t, s); got != want {
				t.Fatalf("step %d: foreign is %t", step, got)
			} else if got {
				told++
			}
			want = false
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if told < 20 || asked < 100 {
		t.Errorf("asked %d times, %d times foreign", asked, told)
	}
}

// TestOurOwnWritesAreNeverForeignHoweverItIsAskedBesideThem: and what another does
// meanwhile is told once they are done, if not before.
func TestOurOwnWritesAreNeverForeignHoweverItIsAskedBesideThem(t *testing.T) {
	path := created(t, town(t))
	s := opened(t, path)
	other := openDB(path, readWrite, 1)
	defer other.Close()
	for _, others := range []bool{false, true} {
		ctx, stop := context.WithCancel(t.Context())
		var asking, writing sync.WaitGroup
		told := 0
		asking.Go(func() {
			for ctx.Err() == nil {
				if got, err := s.Foreign(t.Context()); err != nil {
					t.Error(err)
				} else if got {
					told++
				}
			}
		})
		for w := range 3 {
			writing.Go(func() {
				for k := range 40 {
					var err error
					switch {
					case w < 2:
						_, err = s.Write(t.Context(), Change{}, state(fmt.Sprint(w, k)))
					case others && k == 20:
						_, err = other.Exec("UPDATE cells SET land_use = land_use || 'x'")
					default:
						_, err = other.Exec(entryOfCase)
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		writing.Wait()
		stop()
		asking.Wait()
		if foreign(t, s) {
			told++
		}
		if want := map[bool]int{true: 1}[others]; told != want {
			t.Errorf("others change the city: %t; told %d times", others, told)
		}
	}
}

// BenchmarkForeign is a look at the file after another program's commit of a case.
func BenchmarkForeign(b *testing.B) {
	path := created(b, bareTown(b))
	s := opened(b, path)
	other := openDB(path, readWrite, 1)
	defer other.Close()
	for b.Loop() {
		b.StopTimer()
		if _, err := other.Exec(entryOfCase); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		if got, err := s.Foreign(b.Context()); got || err != nil {
			b.Fatal(got, err)
		}
	}
}
