package demo

import (
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

// caseClass is a minor category as cases have it.
type caseClass struct {
	cases.Class
	share      int64 // in parts of its kind's sum
	public     int64 // the same for what the public reports
	sensed     int64 // the same for sensors
	season     season
	night      bool
	conditions []grids.Condition
	things     []int32 // the components of the class
}

// season is when a class has more cases than usual.
type season struct {
	months [12]bool
	factor int64
}

// traits are what classes with certain words in their names have; the first that
// matches counts. Shares are parts of any sum, 0 is the usual one.
var traits = []struct {
	words         string // alternatives, apart by |
	share, public int64
	from, to      time.Month // of the season, 0 for none
	factor        int64
	night         bool
}{
	{words: "暴露垃圾", share: 150, public: 30},
	{words: "店外经营", share: 110, public: 20},
	{words: "无照经营", share: 105, public: 25, night: true},
	{words: "非机动车乱停放", share: 70, public: 15},
	{words: "机动车乱停放", share: 95, public: 60},
	{words: "非法小广告", share: 120, public: 5},
	{words: "道路不洁", share: 75, public: 10},
	{words: "乱堆物堆料", share: 70, public: 12},
	{words: "积存垃圾|垃圾满溢", share: 45, public: 14},
	{words: "道路破损", share: 40, public: 30},
	{words: "噪音|施工扰民", share: 8, public: 160, night: true},
	{words: "露天烧烤|夜）市", share: 14, public: 70, from: time.May, to: time.September, factor: 5, night: true},
	{words: "油烟", share: 9, public: 60, night: true},
	{words: "焚烧", share: 10, public: 25, from: time.October, to: time.November, factor: 6},
	{words: "道路积水|下水道堵塞|排水管道", share: 8, public: 20, from: time.July, to: time.August, factor: 9},
	{words: "积雪", share: 4, public: 8, from: time.December, to: time.February, factor: 12},
	{words: "热力管道", share: 3, public: 12, from: time.November, to: time.March, factor: 8},
	{words: "热力井盖", from: time.November, to: time.March, factor: 3},
	{words: "雨水|汛", from: time.June, to: time.August, factor: 3},
	{words: "行道树|绿地脏乱", from: time.October, to: time.November, factor: 2},
	{words: "共享单车", share: 60, public: 30},
	{words: "工地扬尘", share: 18, public: 25, from: time.March, to: time.May, factor: 2},
	{words: "其他", share: 2, public: 4},
}

// usualShare is that of an event no trait is about.
const usualShare = 6

// classes draws categories.
type classes struct {
	all        []caseClass
	components []int32 // in all
	events     []int32
	weights    []int64 // scratch
}

// newClasses makes them of the minors that have conditions and, of components,
// of which some stand.
func newClasses(snap *grids.Snapshot, table *clock.Table) classes {
	things := map[string][]int32{}
	for i := range snap.All(grids.Components) {
		c := snap.Component(i)
		things[c.Category] = append(things[c.Category], i)
	}
	var out classes
	for _, c := range snap.Catalogue.All() {
		k := caseClass{Class: cases.Class{Kind: c.Kind, Code: c.Code}, share: usualShare, public: usualShare}
		k.conditions = table.Of(c.Kind, c.Code)
		if c.Kind == grids.ComponentKind {
			k.things = things[c.Code]
			// Half of a class's share comes with its number, so that the many do
			// not take all.
			k.share = isqrt(int64(len(k.things)))
			k.public = k.share
		}
		if len(k.conditions) == 0 || (c.Kind == grids.ComponentKind && len(k.things) == 0) {
			continue
		}
		k.trait(c.Name)
		if c.Kind == grids.ComponentKind {
			if strings.Contains(c.Name, "井盖") {
				k.sensed = k.share
			}
			out.components = append(out.components, int32(len(out.all)))
		} else {
			out.events = append(out.events, int32(len(out.all)))
		}
		out.all = append(out.all, k)
	}
	return out
}

// trait brings what the name of the class says.
func (k *caseClass) trait(name string) {
	for _, t := range traits {
		for word := range strings.SplitSeq(t.words, "|") {
			if !strings.Contains(name, word) {
				continue
			}
			if t.share > 0 && k.Kind == grids.EventKind {
				k.share, k.public = t.share, t.public
			}
			k.night = t.night
			k.season.factor = t.factor
			for m := t.from; t.factor > 0; m = m%12 + 1 {
				k.season.months[m-1] = true
				if m == t.to {
					break
				}
			}
			return
		}
	}
}

// weight is how often the class comes in a month from a source.
func (k *caseClass) weight(source cases.Source, m time.Month) int64 {
	w := k.share
	switch source {
	case cases.Public:
		w = k.public
	case cases.Sensor:
		w = k.sensed
	}
	if k.season.factor > 0 && k.season.months[m-1] {
		w *= k.season.factor
	}
	return w
}

// draw draws a class of a kind.
func (c *classes) draw(dice dice, kind grids.Kind, source cases.Source, m time.Month) int32 {
	list := c.events
	if kind == grids.ComponentKind {
		list = c.components
	}
	c.weights = c.weights[:0]
	for _, i := range list {
		c.weights = append(c.weights, c.all[i].weight(source, m))
	}
	return list[weighted(dice, c.weights)]
}

// find is the class whose name has the words, or -1.
func (c *classes) find(catalogue *grids.Catalogue, kind grids.Kind, words string) int32 {
	for i := range c.all {
		if c.all[i].Kind != kind {
			continue
		}
		if m := catalogue.Find(kind, c.all[i].Code); m != nil && strings.Contains(m.Name, words) {
			return int32(i)
		}
	}
	return -1
}
