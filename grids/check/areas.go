package check

import (
	"fmt"
	"math"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial/repair"
)

// areaSlack is how much a recorded area may differ: cities record it in another
// plane, where a length differs by up to 4e-4 within a 3° zone.
const areaSlack = 0.005

// checkAreas measures the cells.
func (x *exam) checkAreas(_ *repair.Judge, s *sink) error {
	cells := x.layer[grids.Cells]
	if x.shifted[cells.name] {
		return nil // BD-09 stretches by 1 % from place to place
	}
	for i, shape := range cells.shapes {
		if shape == nil || cells.invalid[i] {
			continue
		}
		area := x.plane.areaM2(shape)
		f := cells.features[i]
		if area < x.AreaM2[0] || area > x.AreaM2[1] {
			s.add(Finding{
				Rule: ruleAreaBand, At: f.At, Placed: true, Features: []Ref{cells.ref(int32(i))}, Measured: area, Unit: "m2",
				Reason:   fmt.Sprintf("the cell has %.0f m², the band is %.0f to %.0f", area, x.AreaM2[0], x.AreaM2[1]),
				ReasonZH: fmt.Sprintf("网格面积 %.0f 平方米，范围为 %.0f 至 %.0f", area, x.AreaM2[0], x.AreaM2[1]),
			})
		}
		recorded := x.city.Cells[i].AreaM2
		if recorded == 0 || math.Abs(recorded-area) <= 1+areaSlack*area {
			continue
		}
		s.add(Finding{
			Rule: ruleAreaRecorded, At: f.At, Placed: true, Features: []Ref{cells.ref(int32(i))}, Measured: area, Unit: "m2",
			Reason:   fmt.Sprintf("%.0f m² are recorded, the cell has %.0f", recorded, area),
			ReasonZH: fmt.Sprintf("记录面积 %.0f 平方米，实测 %.0f 平方米", recorded, area),
		})
	}
	return nil
}
