package demo

// A cityKind is a minor category of component as the city has it. The counts
// are of one borough and its surroundings (scale 1); the last kind, street
// trees, makes up what the others leave of the total.
type cityKind struct {
	code, label string
	count       int
	accuracy    string
	// realm says whose land decides about the owner; without one the owner
	// stands here. The keeper of a realm is used off any such land.
	realm                    realm
	owner, keeper, authority string
	from                     []supply
	notes                    []string // JSON objects a survey may add
}

// cityKinds lists all kinds in the order in which they take their places:
// what must stand in one place first, then what can give way, trees last.
func cityKinds() []cityKind {
	var out []cityKind
	for _, list := range [...]func() []cityKind{
		fixedKinds, cornerKinds, lampKinds, coverKinds, poleKinds, kerbKinds, yardKinds, greenKinds,
	} {
		out = append(out, list()...)
	}
	return append(out, streetTrees())
}

func fixedKinds() []cityKind {
	return []cityKind{
		{"0208", "跨河桥", 40, "A", roadworks, "", cityWorks, cityHousing, spots((*site).bridges), nil},
		{"0205", "过街天桥", 9, "A", roadworks, "", cityWorks, cityHousing, decks(arterial, 400), nil},
		{"0206", "地下通道", 6, "A", roadworks, "", cityWorks, cityHousing, decks(arterial, 500), nil},
		{"0207", "高架立交桥", 4, "A", roadworks, "", cityWorks, cityHousing, decks(arterial, 2_200), nil},
		{"0201", "停车场", 310, "B", noRealm, "", "", cityTraffic, append(spots((*site).carParks), scattered(5_000, useTrade, useHomes, useOffice)...), nil},
		{"0408", "绿地护栏", 780, "B", greenery, "", cityGardens, cityUrban, append(spots((*site).parkRails), fences(180, 3_000, street, lane)...), nil},
		{"0604", "水域护栏", 260, "B", noRealm, cityWaters, cityWaters, cityWaters, append(spots((*site).riverRails), fences(700, 4_000, street)...), nil},
		{"0606", "防汛墙", 24, "B", noRealm, cityWaters, cityWaters, cityWaters, append(spots((*site).floodWalls), fences(800, 5_000, arterial)...), nil},
		{"0211", "交通护栏", 1_350, "B", noRealm, cityTraffic, cityTraffic, cityTraffic, append(spots((*site).trafficRails), fences(30, 5_000, arterial, street)...), nil},
		{"0216", "道路隔音屏", 14, "B", roadworks, "", cityWorks, cityHousing, fences(260, 8_000, arterial), nil},
		{"2108", "主干道", 420, "B", roadworks, "", cityWorks, cityHousing, stretches(arterial), nil},
		{"2109", "次干道", 900, "B", roadworks, "", cityWorks, cityHousing, stretches(street), nil},
		{"2110", "支路", 1_400, "B", roadworks, "", cityWorks, cityHousing, stretches(lane), nil},
		{"0301", "公共厕所", 196, "B", noRealm, cityCleaning, cityCleaning, cityUrban, scattered(2_500, usePark, useSquare, useTrade, useOldTown), nil},
		{"0304", "垃圾间（楼）", 88, "B", noRealm, roleUrban, cityCleaning, cityUrban, scattered(3_000, useHomes, useOldTown, useIndustry), nil},
		{"2124", "加油站", 36, "C", noRealm, "", "", cityEmergency, along(strip{every: 60_000, off: 700, of: []class{arterial}}), nil},
		{"2115", "泵站", 28, "B", noRealm, cityWaters, cityWaters, cityWaters, append(spots((*site).shores), along(strip{every: 90_000, off: 650, of: []class{street}})...), nil},
		{"0203", "公交站亭", 880, "A", noRealm, cityTransport, cityTransport, cityTransport, along(
			strip{every: 42_000, off: 130, of: []class{arterial}, side: both}, strip{every: 60_000, off: 130, of: []class{street}, side: both}), nil},
	}
}

