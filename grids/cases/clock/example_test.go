package clock_test

import (
	"fmt"
	"log"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

func Example() {
	zone, err := time.LoadLocation("Asia/Shanghai")
	if err != nil {
		log.Fatal(err)
	}
	calendar, err := clock.ForCity(&grids.Profile{TimeZone: zone}, nil)
	if err != nil {
		log.Fatal(err)
	}
	table, err := clock.NewTable("own", []grids.Condition{
		{Scheme: "own", Kind: grids.ComponentKind, Minor: "0123", Code: "01", Text: "井盖破损", Stage: "handle", Limit: 2, Unit: "work_day"},
	})
	if err != nil {
		log.Fatal(err)
	}
	// Dispatched on the last afternoon before the long holiday of 2025.
	run, err := table.Start(grids.ComponentKind, "0123", "01", "handle", time.Date(2025, 9, 30, 16, 0, 0, 0, zone))
	if err != nil {
		log.Fatal(err)
	}
	standing, err := calendar.Standing(run, time.Date(2025, 10, 10, 15, 30, 0, 0, zone))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("due", standing.At.Format("2006-01-02 15:04"))
	fmt.Println(standing.Lamp, standing.Used, "of", standing.Total)
	// Output:
	// due 2025-10-10 16:00
	// yellow 15h30m0s of 16h0m0s
}
