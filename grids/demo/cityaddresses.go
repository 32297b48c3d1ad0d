package demo

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
)

// cityAddresses is how many addresses a city of scale 1 has, of all kinds.
const cityAddresses = 24_000

// writeCityAddresses adds the communities as areas, the streets, the places
// and, up to the count, door plates spread evenly over the houses.
func (s *site) writeCityAddresses(city *grids.City) error {
	want := cityAddresses * s.design.scale
	add := func(kind string, name word, at pt, f int32) {
		st := s.street[s.community[f]]
		city.Addresses = append(city.Addresses, grids.Address{
			Feature: s.feature(s.design.numbered("AD", len(city.Addresses)), name.text, nil, at.coord()),
			Kind:    kind,
			Full:    s.districtNames[s.district[st]].text + s.officeNames[st].text + name.text,
			Pinyin:  name.pinyin,
		})
	}
	for c, f := range s.middles(s.community, s.design.communities) {
		add("area", s.communityNames[c], s.hearts[f], f)
		committee := word{"居委会", "ju wei hui"}
		if strings.HasSuffix(s.communityNames[c].text, "村") {
			committee = word{"委会", "wei hui"}
		}
		add("place", s.communityNames[c].and(committee), s.hearts[f].add(pt{1_200, -900}), f)
	}
	for r := range s.streets {
		road := &s.streets[r]
		v := road.vertices[len(road.vertices)/2]
		for _, a := range s.arms[v] {
			if a.left >= 0 {
				add("street", word{road.name, road.pinyin}, s.at[v], a.left)
				break
			}
		}
	}
	s.eachPlace(func(p place, f int32) { add("place", p.name, p.at, f) })
	plates := s.plates()
	n := want - len(city.Addresses)
	if n < 0 || len(plates) < n {
		return fmt.Errorf("%d door plates for %d: %w", len(plates), n, errPlan)
	}
	for i := range n {
		p := plates[int(int64(i)*int64(len(plates))/int64(n))]
		r := &s.streets[p.front.road]
		number := strconv.Itoa(p.number)
		add("plate", word{r.name + number + "号", r.pinyin + " " + number + " hao"}, p.at, p.cell)
	}
	return nil
}

// eachPlace visits what has a name of its own in a city: public buildings,
// markets, squares and works by their community, and the bridges.
func (s *site) eachPlace(visit func(p place, f int32)) {
	type named struct {
		use       string
		community int32
	}
	count := map[named]int{}
	for f, use := range s.uses {
		c := s.community[f]
		names := cityPlaceNames(use)
		if i := count[named{use, c}]; i < len(names) {
			count[named{use, c}]++
			visit(place{s.bareName(c).and(names[i]), s.hearts[f]}, int32(f))
		}
	}
	seen := map[string]bool{}
	for _, b := range s.bridges() {
		name := word{s.streets[b.road].name, s.streets[b.road].pinyin}.and(word{"桥", "qiao"})
		if cell, _ := s.cells.Locate(b.at.coord()); cell >= 0 && !seen[name.text] {
			seen[name.text] = true
			visit(place{name, b.at}, cell)
		}
	}
}

// bareName is the name of a community without what it is.
func (s *site) bareName(c int32) word {
	w := s.communityNames[c]
	if text, ok := strings.CutSuffix(w.text, "社区"); ok {
		return word{text, strings.TrimSuffix(w.pinyin, " she qu")}
	}
	return word{strings.TrimSuffix(w.text, "村"), strings.TrimSuffix(w.pinyin, " cun")}
}

func cityPlaceNames(use string) []word {
	switch use {
	case useSchool:
		return []word{{"小学", "xiao xue"}, {"中学", "zhong xue"}, {"幼儿园", "you er yuan"}}
	case useHospital:
		return []word{{"医院", "yi yuan"}, {"门诊部", "men zhen bu"}}
	case useOffice:
		return []word{{"政务服务中心", "zheng wu fu wu zhong xin"}, {"办公楼", "ban gong lou"}}
	case useSquare:
		return []word{{"广场", "guang chang"}}
	case usePark:
		return []word{{"公园", "gong yuan"}, {"游园", "you yuan"}}
	case useTrade:
		return []word{{"百货大楼", "bai huo da lou"}, {"农贸市场", "nong mao shi chang"}, {"商场", "shang chang"}, {"书店", "shu dian"}}
	case useIndustry:
		return []word{{"工业园", "gong ye yuan"}, {"机械厂", "ji xie chang"}, {"食品厂", "shi pin chang"}}
	case useWarehouse:
		return []word{{"物流园", "wu liu yuan"}}
	case useHomes:
		return []word{{"花园", "hua yuan"}, {"小区", "xiao qu"}, {"家园", "jia yuan"}}
	case useOldTown:
		return []word{{"文庙", "wen miao"}, {"老戏台", "lao xi tai"}}
	}
	return nil
}