func cornerKinds() []cityKind {
	return []cityKind{
		{"0210", "交通信号灯", 1_900, "A", noRealm, cityTraffic, cityTraffic, cityTraffic, corners(40, street, 4), []string{"", `{"phases":4}`}},
		{"0214", "交通信号设施", 520, "A", noRealm, cityTraffic, cityTraffic, cityTraffic, corners(190, street, 1), nil},
		{"0136", "监控电子眼", 2_150, "A", noRealm, cityPolice, cityPolice, cityPolice, corners(260, street, 2), []string{"", `{"type":"球机"}`, `{"type":"枪机"}`}},
		{"0217", "交通岗亭", 26, "B", noRealm, cityTraffic, cityTraffic, cityTraffic, corners(150, arterial, 1), nil},
		{"0213", "路名牌", 2_750, "A", roadworks, "", cityWorks, cityTraffic, corners(120, lane, 1), nil},
		{"0138", "治安岗亭", 96, "B", noRealm, cityPolice, cityPolice, cityPolice, corners(380, street, 1), nil},
		{"0123", "邮筒", 92, "C", noRealm, "", "", cityTransport, corners(300, street, 1), nil},
		{"0121", "报刊亭", 85, "C", noRealm, "", "", cityUrban, corners(420, street, 1), nil},
		{"0122", "电话亭", 120, "C", noRealm, compTelecom, compTelecom, cityUrban, corners(340, street, 1), nil},
		{"0124", "信息亭", 38, "C", noRealm, roleUrban, roleUrban, cityUrban, corners(460, street, 1), nil},
	}
}

func lampKinds() []cityKind {
	power := []string{`{"lamp":"LED","power_w":90}`, `{"lamp":"LED","power_w":120}`, `{"lamp":"LED","power_w":180}`, `{"lamp":"高压钠灯","power_w":250}`}
	return []cityKind{
		{"0118", "路灯", 24_600, "A", lighting, "", cityLighting, cityHousing, along(
			strip{every: 3_000, off: 70, of: []class{arterial}, side: both},
			strip{every: 2_800, off: 60, of: []class{street}},
			strip{every: 5_200, off: 50, of: []class{lane}, side: right}), power},
		{"0119", "地灯", 1_250, "A", lighting, "", cityLighting, cityHousing, scattered(3_500, usePark, useSquare), nil},
		{"0120", "景观灯", 1_750, "A", lighting, "", cityLighting, cityHousing, append(spots((*site).waterside), scattered(3_500, usePark, useSquare, useTrade)...), nil},
		{"2102", "路灯灯光变压器", 130, "B", lighting, "", cityLighting, cityHousing, along(strip{every: 90_000, off: 330, of: []class{arterial, street}}), nil},
		{"2103", "路灯灯光配电房", 18, "B", lighting, "", cityLighting, cityHousing, along(strip{every: 300_000, off: 520, of: []class{arterial}}), nil},
		{"2104", "路灯灯光配电箱", 460, "B", lighting, "", cityLighting, cityHousing, along(strip{every: 70_000, off: 240, of: []class{arterial, street}}), nil},
	}
}

