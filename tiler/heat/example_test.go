package heat_test

import (
	"context"
	"fmt"
	"log"
	"slices"
	"time"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
	"github.com/wanmi-gis/wanmi/tiler"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

// One cell of a square kilometre, nine cases on one spot in its middle.
func Example() {
	ctx := context.Background()
	cell, err := spatial.FromOrb(orb.Polygon{{{114.3, 34.8}, {114.311, 34.8}, {114.311, 34.809}, {114.3, 34.809}, {114.3, 34.8}}})
	if err != nil {
		log.Fatal(err)
	}
	areas, err := heat.NewAreas([]heat.Chain{{heat.Cells: "c1", heat.Zones: "z1"}})
	if err != nil {
		log.Fatal(err)
	}
	plane := crs.LocalPlane(114.3055, 34.8045)
	var rows []heat.Row
	for i := range 9 {
		at := time.Date(2026, 3, 2, 6+i, 0, 0, 0, time.UTC)
		rows = append(rows, heat.Row{FID: uint32(i), At: spatial.At(114.3055, 34.8045), Time: at.Unix(), Class: uint16(i % 2)})
	}
	table, err := heat.NewTable(ctx, heat.City{Plane: plane, Zone: time.FixedZone("+08", 8*3600), Areas: areas}, slices.Values(rows))
	if err != nil {
		log.Fatal(err)
	}
	filter := heat.Filter{Hours: [][2]int{{14, 20}}}
	predicate, err := filter.Compile(areas)
	if err != nil {
		log.Fatal(err)
	}
	ground, err := heat.NewGround(plane, []*spatial.Shape{cell})
	if err != nil {
		log.Fatal(err)
	}
	view := table.View()
	surface, err := ground.Density(ctx, view, predicate, heat.Options{Kernel: heat.Kernel{BandwidthM: heat.BlockM}})
	if err != nil {
		log.Fatal(err)
	}
	spot := spatial.At(114.3055, 34.8045)
	why, err := surface.Explain(ctx, view, predicate, spot, 1)
	if err != nil {
		log.Fatal(err)
	}
	id, _ := tiler.At(spot, 15)
	domain, err := surface.Domain(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d cases, %.1f per km² there, %.0f %% of class %d\n", surface.N, surface.Value(spot), 100*why.Classes[0].Share, why.Classes[0].Class)
	fmt.Println("a tile:", len(surface.Tile(id, domain.Coding())) > 0)
	// Output:
	// 6 cases, 42.7 per km² there, 50 % of class 0
	// a tile: true
}
