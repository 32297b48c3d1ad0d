package check

import "github.com/wanmi-gis/wanmi/grids"

// The rules' names, stable: reports and scripts rely on them.
const (
	ruleLayerShifted     = "layer-shifted"
	ruleShapeMissing     = "shape-missing"
	ruleShapeInvalid     = "shape-invalid"
	ruleDuplicateVertex  = "duplicate-vertex"
	ruleSpike            = "spike"
	ruleCellGap          = "cell-gap"
	ruleCellOverlap      = "cell-overlap"
	ruleCellOutside      = "cell-outside"
	ruleEdgeNearMiss     = "edge-near-miss"
	ruleEdgeUnmatched    = "edge-unmatched"
	ruleCellHole         = "cell-hole"
	ruleCellParts        = "cell-parts"
	ruleCellSliver       = "cell-sliver"
	ruleDivisionGap      = "division-gap"
	ruleDivisionOverlap  = "division-overlap"
	ruleAcrossDistrict   = "cell-across-district"
	ruleAcrossStreet     = "cell-across-street"
	ruleAcrossCommunity  = "cell-across-community"
	ruleCellElsewhere    = "cell-elsewhere"
	ruleDivisionAcross   = "division-across"
	ruleZoneNotUnion     = "zone-not-union"
	ruleOrphan           = "orphan"
	ruleEmptyDivision    = "division-empty"
	ruleCodeMissing      = "code-missing"
	ruleDuplicateCode    = "duplicate-code"
	ruleCodeReused       = "code-reused"
	ruleCodeFormat       = "code-format"
	ruleCodeChain        = "code-chain"
	ruleCodeRange        = "code-range"
	ruleSerialRange      = "serial-range"
	ruleSerialOrder      = "serial-order"
	ruleValidity         = "validity-reversed"
	ruleAreaBand         = "cell-area-band"
	ruleAreaRecorded     = "cell-area-recorded"
	ruleComponentOutside = "component-outside"
	ruleComponentCell    = "component-cell"
	ruleComponentCode    = "component-code"
	ruleCategory         = "category-unknown"
	ruleUnit             = "unit-unknown"
	ruleState            = "state-unknown"
	ruleAccuracy         = "accuracy-unknown"
	ruleDate             = "date-impossible"
	ruleOwnershipOverlap = "ownership-overlap"
	ruleUnexamined       = "codes-unexamined"
)

// Where a clause is known it is of these.
const (
	clauseCode      = "DB11/T 2157-2023 §5; GB/T 30428.1-2013"
	clauseTopology  = "DB11/T 2157-2023"
	clauseDivision  = "GB/T 10114-2003"
	clauseComponent = "GB/T 30428.2-2013"
)

