package demo

import (
	"reflect"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
)

// Every record and ruling of the town is about something that exists, names a
// unit of the town, and is the same when made again.
func TestTheTownsRecordsAndRulingsAreAboutWhatIsThere(t *testing.T) {
	city, err := Town(1)
	if err != nil {
		t.Fatal(err)
	}
	records, rulings := Responsibility(city)
	again, ruled := Responsibility(city)
	if !reflect.DeepEqual(records, again) || !reflect.DeepEqual(rulings, ruled) {
		t.Error("made twice they differ")
	}
	components, units := map[string]bool{}, map[string]bool{}
	for i := range city.Components {
		components[city.Components[i].Code] = true
	}
	for i := range city.Units {
		units[city.Units[i].Code] = true
	}
	expired, lines := 0, 0
	check := func(c *grids.Claim, number int) {
		if err := c.Subject.Check(); err != nil || c.ID != int64(number) || !units[c.Unit] || c.Evidence == "" {
			t.Errorf("claim %+v: %v", c, err)
		}
		if c.Subject.Component != "" && !components[c.Subject.Component] {
			t.Errorf("component %s does not exist", c.Subject.Component)
		}
		if !c.Valid.Holds(time.Date(2026, time.June, 1, 0, 0, 0, 0, city.TimeZone)) {
			expired++
		}
		if len(c.Subject.Line) > 0 {
			lines++
		}
	}
	for i := range records {
		check(&records[i].Claim, i+1)
	}
	for i := range rulings {
		check(&rulings[i].Claim, i+1)
	}
	if len(records) < 20 || expired == 0 || lines == 0 {
		t.Errorf("%d records, %d claims expired, %d rulings on borders", len(records), expired, lines)
	}
}
