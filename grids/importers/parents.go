package importers

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

// splitFraction is the share of a cell outside its zone from which the cell
// counts as split: below it two drawings of one border differ.
const splitFraction = 0.01

// finish computes what the files do not say: the local plane, areas, parents.
func (im *importer) finish(ctx context.Context) error {
	c := im.city
	box := spatial.EmptyBox()
	for i := range c.Cells {
		box = box.Union(c.Cells[i].Shape.Box)
	}
	if box.Empty() {
		im.report.Add(grids.Fault{Severity: grids.Error, Rule: "no-cells", Layer: grids.Cells, Reason: "no cell was read"})
		return nil
	}
	mid := box.Center()
	c.Plane = crs.LocalPlane(round4(mid.Lon()), round4(mid.Lat()))
	for i := range c.Cells {
		c.Cells[i].AreaM2 = math.Round(areaM2(c.Plane, c.Cells[i].Shape)*100) / 100
	}
	c.Sort()
	steps := []func() error{
		func() error { return parents(im, grids.Streets, c.Streets, streetRow, c.Districts, districtRow) },
		func() error { return parents(im, grids.Communities, c.Communities, communityRow, c.Streets, streetRow) },
		func() error { return parents(im, grids.Cells, c.Cells, cellRow, c.Communities, communityRow) },
		im.zonesOfCells,
		func() error { return parents(im, grids.Zones, c.Zones, zoneRow, c.Streets, streetRow) },
		func() error { im.checkReferences(); return nil },
		func() error { im.checkComponents(); return nil },
		func() error { return im.checkPlaces(box) },
	}
	for _, step := range steps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// round4 puts the plane's origin on a round figure, so that importing an edited
// file does not move it by a hair.
func round4(deg float64) float64 { return math.Round(deg*1e4) / 1e4 }

// areaM2 measures a polygon in the local plane.
func areaM2(plane crs.TM, s *spatial.Shape) float64 {
	var sum float64
	for i := range s.Shells {
		from, to := s.Rings(i)
		for r := from; r < to; r++ {
			a := math.Abs(ringAreaM2(plane, s.Part(r)))
			if r > from {
				a = -a
			}
			sum += a
		}
	}
	return sum
}

func ringAreaM2(plane crs.TM, ring []spatial.Coord) float64 {
	var sum float64
	last := ring[len(ring)-1]
	ax, ay := plane.Forward(last.Lon(), last.Lat())
	for _, c := range ring {
		bx, by := plane.Forward(c.Lon(), c.Lat())
		sum += float64(ax*by) - float64(bx*ay)
		ax, ay = bx, by
	}
	return sum / 2
}

// row gives what parents needs of a layer's row: its feature and the code of
// what it lies in.
type row[T any] func(*T) (f *grids.Feature, parent *string)

func districtRow(d *grids.District) (*grids.Feature, *string)   { return &d.Feature, &d.Parent }
func streetRow(d *grids.Street) (*grids.Feature, *string)       { return &d.Feature, &d.Parent }
func communityRow(d *grids.Community) (*grids.Feature, *string) { return &d.Feature, &d.Parent }
func cellRow(c *grids.Cell) (*grids.Feature, *string)           { return &c.Feature, &c.Community }
func zoneRow(z *grids.Zone) (*grids.Feature, *string)           { return &z.Feature, &z.Street }

// parents fills the missing parents of a layer with the polygon above that has
// the largest part of each, and reports how clear that was.
func parents[T, P any](im *importer, layer grids.Layer, rows []T, of row[T], above []P, ofP row[P]) error {
	missing := 0
	for i := range rows {
		if _, parent := of(&rows[i]); *parent == "" {
			missing++
		}
	}
	if missing == 0 || len(above) == 0 {
		return nil
	}
	shapes := make([]*spatial.Shape, len(above))
	for i := range above {
		f, _ := ofP(&above[i])
		shapes[i] = f.Shape
	}
	cover, err := im.judge.Cover(shapes)
	if err != nil {
		return err
	}
	found, split := 0, 0
	for i := range rows {
		f, parent := of(&rows[i])
		if *parent != "" {
			continue
		}
		shares, err := cover.Shares(f.Shape)
		if err != nil {
			return fmt.Errorf("%s %s: %w", layer, f.Code, err)
		}
		if len(shares) == 0 {
			im.report.Add(grids.Fault{
				Severity: grids.Warning, Rule: "no-parent", Layer: layer, Code: f.Code,
				Reason: "lies in nothing of the layer above", Hint: "its chain ends here",
			})
			continue
		}
		found++
		if shares[0].Fraction < 1-splitFraction {
			split++
			im.report.Add(grids.Fault{
				Severity: grids.Warning, Rule: "split-by-parent", Layer: layer, Code: f.Code,
				Reason: fmt.Sprintf("only %.1f %% of it lies in its parent", 100*shares[0].Fraction),
				Hint:   "the largest part decides",
			})
		}
		p, _ := ofP(&above[shares[0].Index])
		*parent = p.Code
	}
	im.report.Add(grids.Fault{
		Severity: grids.Note, Rule: "parents-by-geometry", Layer: layer,
		Reason: fmt.Sprintf("%d of %d got their parent by the largest overlap, %d of them lie across a border of it", found, len(rows), split),
	})
	return nil
}

// zonesOfCells gives each cell its zone where zones are unions of whole cells,
// and else leaves the zones to be looked up by geometry.
func (im *importer) zonesOfCells() error {
	c := im.city
	if len(c.Zones) == 0 {
		return nil
	}
	mapped := slices.ContainsFunc(c.Cells, func(cell grids.Cell) bool { return cell.Zone != "" })
	if mapped {
		return nil
	}
	shapes := make([]*spatial.Shape, len(c.Zones))
	for i := range c.Zones {
		shapes[i] = c.Zones[i].Shape
	}
	cover, err := im.judge.Cover(shapes)
	if err != nil {
		return err
	}
	split, partly := 0, 0
	largest := make([]string, len(c.Cells))
	for i := range c.Cells {
		shares, err := cover.Shares(c.Cells[i].Shape)
		if err != nil {
			return fmt.Errorf("cell %s: %w", c.Cells[i].Code, err)
		}
		if len(shares) > 0 {
			largest[i] = c.Zones[shares[0].Index].Code
		}
		if left := inNone(shares); left > splitFraction {
			partly++
			im.report.Add(grids.Fault{
				Severity: grids.Note, Rule: "outside-zones", Layer: grids.Cells, Code: c.Cells[i].Code,
				Reason: fmt.Sprintf("%.1f %% of it lies in no zone", 100*left),
			})
		}
		if len(shares) > 1 && shares[1].Fraction > splitFraction {
			split++
			im.report.Add(grids.Fault{
				Severity: grids.Note, Rule: "split-by-zone", Layer: grids.Cells, Code: c.Cells[i].Code,
				Reason: fmt.Sprintf("%.1f %% of it lies in a second zone", 100*shares[1].Fraction),
			})
		}
	}
	c.ZonesByGeometry = split > 0
	how := "no cell is split between zones: a cell's row names its zone"
	if partly > 0 {
		how += fmt.Sprintf(", also for the part of %d cells that lies in no zone", partly)
	}
	if c.ZonesByGeometry {
		how = fmt.Sprintf("%d of %d cells are split between zones: zones are looked up by geometry", split, len(c.Cells))
	}
	for i := range c.Cells {
		c.Cells[i].Zone = largest[i]
	}
	im.report.Add(grids.Fault{Severity: grids.Note, Rule: "zones-by", Layer: grids.Zones, Reason: how})
	return nil
}

// inNone is the share that no polygon has.
func inNone(shares []repair.Share) float64 {
	left := 1.0
	for _, s := range shares {
		left -= s.Fraction
	}
	return left
}