var rules = []Rule{
	{ruleLayerShifted, grids.Error, "", "layer in another coordinate system", "图层坐标系混用", "Import the layer again with the crs it is in.", "请按其实际坐标系重新导入该图层。", true},
	{ruleShapeMissing, grids.Error, clauseTopology, "no polygon", "缺少面", "Draw the polygon or retire the row.", "请补绘图形或停用该记录。", false},
	{ruleShapeInvalid, grids.Error, clauseTopology, "polygon crosses or touches itself", "面自相交", "Redraw the border at the place; its neighbours are judged once it is valid.", "请在该处重绘边界；修复后再检查相邻网格。", true},
	{ruleDuplicateVertex, grids.Warning, clauseTopology, "vertices that fall together", "重复节点", "Remove one of the two vertices.", "请删除其中一个节点。", true},
	{ruleSpike, grids.Warning, clauseTopology, "spike in the border", "边界尖刺", "Remove the vertex at the tip.", "请删除尖端节点。", true},
	{ruleCellGap, grids.Error, clauseTopology, "gap between cells", "网格缝隙", "Move the border of a neighbour over the gap, or draw the missing cell.", "请移动相邻网格边界以填补缝隙，或补绘缺失的网格。", true},
	{ruleCellOverlap, grids.Error, clauseTopology, "cells overlap", "网格重叠", "Give the overlap to one of the cells.", "请将重叠部分划归其中一个网格。", true},
	{ruleCellOutside, grids.Error, clauseTopology, "cell reaches beyond the districts", "网格超出区界", "Cut the cell at the district's border, or correct that border.", "请按区界裁切网格，或更正区界。", true},
	{ruleEdgeNearMiss, grids.Warning, clauseTopology, "borders that miss each other by a hair", "边界微小偏差", "Snap the vertex to the neighbour's border.", "请将节点捕捉到相邻网格边界。", true},
	{ruleEdgeUnmatched, grids.Warning, clauseTopology, "vertex that the neighbour lacks", "相邻边界节点不匹配", "Add the vertex to the neighbour's border.", "请在相邻网格边界上添加该节点。", true},
	{ruleCellHole, grids.Error, clauseTopology, "hole in a cell", "网格内有空洞", "Fill the hole, or draw the cell that lies in it.", "请填补空洞，或补绘其中的网格。", true},
	{ruleCellParts, grids.Warning, clauseTopology, "cell in several parts", "网格由多部分组成", "Make each part a cell of its own.", "请将各部分分别设为网格。", false},
	{ruleCellSliver, grids.Warning, clauseTopology, "sliver", "狭长网格", "Merge the sliver with a neighbour.", "请将其并入相邻网格。", false},
	{ruleDivisionGap, grids.Error, clauseTopology, "gap between divisions", "行政区划缝隙", "Correct the border of one of the neighbours.", "请更正相邻区划之一的边界。", true},
	{ruleDivisionOverlap, grids.Error, clauseTopology, "divisions or zones overlap", "区划或责任网格重叠", "Correct the border of one of the two.", "请更正其中之一的边界。", true},
	{ruleAcrossDistrict, grids.Error, clauseTopology, "cell across a district border", "网格跨区界", "Cut the cell at the border.", "请按区界划分网格。", false},
	{ruleAcrossStreet, grids.Error, clauseTopology, "cell across a street border", "网格跨街道界", "Cut the cell at the border.", "请按街道界划分网格。", false},
	{ruleAcrossCommunity, grids.Error, clauseTopology, "cell across a community border", "网格跨社区界", "Cut the cell at the border.", "请按社区界划分网格。", false},
	{ruleCellElsewhere, grids.Error, clauseTopology, "cell lies in another community than recorded", "网格不在所属社区内", "Correct the recorded community, or the cell's place.", "请更正所属社区或网格位置。", false},
	{ruleDivisionAcross, grids.Error, clauseTopology, "division reaches out of the one above", "区划超出上级区划", "Correct the border of one of the two.", "请更正两者之一的边界。", false},
	{ruleZoneNotUnion, grids.Error, clauseTopology, "zone is not a union of whole cells", "责任网格不是完整单元网格的并集", "Draw the zone along the cells' borders, or correct the cell's zone.", "请沿单元网格边界划定责任网格，或更正网格所属责任网格。", true},
	{ruleOrphan, grids.Error, clauseCode, "names a row that does not exist", "上级或引用不存在", "Correct the code, or add the row it names.", "请更正代码，或补录所引用的记录。", false},
	{ruleEmptyDivision, grids.Warning, "", "division or zone without cells", "区划或责任网格没有单元网格", "Retire it, or give it its cells.", "请停用，或为其划分网格。", false},
	{ruleCodeMissing, grids.Error, clauseCode, "no code", "缺少代码", "Give the row its code.", "请补录代码。", false},
	{ruleDuplicateCode, grids.Error, clauseCode, "code used twice", "代码重复", "Give one of the rows a code of its own.", "请为其中一条记录另编代码。", false},
	{ruleCodeReused, grids.Error, clauseCode, "retired number in use again", "已停用编号被重新使用", "Give the new one the next free number.", "请使用下一个未用编号。", false},
	{ruleCodeFormat, grids.Error, clauseCode, "code not of the scheme", "代码不符合编码规则", "Write the code by the scheme: 6+3+3+3 digits for a cell.", "请按规则编码：单元网格为6+3+3+3位数字。", false},
	{ruleCodeChain, grids.Error, clauseCode, "code digits differ from the chain", "代码与上级区划不一致", "Correct the code or the division above.", "请更正代码或所属上级。", false},
	{ruleCodeRange, grids.Warning, clauseDivision, "division number outside the national range", "区划编号超出国家标准范围", "Use 001–599 for streets, 001–399 for communities.", "街道编号应为001–599，社区编号应为001–399。", false},
	{ruleSerialRange, grids.Error, clauseCode, "serial outside 001–999", "顺序码超出001–999", "Number the cells of a community from 001.", "社区内网格应自001起编号。", false},
	{ruleSerialOrder, grids.Warning, clauseCode, "serials not in order", "顺序码次序不符", "Number west to east and north to south inside the community.", "请在社区内自西向东、由北向南编号。", false},
	{ruleValidity, grids.Error, "", "ends before it begins", "失效早于生效", "Correct valid_from or valid_to.", "请更正生效或失效时间。", false},
	{ruleAreaBand, grids.Warning, "GB/T 30428.1-2013", "area outside the band", "网格面积超出范围", "Divide the cell or merge it, if its border allows.", "如边界允许，请拆分或合并网格。", false},
	{ruleAreaRecorded, grids.Warning, "", "recorded area differs", "记录面积与实测不符", "Write the area measured.", "请改为实测面积。", true},
	{ruleComponentOutside, grids.Error, clauseComponent, "component outside the city", "部件在城市范围外", "Correct the position.", "请更正位置。", false},
	{ruleComponentCell, grids.Warning, clauseComponent, "recorded cell is not where the component is", "部件记录网格与位置不符", "Record the cell by geometry, or correct the position.", "请按位置更正所属网格，或更正位置。", true},
	{ruleComponentCode, grids.Warning, clauseComponent, "component code differs from its row", "部件代码与记录不一致", "Correct the division or category digits.", "请更正代码中的区划或类别。", false},
	{ruleCategory, grids.Error, clauseComponent, "unknown category", "类别不存在", "Correct the category, or add it to the city's list.", "请更正类别，或补充城市类别表。", false},
	{ruleUnit, grids.Error, "", "unknown unit", "单位不存在", "Correct the unit's code, or add the unit.", "请更正单位代码，或补录单位。", false},
	{ruleState, grids.Warning, clauseComponent, "unknown state", "状态不存在", "Use 完好, 破损, 丢失, 废弃 or 移除.", "状态应为完好、破损、丢失、废弃或移除。", false},
	{ruleAccuracy, grids.Warning, clauseComponent, "unknown accuracy class", "精度等级不存在", "Use A, B or C.", "精度等级应为A、B或C。", false},
	{ruleDate, grids.Warning, "", "impossible date", "日期不合理", "Correct the date; leave it empty where it is not known.", "请更正日期；未知时留空。", false},
	{ruleOwnershipOverlap, grids.Error, "", "ownership areas of one class overlap", "同类确权范围重叠", "Have the border between the two units ruled.", "请裁定两单位之间的边界。", false},
	{ruleUnexamined, grids.Note, clauseCode, "codes of another scheme, not examined", "代码采用其他规则，未检查", "Nothing to do where the scheme is the city's own.", "如为城市自定规则，无需处理。", false},
}

// Rules lists all rules in the order of the report.
func Rules() []Rule { return append([]Rule(nil), rules...) }

// ruleOf returns the rule of the name, which is one of the constants above.
func ruleOf(id string) *Rule {
	for i := range rules {
		if rules[i].ID == id {
			return &rules[i]
		}
	}
	panic("check: no rule " + id)
}
