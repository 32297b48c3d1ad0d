package api

import (
	"slices"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/tiler"
)

// cellPolygonZoom is the zoom from which cells are drawn as polygons.
const cellPolygonZoom = 12

// tileDescriptions says in the TileJSON what a layer's kind does not.
var tileDescriptions = map[grids.Layer]string{
	grids.Cells: "Polygons from zoom 12 on. Below, one line per kind of border, each stretch of border once: " +
		"level is district, street, community, zone, cell or edge (the rim of the city), and there are no other attributes; with a filter polygons at all zooms.",
}

type borderKind struct {
	layer grids.Layer
	kind  tiler.BorderKind
}

// borderKinds are the layers that are drawn from shared borders, highest first.
var borderKinds = [...]borderKind{
	{grids.Districts, tiler.DistrictBorder},
	{grids.Streets, tiler.StreetBorder},
	{grids.Communities, tiler.CommunityBorder},
	{grids.Zones, tiler.ZoneBorder},
	{grids.Cells, tiler.CellBorder},
}

// sharedAreas returns how a layer is drawn from shared borders, nil for one that
// is not. The borders are built with the first tile of a city and serve all its
// edits, which change no area's shape.
func sharedAreas(s *grids.Snapshot, l grids.Layer, sieve *grids.Sieve) *tiler.Areas {
	if !slices.ContainsFunc(borderKinds[:], func(k borderKind) bool { return k.layer == l }) {
		return nil
	}
	areas := &tiler.Areas{Borders: s.Derive(grids.Cells, func() any { return newBorders(s) }).(*tiler.Borders)}
	switch l {
	case grids.Cells:
		areas.MeshBelow = cellPolygonZoom
	case grids.Zones: // their unit may be edited
		values := tileLayers[grids.Zones].values
		areas.Values = func(row int, dst []string) []string { return values(s, int32(row), dst) }
	}
	if sieve != nil {
		areas.Keep = func(row int) bool { return sieve.Keeps(int32(row)) }
	}
	return areas
}

func newBorders(s *grids.Snapshot) *tiler.Borders {
	layers := make([]tiler.AreaLayer, 0, len(borderKinds))
	for _, k := range borderKinds {
		features := make([]tiler.Feature, s.Count(k.layer))
		for i := range features {
			f := s.Feature(k.layer, int32(i))
			features[i] = tiler.Feature{
				ID: uint64(f.FID), Shape: f.Shape, At: f.At,
				Values: tileLayers[k.layer].values(s, int32(i), nil),
			}
		}
		layers = append(layers, tiler.AreaLayer{Name: string(k.layer), Kind: k.kind, Features: features})
	}
	return tiler.NewBorders(layers...)
}
