package cases_test

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/storetest"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
)

// A case is reported and registered; then somebody tries what may not be yet.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "cases")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	if err := cityfile.Create(ctx, dir+"/town.gpkg", storetest.Town()); err != nil {
		fmt.Println(err)
		return
	}
	file, err := cityfile.Open(ctx, dir+"/town.gpkg")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	s, err := cases.NewCity(ctx, file, cases.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	report, err := s.Append(ctx, cases.Request{
		Kind: cases.Report, Actor: cases.Actor{ID: "0017", Role: cases.Supervisor},
		Details: cases.Details{Report: &cases.Draft{
			Kind: grids.EventKind, Category: "0101", Source: cases.Patrol, At: spatial.At(114.3002, 34.7002), ReportedAt: time.Now(),
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	operator := cases.Actor{ID: "0002", Role: cases.Operator}
	step, err := s.Append(ctx, cases.Request{Case: report.ID, Kind: cases.Register, Actor: operator, Version: report.Version})
	fmt.Println("version", step.Version, err)
	c, _, err := s.Get(ctx, report.ID)
	fmt.Println(c.State, err)
	machine := cases.Machine{}
	_, err = machine.Next(c, &cases.Event{Kind: cases.Close, Actor: operator, At: time.Now()})
	fmt.Println(err)
	// Output:
	// version 2 <nil>
	// registered <nil>
	// close of a case that is registered, by a operator: not in this state; allowed now: open, urge, void, note
}
