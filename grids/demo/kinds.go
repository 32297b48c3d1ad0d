package demo

// A kind is a category of component as a place has it: how many, where, how
// well surveyed and whose.
type kind struct {
	code      string // of the category
	label     string // short, for names
	count     int
	accuracy  string
	owner     string // "" where nobody is on record
	keeper    string
	authority string
	spots     func(s *site) []spot
}

// townKinds lists the components of a town in the order in which they take
// their places. The last kind, street trees, makes up what the others leave.
func townKinds() []kind {
	return []kind{
		{"0209", "跨河桥", 20, "A", "", unitRoads, unitHousing, (*site).bridges},
		{"0201", "停车场", 8, "B", "", "", unitTraffic, (*site).carParks},
		{"0408", "绿地护栏", 20, "B", "", unitGardens, unitUrban, (*site).parkRails},
		{"0507", "水域护栏", 12, "B", "", unitWaters, unitWaters, (*site).riverRails},
		{"0217", "交通护栏", 16, "B", "", unitTraffic, unitTraffic, (*site).trafficRails},
		{"0204", "公交站亭", 30, "A", unitBuses, unitBuses, unitHousing, kerb{every: 19_000, off: 130, of: []class{arterial}, both: true}.spots},
		{"0137", "路灯", 700, "A", "", unitRoads, unitHousing, kerb{every: 3_200, off: 80, of: []class{arterial}}.and(
			kerb{every: 4_600, off: 80, of: []class{street}}, kerb{every: 7_500, off: 60, of: []class{lane}})},
		{"0212", "路名牌", 100, "A", "", unitRoads, unitTraffic, corner{off: 170, from: street, perCrossing: 1}.spots},
		{"0220", "人行横道桩", 30, "B", "", unitRoads, unitHousing, corner{off: 60, from: arterial, perCrossing: 2}.spots},
		{"0150", "监控电子眼", 26, "A", unitTraffic, unitTraffic, unitTraffic, corner{off: 260, from: arterial, perCrossing: 1}.spots},
		{"0305", "果皮箱", 190, "B", unitCleaning, unitCleaning, unitUrban, corner{off: 330, from: lane, perCrossing: 1}.and(
			kerb{every: 11_000, off: 200, of: []class{arterial, street}, both: true})},
		{"0102", "污水井盖", 190, "A", "", unitRoads, unitHousing, carriageway{every: 3_500, aside: 45, per: 3}.spots},
		{"0103", "雨水井盖", 150, "A", "", unitRoads, unitHousing, carriageway{every: 3_800, aside: -55, per: 3}.spots},
		{"0101", "上水井盖", 130, "A", unitSupply, unitSupply, unitHousing, carriageway{every: 4_200, aside: 70, per: 4}.spots},
		{"0104", "雨水箅子", 220, "A", "", unitRoads, unitHousing, carriageway{every: 3_000, aside: 93, per: 3, both: true}.spots},
		{"0111", "燃气井盖", 70, "A", unitGas, unitGas, unitHousing, carriageway{every: 5_000, aside: -75, per: 4}.spots},
		{"0110", "热力井盖", 40, "A", unitHeat, unitHeat, unitHousing, carriageway{every: 6_000, aside: -66, per: 5}.spots},
		{"0106", "路灯井盖", 40, "A", "", unitRoads, unitHousing, kerb{every: 9_000, off: 40, of: []class{arterial, street}}.spots},
		{"0123", "不明井盖", 12, "A", "", "", unitUrban, carriageway{every: 23_000, aside: 60, per: 6}.spots},
		{"0130", "电力立杆", 80, "A", unitPower, unitPower, unitUrban, kerb{every: 5_500, off: 110, of: []class{lane}}.spots},
		{"0131", "通信立杆", 50, "A", unitTelecom, unitTelecom, unitUrban, kerb{every: 6_100, off: 140, of: []class{lane, street}, right: true}.spots},
		{"0127", "通讯交接箱", 36, "B", unitTelecom, unitTelecom, unitUrban, kerb{every: 31_000, off: 290, of: []class{street, lane}}.spots},
		{"0128", "电力设施", 24, "B", unitPower, unitPower, unitUrban, kerb{every: 29_000, off: 310, of: []class{street, arterial}, right: true}.spots},
		{"0225", "非机动车停放点", 36, "C", "", unitUrban, unitUrban, kerb{every: 23_000, off: 330, of: []class{street, arterial}}.spots},
		{"0306", "户外广告", 20, "C", "", "", unitUrban, kerb{every: 33_000, off: 280, of: []class{arterial}}.spots},
		{"0307", "牌匾标识", 70, "C", "", "", unitUrban, (*site).shopFronts},
		{"0308", "宣传栏", 25, "C", "", unitUrban, unitUrban, (*site).courts},
		{"0146", "户外健身设施", 15, "C", "", unitUrban, unitUrban, (*site).courts},
		{"0154", "充电桩", 10, "B", unitPower, unitPower, unitPower, (*site).courts},
		{"0503", "加油站", 2, "C", "", "", unitUrban, kerb{every: 41_000, off: 420, of: []class{arterial}}.spots},
		{"0301", "公共厕所", 8, "B", unitCleaning, unitCleaning, unitUrban, (*site).lawns},
		{"0302", "公厕指示牌", 8, "B", unitCleaning, unitCleaning, unitUrban, kerb{every: 37_000, off: 190, of: []class{street}}.spots},
		{"0401", "古树名木", 8, "A", unitGardens, unitGardens, unitUrban, (*site).courts},
		{"0406", "雕塑", 4, "B", "", unitGardens, unitUrban, (*site).lawns},
		{"0407", "街头座椅", 70, "C", unitGardens, unitGardens, unitUrban, (*site).benches},
		{"0405", "花钵花架", 24, "C", unitGardens, unitGardens, unitUrban, (*site).lawns},
		{"0409", "绿地附属设施", 10, "C", unitGardens, unitGardens, unitUrban, (*site).lawns},
		{"0230", "水域标示牌", 10, "B", unitWaters, unitWaters, unitWaters, (*site).shores},
		{"0402", "行道树", 3_000, "B", unitGardens, unitGardens, unitUrban, kerb{every: 2_300, off: 180, of: []class{arterial, street}, both: true}.spots},
	}
}

// extras is the JSON object of what a survey notes of a kind besides, or "".
func (k kind) extras(d dice) string {
	switch k.code {
	case "0137":
		return pick(d, []string{`{"lamp":"LED","power_w":120}`, `{"lamp":"LED","power_w":90}`, `{"lamp":"高压钠灯","power_w":250}`})
	case "0402", "0401":
		return pick(d, []string{`{"species":"国槐"}`, `{"species":"悬铃木"}`, `{"species":"女贞"}`, `{"species":"垂柳"}`})
	case "0101", "0102", "0103", "0111":
		return pick(d, []string{"", `{"diameter_mm":700,"material":"球墨铸铁"}`, `{"diameter_mm":800,"material":"复合材料"}`})
	case "0305":
		return pick(d, []string{"", `{"bins":2}`})
	}
	return ""
}

// state is mostly sound.
func state(d dice) string {
	switch n := d.between(1, 1000); {
	case n <= 25:
		return "破损"
	case n <= 34:
		return "丢失"
	}
	return "完好"
}
