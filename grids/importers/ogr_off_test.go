//go:build !gdal

package importers

import (
	"errors"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/grids"
)

func TestAFileThatOnlyOGRReadsSaysHowToGetIt(t *testing.T) {
	for _, name := range []string{"a.gdb", "a.gdb.zip", "A.TAB", "a.mif", "a.dxf", "a.kml", "a.kmz"} {
		f := &FileMapping{File: name}
		if kind, err := f.format(); err != nil || kind != formatOGR {
			t.Errorf("%s is %q: %v", name, kind, err)
		}
	}
	p := newPlot(t, strings.Replace(head+cellsLayer, "cells.geojson", "cells.kml", 1), map[string]string{"cells.kml": "<kml/>"})
	_, report := p.imported(t)
	if report.Count(grids.Error) == 0 || !strings.Contains(report.Faults[0].Reason, "go build -tags gdal") {
		t.Errorf("%+v", report.Faults)
	}
	if err := readOGR(t.Context(), "cells.kml", "", nil, nil); !errors.Is(err, errNoOGR) {
		t.Error(err)
	}
}
