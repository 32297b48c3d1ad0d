package importers_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases/storetest"
	"github.com/wanmi-gis/wanmi/grids/importers"
)

func ExampleCaseReader() {
	mapping, err := importers.ParseCasesMapping([]byte(`
crs: cgcs2000
lon: lon
lat: lat
fields:
  source_system: {value: old}
  external_id: id
  kind: {value: component}
  category: class
  source: {value: public}
  reported_at: at
  unit: unit
events: {close: closed}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	snap, err := grids.NewSnapshot(storetest.Town(), time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}
	table := `id,class,at,unit,closed,lon,lat
1,0101,2024-03-01 08:00:00,U1,2024-03-01 17:30:00,114.3002,34.7002
2,0101,1753-01-01 00:00:00,,,114.3002,34.7002
3,0102,2024-03-02 09:00:00,,,114.3007,34.7002
`
	reader, err := importers.NewCaseReader(context.Background(), mapping, snap, strings.NewReader(table))
	if err != nil {
		fmt.Println(err)
		return
	}
	for c, err := range reader.All() {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(c.Report.ExternalID, "in cell", c.Report.Cell, "with", len(c.Events), "steps after its report")
	}
	// Output:
	// 1 in cell 990101001001001 with 7 steps after its report
	// row 3: at (reported_at) "1753-01-01 00:00:00": the year 1753 is not between 1990 and 2200
	// 3 in cell 990101001001002 with 0 steps after its report
}
