package report_test

import (
	"os"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/check/report"
)

func ExampleReport_Text() {
	faults := &grids.Report{}
	faults.Add(grids.Fault{
		Severity: grids.Error, Rule: "missing-code", File: "cells.shp", Layer: grids.Cells, Feature: 17, Reason: "the record has no code",
	})
	r := report.New(report.Input{Source: "city.yaml", At: time.Now(), Import: faults})
	if err := r.Text(os.Stdout, report.English, false); err != nil {
		panic(err)
	}
	// Output:
	// The data could not be loaded; only the faults of the import are known.
	// 1 errors, 0 warnings, 0 notes
	//
	// error  import-missing-code  Record without a code: 1
	//   cells.shp:17  the record has no code
}
