package importers

import (
	"fmt"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
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
				Hint:   categoryHint(catalogue, cat),
			})
		}
	}
}

// categoryHint says what to do about a category that is not there.
func categoryHint(c *grids.Catalogue, code string) string {
	if digits(code) && c.Find(grids.ComponentKind, "0"+code) != nil {
		return "there is 0" + code + ": the leading zero was lost, format the column as text in the spreadsheet"
	}
	return "map it to one of the scheme, or add it to categories"
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

// checkPlaces looks for layers of which no row is near the cells: files in another
// coordinate system than they say, a wrong zone for example.
func (im *importer) checkPlaces(cells spatial.Box) error {
	wide := cells.Grow(farQuanta)
	for _, l := range cityfile.Layers() {
		if l == grids.Components || l == grids.Cells {
			continue // components are told one by one
		}
		near := false
		err := cityfile.EachRow(im.city, l, func(f *grids.Feature, _ []any) error {
			near = near || wide.Meets(f.Box())
			return nil
		})
		if err != nil {
			return err
		}
		if n := cityfile.CountRows(im.city, l); n > 0 && !near {
			im.report.Add(grids.Fault{
				Severity: grids.Error, Rule: "far-away", Layer: l,
				Reason: fmt.Sprintf("all %d rows lie more than 10 km away from the cells", n), Hint: "is the crs of the file right?",
			})
		}
	}
	return nil
}
