package demo

import "github.com/wanmi-gis/wanmi/grids"

// writeCityUnits adds the departments of the city and of each district, the
// companies and the street offices: 24 departments for six districts.
func (s *site) writeCityUnits(city *grids.City) {
	all := append([]string(nil), s.districtCodes...)
	add := func(u grids.Unit) {
		if u.Territory == nil {
			u.Territory = all
		}
		u.Contact = "值班室"
		u.Valid = grids.Since(s.from)
		city.Units = append(city.Units, u)
	}
	for _, u := range []grids.Unit{
		{Code: cityUrban, Name: "城市管理局", Kind: "department"},
		{Code: cityHousing, Name: "住房和城乡建设局", Kind: "department"},
		{Code: cityWorks, Name: "市政设施养护中心", Kind: "department", Parent: cityUrban},
		{Code: cityGardens, Name: "园林绿化中心", Kind: "department", Parent: cityUrban},
		{Code: cityCleaning, Name: "环境卫生中心", Kind: "department", Parent: cityUrban},
		{Code: cityLighting, Name: "城市照明管理处", Kind: "department", Parent: cityUrban},
		{Code: cityWaters, Name: "水利局", Kind: "department"},
		{Code: cityTraffic, Name: "公安局交通警察支队", Kind: "department", Parent: cityPolice},
		{Code: cityPolice, Name: "公安局", Kind: "department"},
		{Code: cityTransport, Name: "交通运输局", Kind: "department"},
		{Code: cityEnvironment, Name: "生态环境局", Kind: "department"},
		{Code: cityEmergency, Name: "应急管理局", Kind: "department"},
		{Code: compWater, Name: "供水公司", Kind: "company"},
		{Code: compGas, Name: "燃气公司", Kind: "company"},
		{Code: compHeat, Name: "热力公司", Kind: "company"},
		{Code: compPower, Name: "供电公司", Kind: "company"},
		{Code: compTelecom, Name: "通信公司", Kind: "company"},
		{Code: compCable, Name: "广电公司", Kind: "company"},
	} {
		u.Name = "示例市" + u.Name
		add(u)
	}
	r := s.newRoles()
	for i, d := range s.districtCodes {
		own := []string{d}
		name := city.Districts[i].Name
		add(grids.Unit{Code: r.urban[i], Name: name + "城市管理局", Kind: "department", Parent: cityUrban, Territory: own})
		add(grids.Unit{Code: r.housing[i], Name: name + "住房和城乡建设局", Kind: "department", Parent: cityHousing, Territory: own})
	}
	for i, st := range s.streetCodes {
		add(grids.Unit{
			Code: r.office[i], Name: city.Streets[i].Name + "办事处", Kind: "territorial",
			Parent: r.urban[s.district[i]], Territory: []string{st},
		})
	}
}
