package demo

// kerbKinds are the things of daily life along the street.
func kerbKinds() []cityKind {
	big := []class{arterial, street}
	return []cityKind{
		{"0305", "垃圾箱", 6_100, "B", cleansing, "", cityCleaning, cityUrban, append(corners(330, street, 1), along(
			strip{every: 9_000, off: 210, of: big, side: both}, strip{every: 16_000, off: 60, of: []class{lane}})...), []string{"", `{"bins":2}`, `{"bins":1}`}},
		{"0303", "公厕指示牌", 320, "B", noRealm, cityCleaning, cityCleaning, cityUrban, along(strip{every: 50_000, off: 170, of: big}), nil},
		{"0202", "停车咪表", 240, "B", noRealm, cityTraffic, cityTraffic, cityTraffic, along(strip{every: 60_000, off: 35, of: []class{street}, side: right}), nil},
		{"0204", "出租车站牌", 58, "B", noRealm, cityTransport, cityTransport, cityTransport, along(strip{every: 110_000, off: 60, of: big}), nil},
		{"0212", "存车支架", 420, "C", roadworks, "", roleUrban, cityUrban, along(strip{every: 60_000, off: 250, of: big}), nil},
		{"2101", "非机动车停放点", 640, "C", roadworks, "", roleUrban, cityUrban, along(strip{every: 50_000, off: 280, of: big}), nil},
		{"0306", "灯箱霓虹灯", 620, "C", noRealm, "", "", cityUrban, append(spots((*site).shopFronts), along(strip{every: 20_000, off: 420, of: big})...), nil},
		{"0307", "广告牌匾", 4_800, "C", noRealm, "", "", cityUrban, append(spots((*site).shopFronts), along(strip{every: 9_000, off: 440, of: []class{arterial, street, lane}})...), nil},
		{"0125", "自动售货机", 160, "C", noRealm, "", "", cityUrban, append(spots((*site).shopFronts), along(strip{every: 90_000, off: 400, of: big})...), nil},
		{"2106", "提款机", 150, "C", noRealm, "", "", cityUrban, append(spots((*site).shopFronts), along(strip{every: 90_000, off: 410, of: big})...), nil},
		{"0137", "售货亭", 135, "C", noRealm, "", "", cityUrban, along(strip{every: 90_000, off: 390, of: big}), nil},
	}
}

// yardKinds stand away from the roads: between houses, in works, by the water.
func yardKinds() []cityKind {
	homes := []string{useHomes, useOldTown}
	return []cityKind{
		{"0302", "化粪池", 1_450, "B", yardly, "", roleHousing, cityHousing, scattered(4_000, homes...), nil},
		{"0126", "健身设施", 860, "C", yardly, "", roleUrban, cityUrban, scattered(3_500, useHomes, usePark, useOldTown, useSquare), nil},
		{"0501", "宣传栏", 1_350, "C", yardly, "", roleUrban, cityUrban, scattered(4_500, useHomes, useOldTown, useOffice, useSchool), nil},
		{"0502", "人防工事", 46, "C", noRealm, "", "", cityHousing, scattered(3_500, useHomes, useOffice, useSquare, useTrade), nil},
		{"0503", "公房地下室", 58, "C", yardly, "", roleHousing, cityHousing, scattered(3_500, homes...), nil},
		{"2105", "充电桩", 340, "B", noRealm, compPower, compPower, compPower, scattered(3_500, useHomes, useTrade, useOffice), nil},
		{"2133", "电梯", 520, "B", noRealm, "", "", cityHousing, scattered(3_500, useHomes), nil},
		{"0131", "民用水井", 34, "C", noRealm, "", roleOffice, cityWaters, scattered(3_500, useVillage, useOldTown, useFields), nil},
		{"0132", "供水器", 45, "C", noRealm, compWater, compWater, cityHousing, scattered(3_500, useOldTown, useVillage, useSquare), nil},
		{"0308", "环保监测站", 8, "B", noRealm, cityEnvironment, cityEnvironment, cityEnvironment, scattered(3_500, usePark, useOffice), nil},
		{"0309", "气象监测站", 3, "B", noRealm, cityEnvironment, cityEnvironment, cityEnvironment, scattered(3_500, usePark, useFields), nil},
		{"0310", "污水口监测站", 7, "B", noRealm, cityEnvironment, cityEnvironment, cityEnvironment, append(spots((*site).shores), scattered(3_500, usePark)...), nil},
		{"0311", "噪声显示屏", 5, "B", noRealm, cityEnvironment, cityEnvironment, cityEnvironment, along(strip{every: 150_000, off: 360, of: []class{arterial}}), nil},
		{"0601", "重大危险源", 9, "C", noRealm, "", "", cityEmergency, scattered(3_500, useIndustry, useWarehouse), nil},
		{"0602", "工地", 64, "C", noRealm, "", "", cityHousing, scattered(4_500, useHomes, useTrade, useIndustry, useFields), nil},
		{"0603", "水域附属设施", 120, "B", noRealm, cityWaters, cityWaters, cityWaters, append(spots((*site).waterside), scattered(4_500, usePark)...), nil},
		{"0605", "港监设施", 3, "B", noRealm, cityTransport, cityTransport, cityTransport, append(spots((*site).waterside), scattered(4_500, usePark)...), nil},
	}
}

func greenKinds() []cityKind {
	big := []class{arterial, street}
	return []cityKind{
		{"0401", "古树名木", 168, "A", noRealm, cityGardens, cityGardens, cityGardens, scattered(4_500, useOldTown, usePark, useVillage), []string{`{"species":"国槐","age":220}`, `{"species":"银杏","age":310}`, `{"species":"侧柏","age":180}`}},
		{"0407", "街头坐椅", 2_300, "C", greenery, "", cityGardens, cityUrban, append(spots((*site).waterside), scattered(4_500, usePark, useSquare)...), nil},
		{"0410", "喷泉", 11, "B", noRealm, cityGardens, cityGardens, cityGardens, scattered(2_500, useSquare, usePark), nil},
		{"0406", "雕塑", 84, "B", greenery, "", cityGardens, cityUrban, scattered(3_500, useSquare, usePark), nil},
		{"0405", "绿地", 1_150, "C", greenery, "", cityGardens, cityUrban, lawnPatches(450, 300, usePark, useSquare, useHomes), nil},
		{"0409", "绿地维护设施", 310, "C", greenery, "", cityGardens, cityUrban, scattered(4_500, usePark), nil},
		{"0404", "花架花钵", 1_050, "C", greenery, "", cityGardens, cityUrban, along(strip{every: 25_000, off: 240, of: big}), nil},
		{"0403", "护树设施", 2_600, "B", greenery, "", cityGardens, cityUrban, along(strip{every: 16_000, off: 220, of: big}), nil},
	}
}

// streetTrees fill up: they line avenues at 7 m, and so many that the total
// comes out.
func streetTrees() cityKind {
	return cityKind{"0402", "行道树", 0, "B", greenery, "", cityGardens, cityUrban, avenues(
		strip{every: 700, off: 170, of: []class{arterial}, side: both},
		strip{every: 800, off: 150, of: []class{street}, side: both},
		strip{every: 1_200, off: 110, of: []class{lane}}), []string{
		`{"species":"国槐"}`, `{"species":"悬铃木"}`, `{"species":"女贞"}`, `{"species":"垂柳"}`, `{"species":"银杏"}`, `{"species":"白蜡"}`,
	}}
}
