package demo

import "github.com/wanmi-gis/wanmi/grids"

// The units of the town by code.
const (
	unitUrban       = "990101U01"
	unitHousing     = "990101U02"
	unitGardens     = "990101U03"
	unitCleaning    = "990101U04"
	unitRoads       = "990101U05"
	unitWaters      = "990101U06"
	unitTraffic     = "990101U07"
	unitNorthOffice = "990101U08"
	unitSouthOffice = "990101U09"
	unitSupply      = "990101U10"
	unitPower       = "990101U11"
	unitGas         = "990101U12"
	unitTelecom     = "990101U13"
	unitHeat        = "990101U14"
	unitBuses       = "990101U15"
)

// officeUnit is the office of a street by its place in the order of code.
func (s *site) officeUnit(street int32) string {
	if s.design.scale > 0 {
		return s.streetCodes[street] + "U01"
	}
	return [...]string{unitNorthOffice, unitSouthOffice}[street]
}

// writeUnits adds departments, offices and companies.
func (s *site) writeUnits(city *grids.City) {
	if s.design.scale > 0 {
		s.writeCityUnits(city)
		return
	}
	all := []string{districtCode}
	for _, u := range []grids.Unit{
		{Code: unitUrban, Name: "示例区城市管理局", Kind: "department"},
		{Code: unitHousing, Name: "示例区住房和城乡建设局", Kind: "department"},
		{Code: unitGardens, Name: "示例区园林绿化中心", Kind: "maintainer", Parent: unitUrban},
		{Code: unitCleaning, Name: "示例区环境卫生中心", Kind: "maintainer", Parent: unitUrban},
		{Code: unitRoads, Name: "示例区市政设施养护所", Kind: "maintainer", Parent: unitHousing},
		{Code: unitWaters, Name: "示例区水利局", Kind: "department"},
		{Code: unitTraffic, Name: "示例区交通警察大队", Kind: "department"},
		{Code: unitNorthOffice, Name: city.Streets[0].Name + "办事处", Kind: "territorial", Territory: []string{s.streetCodes[0]}},
		{Code: unitSouthOffice, Name: city.Streets[1].Name + "办事处", Kind: "territorial", Territory: []string{s.streetCodes[1]}},
		{Code: unitSupply, Name: "示例供水公司", Kind: "company"},
		{Code: unitPower, Name: "示例供电公司", Kind: "company"},
		{Code: unitGas, Name: "示例燃气公司", Kind: "company"},
		{Code: unitTelecom, Name: "示例通信公司", Kind: "company"},
		{Code: unitHeat, Name: "示例热力公司", Kind: "company"},
		{Code: unitBuses, Name: "示例公交公司", Kind: "company"},
	} {
		if u.Territory == nil {
			u.Territory = all
		}
		u.Contact = "值班室"
		u.Valid = grids.Since(s.from)
		city.Units = append(city.Units, u)
	}
}
