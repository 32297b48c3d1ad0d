package demo

import (
	"slices"
	"strings"
)

// A pool hands out names made of two words of chance and an ending, none twice:
// when all pairs are used up they come again with another ending.
type pool struct {
	pairs []word
	used  int
}

func newPool(d dice) *pool {
	var pairs []word
	for _, a := range wordsOf(firstHalves) {
		for _, b := range wordsOf(secondHalves) {
			if a != b {
				pairs = append(pairs, a.and(b))
			}
		}
	}
	return &pool{pairs: shuffled(d, pairs)}
}

func (p *pool) next(endings ...word) word {
	n := len(p.pairs)
	w := p.pairs[p.used%n].and(endings[p.used/n%len(endings)])
	p.used++
	return w
}

// pair is a name without ending; an empty pool has empty names.
func (p *pool) pair() word {
	if len(p.pairs) == 0 {
		return word{}
	}
	p.used++
	return p.pairs[(p.used-1)%len(p.pairs)]
}

// Each half with how it is read. Good wishes, plants, colours and landscape, as
// streets and quarters are called anywhere; none of a real place in particular.
const (
	firstHalves = `永 yong 安 an 泰 tai 和 he 兴 xing 福 fu 德 de 仁 ren 广 guang 嘉 jia 瑞 rui 文 wen 景 jing 同 tong 学 xue 凤 feng ` +
		`柳 liu 槐 huai 松 song 梅 mei 荷 he 桂 gui 桐 tong 竹 zhu 兰 lan 枫 feng 杏 xing 桃 tao 云 yun 清 qing 玉 yu 金 jin 银 yin 锦 jin ` +
		`龙 long 鹤 he 春 chun 秋 qiu 长 chang 太 tai 天 tian 万 wan 新 xin 东 dong 西 xi 南 nan 北 bei 中 zhong 大 da 青 qing 白 bai ` +
		`红 hong 石 shi 双 shuang 三 san 五 wu 九 jiu 百 bai 顺 shun 信 xin 义 yi 礼 li 智 zhi`
	secondHalves = `昌 chang 宁 ning 康 kang 顺 shun 庆 qing 华 hua 明 ming 盛 sheng 园 yuan 林 lin 阳 yang 祥 xiang 平 ping 丰 feng 源 yuan ` +
		`泉 quan 溪 xi 河 he 湖 hu 塘 tang 桥 qiao 堤 di 岗 gang 坡 po 台 tai 亭 ting 楼 lou 苑 yuan 门 men 关 guan 庙 miao 寺 si 塔 ta ` +
		`井 jing 店 dian 营 ying 屯 tun 庄 zhuang 洼 wa 湾 wan 坊 fang 市 shi 学 xue 府 fu 正 zheng 和 he 达 da 通 tong 安 an 乐 le 善 shan ` +
		`春 chun 光 guang 辉 hui 霞 xia 星 xing 月 yue 山 shan 峰 feng 谷 gu 原 yuan 望 wang`
)

func wordsOf(text string) []word {
	parts := strings.Fields(text)
	out := make([]word, 0, len(parts)/2)
	for i := 0; i+1 < len(parts); i += 2 {
		out = append(out, word{parts[i], parts[i+1]})
	}
	return out
}

// Names of their own, for the first to take them.
const (
	axisNames = `人民大道 ren+min+da+dao 中山路 zhong+shan+lu 建设路 jian+she+lu 文化路 wen+hua+lu 新华路 xin+hua+lu 解放路 jie+fang+lu ` +
		`迎宾大道 ying+bin+da+dao 黄河路 huang+he+lu 长江路 chang+jiang+lu 中原路 zhong+yuan+lu 五一路 wu+yi+lu 和平路 he+ping+lu ` +
		`胜利路 sheng+li+lu 劳动路 lao+dong+lu 工业路 gong+ye+lu 科技大道 ke+ji+da+dao 体育路 ti+yu+lu 团结路 tuan+jie+lu 友谊路 you+yi+lu 复兴大道 fu+xing+da+dao`
	districtWords = `中城区 zhong+cheng+qu 城东区 cheng+dong+qu 城南区 cheng+nan+qu 城西区 cheng+xi+qu 城北区 cheng+bei+qu`
	riverWords    = `清水河 qing+shui+he 柳溪河 liu+xi+he 白杨河 bai+yang+he 金沟河 jin+gou+he 青龙河 qing+long+he 双渡河 shuang+du+he`
)

func ownNames(text string) []word {
	out := wordsOf(text)
	for i := range out {
		out[i].pinyin = strings.ReplaceAll(out[i].pinyin, "+", " ")
	}
	return out
}

func roadEndings() []word {
	return wordsOf(`路 lu 街 jie 东路 dong_lu 西路 xi_lu 南路 nan_lu 北路 bei_lu 中路 zhong_lu 东街 dong_jie 西街 xi_jie 南街 nan_jie 北街 bei_jie 大街 da_jie`)
}

func alleyEndings() []word {
	return wordsOf(`胡同 hu_tong 巷 xiang 里 li 弄 long 后街 hou_jie 前街 qian_jie 东巷 dong_xiang 西巷 xi_xiang 南巷 nan_xiang 北巷 bei_xiang 夹道 jia_dao 小街 xiao_jie`)
}

