//go:build proof

package codes_test

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids/codes"
)

// table reads a list of Kaifeng's division codes: code and name.
func table(t *testing.T, file string) [][]string {
	t.Helper()
	dir := os.Getenv("WANMI_DATA")
	if dir == "" {
		t.Fatal("WANMI_DATA names no folder of test data")
	}
	f, err := os.Open(filepath.Join(dir, "cn-kaifeng", "codes", file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil || len(rows) < 2 {
		t.Fatalf("%s: %d rows, %v", file, len(rows), err)
	}
	return rows[1:]
}

// TestProof_KaifengsDivisionsAreReadAndTheirKindsAgreeWithTheirNames reads the
// statistical bureau's list of 2023; the names tell the kinds.
func TestProof_KaifengsDivisionsAreReadAndTheirKindsAgreeWithTheirNames(t *testing.T) {
	for _, row := range table(t, "areas_6.csv") {
		if code, err := codes.ParseDivision(codes.Pattern{}, row[0]); err != nil || code != row[0] {
			t.Errorf("%s %s: %v", row[0], row[1], err)
		}
	}
	kinds := map[codes.StreetKind]int{}
	for _, row := range table(t, "streets_9.csv") {
		s, err := codes.ParseStreet(codes.Pattern{}, row[0])
		if err != nil || s.Division != row[2] {
			t.Errorf("%s %s: %v, %v", row[0], row[1], s, err)
			continue
		}
		kinds[s.Kind()]++
		want := codes.Enterprise
		for suffix, kind := range map[string]codes.StreetKind{"街道": codes.Subdistrict, "镇": codes.Town, "乡": codes.Township} {
			if strings.HasSuffix(row[1], suffix) {
				want = kind
			}
		}
		if s.Kind() != want {
			t.Errorf("%s %s is %q by its number, %q by its name", row[0], row[1], s.Kind(), want)
		}
	}
	t.Logf("streets by kind: %v", kinds)
	communities := map[codes.CommunityKind]int{}
	for _, row := range table(t, "communities_12.csv") {
		c, err := codes.ParseCommunity(codes.Pattern{}, row[0])
		if err != nil {
			t.Errorf("%s %s: %v", row[0], row[1], err)
			continue
		}
		if street, err := c.In().Code(codes.Pattern{}); err != nil || street != row[2] {
			t.Errorf("%s %s lies in %s, %v", row[0], row[1], street, err)
		}
		if again, err := c.Code(codes.Pattern{}); err != nil || again != row[0] {
			t.Errorf("%s is written %s, %v", row[0], again, err)
		}
		communities[c.Kind()]++
		// A 社区 may be numbered as a village it was; a 村 is never numbered as
		// residents'.
		if strings.HasSuffix(row[1], "村") && c.Kind() == codes.Residents {
			t.Errorf("%s %s is residents' by its number", row[0], row[1])
		}
	}
	t.Logf("communities by kind: %v", communities)
}