// coverKinds are the covers: each pipe has its own distance from the kerb, so
// that no two runs meet but at crossings.
func coverKinds() []cityKind {
	iron := []string{"", `{"diameter_mm":700,"material":"球墨铸铁"}`, `{"diameter_mm":700,"material":"复合材料"}`, `{"diameter_mm":800,"material":"球墨铸铁"}`}
	square := []string{"", `{"size_mm":"600x600","material":"复合材料"}`}
	all, big := []class{arterial, street, lane}, []class{arterial, street}
	return []cityKind{
		{"0102", "污水井盖", 12_400, "A", roadworks, "", cityWorks, cityHousing, pipes(strip{every: 3_500, aside: 35, of: all}), iron},
		{"0103", "雨水井盖", 10_900, "A", roadworks, "", cityWorks, cityHousing, pipes(strip{every: 3_800, aside: -42, of: all}), iron},
		{"0104", "雨水箅子", 13_200, "A", roadworks, "", cityWorks, cityHousing, pipes(strip{every: 3_000, aside: 93, of: all, side: both}), []string{"", `{"size_mm":"750x450"}`}},
		{"0101", "上水井盖", 7_600, "A", noRealm, compWater, compWater, cityHousing, pipes(strip{every: 5_500, aside: 62, of: all}), iron},
		{"0111", "燃气井盖", 3_600, "A", noRealm, compGas, compGas, cityHousing, pipes(strip{every: 8_000, aside: -72, of: all}), iron},
		{"0110", "热力井盖", 2_650, "A", noRealm, compHeat, compHeat, cityHousing, pipes(strip{every: 7_000, aside: -58, of: big}), iron},
		{"0107", "通讯井盖", 6_900, "A", noRealm, compTelecom, compTelecom, cityUrban, pipes(strip{every: 6_000, off: 200, of: all, side: left}), square},
		{"0105", "电力井盖", 4_700, "A", noRealm, compPower, compPower, cityUrban, pipes(strip{every: 5_000, off: 150, of: all, side: right}), square},
		{"0108", "电视井盖", 1_350, "A", noRealm, compCable, compCable, cityUrban, pipes(strip{every: 9_000, off: 270, of: big, side: left}), square},
		{"0109", "网络井盖", 1_150, "A", noRealm, compTelecom, compTelecom, cityUrban, pipes(strip{every: 9_500, off: 310, of: big, side: left}), square},
		{"0106", "路灯井盖", 3_900, "A", lighting, "", cityLighting, cityHousing, pipes(strip{every: 3_500, off: 40, of: big}), square},
		{"0112", "公安井盖", 1_050, "A", noRealm, cityPolice, cityPolice, cityPolice, pipes(strip{every: 6_500, off: 300, of: big, side: right}), square},
		{"0127", "中水井盖", 420, "A", noRealm, compWater, compWater, cityHousing, pipes(strip{every: 6_000, aside: 78, of: big}), iron},
		{"0128", "公交井盖", 75, "A", noRealm, cityTransport, cityTransport, cityTransport, pipes(strip{every: 9_000, off: 230, of: big, side: right}), square},
		{"0129", "输油（气）井盖", 36, "A", noRealm, compGas, compGas, cityEmergency, pipes(strip{every: 20_000, off: 400, of: big, side: right}), nil},
		{"0130", "特殊井盖", 48, "A", noRealm, "", "", cityUrban, along(strip{every: 60_000, off: 260, of: big}), nil},
		{"0114", "无主井盖", 640, "A", noRealm, "", "", cityUrban, along(strip{every: 40_000, aside: 50, of: all}), nil},
	}
}

func poleKinds() []cityKind {
	return []cityKind{
		{"0117", "立杆", 5_600, "A", noRealm, compPower, compPower, cityUrban, along(
			strip{every: 5_500, off: 100, of: []class{lane}, side: left}, strip{every: 9_000, off: 130, of: []class{street}, side: right}), []string{"", `{"use":"电力"}`, `{"use":"通信"}`}},
		{"0115", "通讯交接箱", 1_450, "B", noRealm, compTelecom, compTelecom, cityUrban, along(strip{every: 32_000, off: 290, of: []class{street, lane}}), nil},
		{"0116", "电力设施", 1_700, "B", noRealm, compPower, compPower, cityUrban, along(strip{every: 30_000, off: 310, of: []class{street, lane}, side: right}), nil},
		{"0134", "变压器（箱）", 980, "B", noRealm, compPower, compPower, cityUrban, scattered(3_500, useHomes, useOldTown, useTrade, useIndustry), nil},
		{"0133", "高压线铁塔", 62, "B", noRealm, compPower, compPower, cityUrban, scattered(4_500, useFields, useIndustry, useWarehouse, useVillage), nil},
		{"0135", "燃气调压站（箱）", 520, "B", noRealm, compGas, compGas, cityHousing, scattered(3_500, useHomes, useTrade, useIndustry), nil},
		{"0113", "消防设施", 2_350, "A", noRealm, compWater, compWater, cityEmergency, along(strip{every: 12_000, off: 110, of: []class{arterial, street}, side: right}), []string{"", `{"type":"地上式消火栓"}`}},
		{"0209", "交通标志牌", 4_700, "A", noRealm, cityTraffic, cityTraffic, cityTraffic, along(strip{every: 12_000, off: 90, of: []class{arterial, street}, side: both}), nil},
		{"0215", "道路信息显示屏", 42, "B", noRealm, cityTraffic, cityTraffic, cityTraffic, along(strip{every: 120_000, off: 120, of: []class{arterial}}), nil},
	}
}
