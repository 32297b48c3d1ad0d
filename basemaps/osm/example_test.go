package osm_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"

	"github.com/wanmi-gis/wanmi/basemaps/osm"
	"github.com/wanmi-gis/wanmi/tiler"
)

func ExampleRead() {
	b, err := os.ReadFile("testdata/town.osm.pbf") // a large file is opened and not read
	if err != nil {
		log.Fatal(err)
	}
	m, err := osm.Read(context.Background(), bytes.NewReader(b), int64(len(b)), osm.Options{MaxZoom: 15})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(&m.Report)
	for _, b := range m.Report.Broken {
		fmt.Println(b)
	}
	_, stats, err := tiler.Encode(nil, m, osm.Names(), tiler.ID{Z: 12, X: 3348, Y: 1625}, tiler.Options{})
	fmt.Println(stats.Features, "features in a tile", err)
	// Output:
	// 47 nodes, 19 ways, 3 relations
	// base_buildings: 2 (public 1, residential 1)
	// base_green: 1 (forest 1)
	// base_places: 1 (city 1)
	// base_pois: 2 (hospital 1, school 1)
	// base_rail: 1 (subway 1)
	// base_roads: 4 (path 1, primary 2, residential 1)
	// base_water: 2 (lake 1, river 1)
	// way 1017: fewer than two of its nodes are in the file
	// way 1019: the file does not have all of its nodes
	// relation 2003: not drawn: not whole: 1 of its ways are not in the file, 1 close no ring
	// 8 features in a tile <nil>
}
