package api

import (
	"strconv"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// The layer of the live cases. It is no layer of the city: its features come from
// the board, and change some hundred times as often.

const casesName = "cases"

// casesLayer is its number among the layers of tiles: the last, drawn on top.
var casesLayer = len(grids.MapLayers())

const (
	caseMinZoom = 8
	// caseSumsBelow is the zoom from where a tile of a city has a few dozen cases.
	caseSumsBelow = 12
)

var caseFields = []string{
	"code", "number", "kind", "category", "major", "state", "source", "unit", "zone", "lamp", "component",
	"reported_at", "due_at", "yellow_at",
}

var caseSums = func() *tiler.Sums {
	sums := &tiler.Sums{Below: caseSumsBelow}
	for _, l := range cases.Lamps() {
		sums.Classes = append(sums.Classes, countPrefix+string(l))
	}
	return sums
}()

const casesDescription = "Cases that are not over, and those over for less than 24 hours; code is the case's id, times are seconds since 1970. " +
	"Below zoom 12 one point for each square of 32 units of 4096 that has any, with their number (count) and that of each lamp (count_red). " +
	"From zoom 12 on single cases. "

func caseLayer(v *cases.View) tiler.Layer {
	return tiler.Layer{
		Name: casesName, Kind: spatial.Points, MinZoom: caseMinZoom, MaxZoom: maxTileZoom, Fields: caseFields,
		Numbers: caseFields[len(caseFields)-3:], Sums: caseSums, Count: v.Len(), Box: v.Box(), Description: casesDescription + pointsDescription,
	}
}

// noPoints is a layer of which nothing was prepared: cases come and go too fast.
var noPoints = tiler.NewPoints(tiler.PointRows{})

// caseView shows the cases of a board that are kept, nil for all, to the tiler. It
// is made for one tile.
func caseView(snap *grids.Snapshot, v *cases.View, keep func(*cases.Live) bool) tiler.Prepared {
	if v == nil {
		return nil
	}
	var found []*cases.Live
	out := &tiler.PointView{Points: noPoints}
	out.Added = func(window spatial.Box) (added []tiler.AddedPoint) {
		found = found[:0]
		v.Window(window, func(c *cases.Live) bool {
			if keep == nil || keep(c) {
				added = append(added, tiler.AddedPoint{ID: uint64(c.FID), At: c.At, Row: int32(len(found))})
				found = append(found, c)
			}
			return true
		})
		return added
	}
	out.Values = func(row int32, dst []string) []string { return caseValues(snap, found[row], dst) }
	out.Classes = func(row int32, dst []string) []string { return append(dst, lampCounts[found[row].Lit]) }
	return out
}

var lampCounts = func() map[cases.Lamp]string {
	out := map[cases.Lamp]string{}
	for _, l := range cases.Lamps() {
		out[l] = countPrefix + string(l)
	}
	return out
}()

// caseValues are those of caseFields.
func caseValues(snap *grids.Snapshot, c *cases.Live, dst []string) []string {
	major := ""
	if cat := snap.Catalogue.Find(c.Kind, c.Category); cat != nil {
		major = cat.Major
	}
	dst = append(dst, c.ID.String(), c.Number, string(c.Kind), c.Category, major, string(c.State), string(c.Source), c.Unit, c.Zone, string(c.Lit), c.Component,
		strconv.FormatInt(c.ReportedAt.Unix(), 10), "", "")
	if !c.DueAt.IsZero() {
		dst[len(dst)-2] = strconv.FormatInt(c.DueAt.Unix(), 10)
	}
	if !c.YellowAt.IsZero() {
		dst[len(dst)-1] = strconv.FormatInt(c.YellowAt.Unix(), 10)
	}
	return dst
}

// caseDirt lists the tiles of cases that look different, each once; whole says that
// they are too many.
func caseDirt(rows []cases.LiveChange) (dirty []tiler.Dirty, whole bool) {
	var tiles []tiler.ID
	seen := map[spatial.Coord]bool{}
	in := map[tiler.ID]bool{}
	for _, r := range rows {
		for _, c := range [...]*cases.Live{r.Before, r.After} {
			if c == nil || seen[c.At] {
				continue
			}
			seen[c.At] = true
			of, _ := tiler.Cover(make([]tiler.ID, 0, maxTileZoom+1), &tiler.Feature{At: c.At}, caseMinZoom, maxTileZoom, 0, maxDirty)
			for _, id := range of {
				if !in[id] {
					in[id] = true
					tiles = append(tiles, id)
				}
			}
			if len(tiles) > maxDirty {
				return nil, true
			}
		}
	}
	if len(tiles) == 0 {
		return nil, false
	}
	return []tiler.Dirty{{Layer: casesLayer, Tiles: tiles}}, false
}
