package cityfile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// someClaims are one of each subject.
func someClaims(t *testing.T) []grids.Claim {
	from := time.Date(2026, 3, 1, 0, 0, 0, 0, zone(t))
	return []grids.Claim{
		{Subject: grids.Subject{Component: "9901010102000001"}, Unit: "U1", Evidence: "确权〔2026〕1号", DecidedBy: "住建局", Valid: grids.Since(from)},
		{Subject: grids.Subject{Area: "OA00001"}, Unit: "U2", Valid: grids.Between(from, from.AddDate(1, 0, 0))},
		{Subject: grids.Subject{
			Line: []spatial.Coord{spatial.At(114.35, 34.79), spatial.At(114.351, 34.79)}, WithinM: 15, Kind: grids.EventKind, Category: "01,0203",
		}, Unit: "U3", DecidedBy: "指挥中心"},
	}
}

func TestClaimsComeBackAsTheyWereWrittenAndStayInTheFile(t *testing.T) {
	path := created(t, town(t))
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 5, 1, 8, 0, 0, 0, zone(t))
	want := someClaims(t)
	var applied []grids.Claim
	n := NewClaims{Claims: want, Actor: Actor{ID: "a"}, At: at, Applied: func(_ int64, c []grids.Claim) { applied = c }}
	if _, err := s.AddOwnership(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddRulings(t.Context(), NewClaims{Claims: want[:1], Actor: Actor{ID: "a"}, At: at}); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(t.Context(), path); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	records, err := s.Ownership(t.Context())
	if err != nil || len(records) != len(want) {
		t.Fatalf("%d records, %v", len(records), err)
	}
	for i := range want {
		want[i].ID, want[i].Version = int64(i+1), 2
		if !reflect.DeepEqual(records[i].Claim, want[i]) {
			t.Errorf("record %d: %+v, written %+v", i, records[i].Claim, want[i])
		}
	}
	rulings, err := s.Rulings(t.Context())
	if err != nil || len(rulings) != 1 || rulings[0].Version != 3 || rulings[0].Unit != "U1" {
		t.Errorf("rulings %+v, %v", rulings, err)
	}
	entries, _, err := s.Feed(t.Context(), Cursor{}, 10)
	if err != nil || len(entries) != 2 || entries[0].Kind != "ownership" || entries[1].Kind != "ruling" || entries[0].Key != "3" {
		t.Errorf("feed %+v, %v", entries, err)
	}
	if applied != nil {
		t.Error("nobody follows the store, and the claims were applied")
	}
}

func TestANewFileBeginsWithTheClaimsThatAreKnownAlready(t *testing.T) {
	path := filepath.Join(t.TempDir(), "town.gpkg")
	var claims Claims
	for _, c := range someClaims(t) {
		claims.Ownership = append(claims.Ownership, grids.OwnershipRecord{Claim: c})
	}
	claims.Rulings = []grids.Ruling{{Claim: claims.Ownership[2].Claim}}
	if err := CreateWith(t.Context(), path, town(t), claims); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	records, err := s.Ownership(t.Context())
	if err != nil || len(records) != 3 || s.Version() != 1 {
		t.Fatalf("%d records at version %d, %v", len(records), s.Version(), err)
	}
	for i, want := range someClaims(t) {
		want.ID, want.Version = int64(i+1), 1
		if !reflect.DeepEqual(records[i].Claim, want) {
			t.Errorf("record %d: %+v, written %+v", i, records[i].Claim, want)
		}
	}
	if rulings, err := s.Rulings(t.Context()); err != nil || len(rulings) != 1 || rulings[0].ID != 1 || rulings[0].Unit != "U3" {
		t.Errorf("rulings %+v, %v", rulings, err)
	}
	claims.Rulings[0].Unit = ""
	other := filepath.Join(t.TempDir(), "other.gpkg")
	if err := CreateWith(t.Context(), other, town(t), claims); !errors.Is(err, ErrClaim) || !strings.Contains(err.Error(), "rulings number 1") {
		t.Errorf("a ruling without a unit: %v", err)
	}
	if _, err := os.Stat(other); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("half a file was left: %v", err)
	}
}

func TestARepeatedWriteOfClaimsGivesTheSameAnswerOnce(t *testing.T) {
	s, err := Open(t.Context(), created(t, town(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := NewClaims{
		Claims: someClaims(t)[:1], Actor: Actor{ID: "a"}, Key: "k", Hash: "h", At: time.Date(2026, 5, 1, 8, 0, 0, 0, zone(t)),
		Answer: func(c []grids.Claim) (string, error) { return c[0].Unit + " written", nil },
	}
	for range 3 {
		if answer, err := s.AddRulings(t.Context(), n); err != nil || answer != "U1 written" {
			t.Fatalf("%q, %v", answer, err)
		}
	}
	n.Hash = "another"
	if _, err := s.AddRulings(t.Context(), n); !errors.Is(err, ErrKeyReused) {
		t.Errorf("another body under the key: %v", err)
	}
	if all, err := s.Rulings(t.Context()); err != nil || len(all) != 1 {
		t.Errorf("%d rulings, %v", len(all), err)
	}
}

func TestClaimsThatCannotBeMeantAreRefusedAndNothingIsWritten(t *testing.T) {
	s, err := Open(t.Context(), created(t, town(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	at := time.Date(2026, 5, 1, 8, 0, 0, 0, zone(t))
	good := someClaims(t)
	for name, bad := range map[string]func(c *grids.Claim){
		"no unit":         func(c *grids.Claim) { c.Unit = "" },
		"no subject":      func(c *grids.Claim) { c.Subject = grids.Subject{} },
		"two subjects":    func(c *grids.Claim) { c.Subject.Area = "OA1" },
		"ends too early":  func(c *grids.Claim) { c.Valid.To = c.Valid.From },
		"class, no kind":  func(c *grids.Claim) { c.Subject.Category = "01" },
		"place too large": func(c *grids.Claim) { c.Subject = grids.Subject{Line: []spatial.Coord{{}}, WithinM: 501} },
	} {
		c := good[0]
		bad(&c)
		if _, err := s.AddOwnership(context.Background(), NewClaims{Claims: []grids.Claim{good[1], c}, At: at}); !errors.Is(err, ErrClaim) || !strings.Contains(err.Error(), "number 2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.AddOwnership(context.Background(), NewClaims{At: at}); !errors.Is(err, ErrClaim) {
		t.Errorf("none at all: %v", err)
	}
	if all, err := s.Ownership(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("%d records, %v", len(all), err)
	}
	if _, err := s.db.Exec("INSERT INTO ownership (what, unit, version) VALUES ('{}', 'U', 1)"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Ownership(t.Context()); err == nil || !strings.Contains(err.Error(), "ownership 1") {
		t.Errorf("a row of another program that means nothing: %v", err)
	}
}