// nameAll names lines, waters and divisions of a city.
func (s *site) nameAll() {
	roads := newPool(s.dice)
	axes := ownNames(axisNames)
	s.nameRoads(roads, axes)
	s.nameLanes()
	rivers := ownNames(riverWords)
	waters := newPool(s.dice)
	for i := range s.rivers {
		s.rivers[i].name = rivers[i%len(rivers)]
	}
	for i := range s.lakes {
		s.lakes[i].name = waters.next(word{"湖", "hu"})
	}
	s.parkNames = newPool(s.dice)
	s.nameDivisions()
}

// nameRoads names what is wider than a lane, and the alleys of the old town.
func (s *site) nameRoads(roads *pool, axes []word) {
	alleys := newPool(s.dice)
	for i := range s.lines {
		l := &s.lines[i]
		var w word
		switch {
		case l.name != "" || l.class < lane || l.class == lane && !l.old:
			continue
		case l.class == arterial && len(axes) > 0:
			w, axes = axes[0], axes[1:]
		case l.class == lane:
			w = alleys.next(alleyEndings()...)
		default:
			w = roads.next(roadEndings()...)
		}
		l.name, l.pinyin = w.text, strings.ReplaceAll(w.pinyin, "_", " ")
	}
}

// nameLanes numbers the lanes outside the old town along the road they branch
// off: 永宁路三巷.
func (s *site) nameLanes() {
	count := map[int32]int{}
	for i := range s.lines {
		l := &s.lines[i]
		if l.class != lane || l.name != "" {
			continue
		}
		root := l.off
		for s.lines[root].class == lane && s.lines[root].off != root && !s.lines[root].old {
			root = s.lines[root].off
		}
		count[root]++
		ending := word{"巷", "xiang"}
		if l.rural {
			ending = word{"支路", "zhi lu"}
		}
		base := word{s.lines[root].name, s.lines[root].pinyin}
		if base.text == "" {
			base = word{"城边", "cheng bian"}
		}
		w := base.and(numeral(count[root])).and(ending)
		l.name, l.pinyin = w.text, w.pinyin
	}
}

// numeral writes 1 to 9999 in Chinese.
func numeral(n int) word {
	digits := wordsOf(`零 ling 一 yi 二 er 三 san 四 si 五 wu 六 liu 七 qi 八 ba 九 jiu`)
	var out word
	skipped := false
	for _, unit := range []struct {
		size int
		word word
	}{{1000, word{"千", "qian"}}, {100, word{"百", "bai"}}, {10, word{"十", "shi"}}, {1, word{}}} {
		d := n / unit.size % 10
		if d == 0 {
			skipped = out.text != ""
			continue
		}
		if skipped {
			out = out.and(digits[0])
			skipped = false
		}
		if unit.size != 10 || d != 1 || out.text != "" { // 十二, but 一百一十二
			out = out.and(digits[d])
		}
		if unit.word.text != "" {
			out = out.and(unit.word)
		}
	}
	return out
}

// nameDivisions names districts by where they lie, streets and communities from
// a pool.
func (s *site) nameDivisions() {
	pairs := newPool(s.dice)
	own := ownNames(districtWords)
	sides := members(s.districtOfCells(), s.design.districts)
	b := &s.boroughs[mainFirst(len(s.boroughs))[0]]
	s.districtNames = make([]word, s.design.districts)
	s.districtNames[0] = own[0]
	for i, k := range s.bestSides(sides[1:cityDistricts-1], b.centre) {
		s.districtNames[1+i] = own[1+k]
	}
	s.districtNames[cityDistricts-1] = word{"示例经济开发区", "shi li jing ji kai fa qu"}
	for i := cityDistricts; i < s.design.districts; i++ {
		s.districtNames[i] = pairs.next(word{"区", "qu"})
	}
	for _, r := range s.rank {
		ending := [...]word{{"街道", "jie dao"}, {"镇", "zhen"}, {"乡", "xiang"}}[r]
		s.officeNames = append(s.officeNames, pairs.next(ending))
	}
	for _, v := range s.village {
		if v {
			s.communityNames = append(s.communityNames, pairs.next(word{"村", "cun"}, word{"新村", "xin cun"}, word{"大村", "da cun"}))
		} else {
			s.communityNames = append(s.communityNames, pairs.next(word{"社区", "she qu"}, word{"苑社区", "yuan she qu"}, word{"里社区", "li she qu"}))
		}
	}
}

// bestSides gives each of four groups of cells the side of the centre, east,
// south, west or north, on which it lies: of all ways the one that fits best.
func (s *site) bestSides(groups [][]int32, centre pt) []int {
	towards := [...]pt{{1, 0}, {0, -1}, {-1, 0}, {0, 1}}
	var best []int
	most := int64(0)
	var try func(chosen []int, sum int64)
	try = func(chosen []int, sum int64) {
		i := len(chosen)
		if i == len(groups) {
			if best == nil || sum > most {
				best, most = slices.Clone(chosen), sum
			}
			return
		}
		for k, side := range towards {
			if !slices.Contains(chosen, k) {
				try(append(slices.Clone(chosen), k), sum+s.middleOf(groups[i]).sub(centre).dot(side))
			}
		}
	}
	try(nil, 0)
	return best
}

// districtOfCells is the district of every cell.
func (s *site) districtOfCells() []int32 {
	out := make([]int32, len(s.faces))
	for f := range out {
		out[f] = s.districtOf(int32(f))
	}
	return out
}
