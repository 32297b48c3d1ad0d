package demo

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// addressCount is how many addresses a town has, places included.
const addressCount = 400

// A plate is a door plate (门牌).
type plate struct {
	at     pt
	front  frontage
	number int
	cell   int32
}

// writeAddresses adds the places and, up to the count, door plates spread
// evenly over the houses that face a street.
func (s *site) writeAddresses(city *grids.City) error {
	if s.design.scale > 0 {
		return s.writeCityAddresses(city)
	}
	places := s.places()
	plates := s.plates()
	n := addressCount - len(places)
	if len(plates) < n {
		return fmt.Errorf("%d door plates: %w", len(plates), errPlan)
	}
	add := func(kind string, name word, where string, at pt) {
		i := len(city.Addresses)
		city.Addresses = append(city.Addresses, grids.Address{
			Feature: s.feature(s.design.numbered("AD", i), name.text, nil, at.coord()),
			Kind:    kind,
			Full:    districtName + where + name.text,
			Pinyin:  name.pinyin,
		})
	}
	for i := range n {
		p := plates[i*len(plates)/n]
		r := s.streets[p.front.road]
		number := strconv.Itoa(p.number)
		add("plate", word{r.name, r.pinyin}.and(word{number + "号", number + " hao"}), s.officeAt(city, p.at), p.at)
	}
	for _, p := range places {
		add("place", p.name, s.officeAt(city, p.at), p.at)
	}
	return nil
}

// officeAt is the name of the street (街道) that holds the position.
func (s *site) officeAt(city *grids.City, p pt) string {
	cell, _ := s.cells.Locate(p.coord())
	if cell == spatial.None {
		return ""
	}
	return city.Streets[s.street[s.community[cell]]].Name
}

// plates numbers the houses of each road from its start, odd on the left and
// even on the right, in the order of roads and numbers.
func (s *site) plates() []plate {
	const farthestCm = 3_000 // houses behind others have no plate of the road
	var out []plate
	for _, h := range s.houses {
		if at, front, ok := s.door(h); ok && front.distance < farthestCm {
			out = append(out, plate{at: at, front: front, cell: h.cell})
		}
	}
	slices.SortStableFunc(out, func(a, b plate) int {
		return cmp.Or(cmp.Compare(a.front.road, b.front.road), cmp.Compare(a.front.along, b.front.along))
	})
	road, odd, even := int32(-1), 1, 2
	for i := range out {
		p := &out[i]
		if p.front.road != road {
			road, odd, even = p.front.road, 1, 2
		}
		if p.front.left {
			p.number, odd = odd, odd+2
		} else {
			p.number, even = even, even+2
		}
	}
	return out
}

// A place is a point of interest (兴趣点).
type place struct {
	name word
	at   pt
}

// places are the cells with a name of their own and the offices.
func (s *site) places() []place {
	lake := s.lakes[0]
	shore := lake.shore[0].add(lake.shore[0].sub(s.hearts[lake.park]).to(600))
	out := []place{{word{"镜湖公园", "jing hu gong yuan"}, shore}}
	count := map[string]int{}
	for f, use := range s.uses {
		names := placeNames(use)
		if i := count[use]; i < len(names) && s.faces[f].kind != lakePark && s.faces[f].kind != promenade {
			count[use]++
			out = append(out, place{names[i], s.hearts[f]})
		}
	}
	for c := range int32(s.design.communities) {
		w := s.communityNames[c].and(word{"居委会", "ju wei hui"})
		f := s.middleCell(func(f int32) bool { return s.community[f] == c && s.uses[f] != useWater })
		out = append(out, place{w, s.hearts[f].add(pt{1_200, -900})}) // beside another place there
	}
	for _, b := range s.bridges() {
		w := word{s.streets[b.road].name, s.streets[b.road].pinyin}.and(word{"桥", "qiao"})
		if !slices.ContainsFunc(out, func(p place) bool { return p.name == w }) {
			out = append(out, place{w, b.at})
		}
	}
	return out
}

// middleCell is the chosen cell nearest to the middle of all chosen.
func (s *site) middleCell(chosen func(f int32) bool) int32 {
	parcels, which := subset(s.parcels, chosen)
	return which[middles(parcels, make([]int32, len(parcels)), 1)[0]]
}

func placeNames(use string) []word {
	switch use {
	case useSchool:
		return []word{
			{"示例第一小学", "shi li di yi xiao xue"},
			{"示例第二小学", "shi li di er xiao xue"},
			{"示例中学", "shi li zhong xue"},
			{"示例幼儿园", "shi li you er yuan"},
		}
	case useHospital:
		return []word{{"示例区人民医院", "shi li qu ren min yi yuan"}}
	case useOffice:
		return []word{{"示例区政务服务中心", "shi li qu zheng wu fu wu zhong xin"}}
	case useSquare:
		return []word{{"鼓楼广场", "gu lou guang chang"}}
	case useTrade:
		return []word{
			{"百货大楼", "bai huo da lou"},
			{"农贸市场", "nong mao shi chang"},
			{"客运站", "ke yun zhan"},
			{"邮政局", "you zheng ju"},
			{"电影院", "dian ying yuan"},
			{"家具城", "jia ju cheng"},
			{"新华书店", "xin hua shu dian"},
			{"老茶馆", "lao cha guan"},
		}
	case useIndustry:
		return []word{
			{"示例面粉厂", "shi li mian fen chang"},
			{"示例机械厂", "shi li ji xie chang"},
			{"示例印刷厂", "shi li yin shua chang"},
			{"示例物流园", "shi li wu liu yuan"},
		}
	case useHomes:
		return []word{
			{"阳光花园", "yang guang hua yuan"},
			{"水岸新城", "shui an xin cheng"},
			{"锦绣小区", "jin xiu xiao qu"},
			{"和谐家园", "he xie jia yuan"},
			{"翠竹小区", "cui zhu xiao qu"},
			{"朝阳小区", "chao yang xiao qu"},
		}
	case useOldTown:
		return []word{{"文庙", "wen miao"}, {"老戏台", "lao xi tai"}, {"城隍庙", "cheng huang miao"}}
	}
	return nil
}
