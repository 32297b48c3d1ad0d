package cases

import (
	"database/sql"
	"math/rand/v2"
	"path/filepath"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// SQL tells the hour and weekday of any second as Go's own clocks do, also where
// clocks are changed.
func TestTheHourAndWeekdayAreThoseOfTheCitysClocks(t *testing.T) {
	path := filepath.Join(t.TempDir(), "c.gpkg")
	city := &grids.City{Profile: grids.Profile{
		Code: "990100", Name: "c", Scheme: grids.SchemeGB2013, TimeZone: time.UTC, Plane: crs.LocalPlane(114.3, 34.7), Version: 1,
	}, Base: map[grids.Layer][]grids.Base{}}
	if err := cityfile.Create(t.Context(), path, city); err != nil {
		t.Fatal(err)
	}
	file, err := cityfile.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 5))
	for _, name := range []string{"UTC", "Asia/Shanghai", "Asia/Kolkata", "America/New_York", "Europe/London", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Casablanca"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		var at []int64
		for range 300 {
			at = append(at, time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC).Unix()+random.Int64N(78*365*86400))
		}
		for year := 1991; year < 2060; year++ { // about each change of the clocks
			_, change := time.Date(year, 2, 1, 0, 0, 0, 0, zone).ZoneBounds()
			if !change.IsZero() {
				at = append(at, change.Unix()-1, change.Unix(), change.Unix()+1)
			}
		}
		query := "SELECT (" + localSeconds("c.at", zone) + ") % 86400 / 3600, ((" + localSeconds("c.at", zone) + ") / 86400 + 3) % 7 + 1 FROM (SELECT ? AS at) c"
		if err := file.View(t.Context(), func(tx *sql.Tx) error {
			for _, s := range at {
				var hour, weekday int
				if err := tx.QueryRowContext(t.Context(), query, s).Scan(&hour, &weekday); err != nil {
					return err
				}
				want := time.Unix(s, 0).In(zone)
				if hour != want.Hour() || weekday%7 != int(want.Weekday()) {
					t.Errorf("%s: %v is hour %d of weekday %d", name, want, hour, weekday)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
}
