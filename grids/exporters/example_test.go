package exporters_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/demo"
	"github.com/wanmi-gis/wanmi/grids/exporters"
)

func ExampleExport() {
	city, err := demo.Town(1)
	if err != nil {
		fmt.Println(err)
		return
	}
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	files, _, err := exporters.Export(context.Background(), filepath.Join(dir, "cells.shp"), city, exporters.Options{
		Layers: []grids.Layer{grids.Cells}, CRS: "epsg:4547",
	})
	for _, f := range files {
		fmt.Println(filepath.Base(f))
	}
	fmt.Println(err)
	// Output:
	// cells.shp
	// cells.shx
	// cells.dbf
	// cells.cpg
	// cells.prj
	// <nil>
}
