package importers

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// checkReferences looks whether the codes that rows name are there.
func (im *importer) checkReferences() {
	c := im.city
	checkParents(im, grids.Streets, c.Streets, streetRow, codesOf(c.Districts, districtRow))
	checkParents(im, grids.Communities, c.Communities, communityRow, codesOf(c.Streets, streetRow))
	checkParents(im, grids.Cells, c.Cells, cellRow, codesOf(c.Communities, communityRow))
	checkParents(im, grids.Zones, c.Zones, zoneRow, codesOf(c.Streets, streetRow))
	zones := codesOf(c.Zones, zoneRow)
	for i := range c.Cells {
		if z := c.Cells[i].Zone; z != "" && !zones[z] {
			im.unknown(grids.Cells, c.Cells[i].Code, "zone", z)
		}
	}
	catalogue := grids.NewCatalogue(c.Scheme, c.Categories)
	for i := range c.Components {
		if cat := c.Components[i].Category; catalogue.Find(grids.ComponentKind, cat) == nil {
			im.report.Add(grids.Fault{
				Severity: grids.Error, Rule: "unknown-category", Layer: grids.Components, Code: c.Components[i].Code,
				Reason: fmt.Sprintf("component category %q is not in scheme %s", cat, c.Scheme),
				Hint:   "map it to one of the scheme, or add it to categories",
			})
		}
	}
}

func codesOf[T any](rows []T, of row[T]) map[string]bool {
	out := make(map[string]bool, len(rows))
	for i := range rows {
		f, _ := of(&rows[i])
		out[f.Code] = true
	}
	return out
}

func checkParents[T any](im *importer, layer grids.Layer, rows []T, of row[T], above map[string]bool) {
	for i := range rows {
		if f, parent := of(&rows[i]); *parent != "" && len(above) > 0 && !above[*parent] {
			im.unknown(layer, f.Code, "parent", *parent)
		}
	}
}

func (im *importer) unknown(layer grids.Layer, code, what, value string) {
	im.report.Add(grids.Fault{
		Severity: grids.Error, Rule: "unknown-code", Layer: layer, Code: code,
		Reason: fmt.Sprintf("%s %q does not exist", what, value),
	})
}

// farQuanta is how far outside the grid's extent a component is taken for
// misplaced rather than for standing at the rim: about 11 km.
const farQuanta = 1_000_000

// checkComponents lists the components that no cell holds. Far away they are
// errors of the coordinates; a rim is a city's own affair.
func (im *importer) checkComponents() {
	c := im.city
	shapes := make([]*spatial.Shape, len(c.Cells))
	for i := range c.Cells {
		shapes[i] = c.Cells[i].Shape
	}
	cells := spatial.NewAreas(shapes)
	wide := cells.Box().Grow(farQuanta)
	for i := range c.Components {
		f := &c.Components[i].Feature
		if area, _ := cells.Locate(f.At); area != spatial.None {
			continue
		}
		fault := grids.Fault{
			Severity: grids.Warning, Rule: "outside-cells", Layer: grids.Components, Code: f.Code,
			Reason: fmt.Sprintf("at %.7f,%.7f no cell holds it", f.At.Lon(), f.At.Lat()),
		}
		if !wide.Holds(f.At) {
			fault.Severity, fault.Rule, fault.Hint = grids.Error, "far-away", "is the crs of the file right?"
			if wide.Holds(spatial.Coord{X: f.At.Y, Y: f.At.X}) {
				fault.Hint = "lon and lat look swapped"
			}
		}
		im.report.Add(fault)
	}
}
