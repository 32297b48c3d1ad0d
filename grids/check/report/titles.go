package report

import "strings"

// importTitles are the import's rules in a few words.
var importTitles = map[string]Text{
	"broken-coordinate":       {"Coordinate that cannot be read", "坐标无法读取"},
	"broken-csv":              {"CSV that cannot be read", "CSV 无法读取"},
	"broken-date":             {"Date that cannot be read", "日期无法读取"},
	"broken-geometry":         {"Invalid geometry", "几何图形无效"},
	"broken-json":             {"JSON that cannot be read", "JSON 无法读取"},
	"compressed-bomb":         {"Compressed file that grows beyond measure", "压缩文件解压后过大"},
	"coordinate-out-of-range": {"Coordinate out of range", "坐标超出范围"},
	"crs-contradiction":       {"Coordinate systems that contradict each other", "坐标系相互矛盾"},
	"cut-text":                {"Text cut short", "文字被截断"},
	"deleted-row":             {"Row marked as deleted", "记录已标记删除"},
	"duplicate-category":      {"Category twice", "类别重复"},
	"duplicate-code":          {"Code twice", "编码重复"},
	"empty-file":              {"Empty file", "文件为空"},
	"far-away":                {"Far from the rest", "远离其他数据"},
	"flattened":               {"Z and M values were left out", "Z、M 值已舍去"},
	"leading-zero-lost":       {"Code that lost its leading zeros", "编码丢失前导零"},
	"merged-cells":            {"Merged cells", "存在合并单元格"},
	"merged-header":           {"Merged header", "表头为合并单元格"},
	"missing-code":            {"Record without a code", "记录没有编码"},
	"missing-field":           {"Column that the mapping names is missing", "缺少映射所指的字段"},
	"mixed-encoding":          {"Mixed encodings", "混用多种字符编码"},
	"nameless-column":         {"Column without a name", "列没有名称"},
	"no-attributes":           {"No attributes found by the key", "按关键字找不到属性"},
	"no-cells":                {"No cells", "没有单元网格"},
	"no-coordinate":           {"Record without a coordinate", "记录没有坐标"},
	"no-geometry":             {"Record without a geometry", "记录没有几何图形"},
	"no-parent":               {"Nothing above it", "没有上级区划"},
	"no-place":                {"No place found by the key", "按关键字找不到位置"},
	"no-record":               {"No record", "没有记录"},
	"number-as-code":          {"Number as a code", "编码被存为数字"},
	"outside-cells":           {"Outside the cells", "在单元网格之外"},
	"outside-zones":           {"Outside the zones", "在责任网格之外"},
	"parents-by-geometry":     {"What lies above was found by position", "上级按位置推定"},
	"split-by-parent":         {"Lies in several of those above", "跨越多个上级区划"},
	"split-by-zone":           {"Lies in several zones", "跨越多个责任网格"},
	"unknown-category":        {"Unknown category", "未知类别"},
	"unknown-code":            {"Code that nothing has", "引用的编码不存在"},
	"unknown-kind":            {"Unknown kind of category", "未知的类别种类"},
	"unreadable-file":         {"File that cannot be read", "文件无法读取"},
	"unused-rows":             {"Rows that nothing used", "未被使用的行"},
	"vanished":                {"Too small to be kept", "图形过小而消失"},
	"wrong-geometry":          {"Geometry of another kind", "几何类型不符"},
	"zones-by":                {"How zones are looked up", "责任网格的查找方式"},
}

// importTitle names a rule of the import; one that is not in the table by its
// id, which reads as English.
func importTitle(id string) Text {
	if t, ok := importTitles[id]; ok {
		return t
	}
	words := strings.ReplaceAll(id, "-", " ")
	return Text{words, words}
}
