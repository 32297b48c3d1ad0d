package heatmap

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/spatial"
)

// Languages of pictures.
const (
	inChinese = iota
	inEnglish
)

// languages are the words of lang, by their numbers.
var languages = []string{"zh", "en"}

// spoken is a word in both languages.
type spoken [2]string

// pictureWords are those that filters and legends are told with.
var pictureWords = map[string]spoken{
	"component": {"部件", "components"}, "event": {"事件", "events"},
	string(cases.Patrol): {"监督员巡查", "patrol"}, string(cases.Public): {"公众", "public"},
	string(cases.Sensor): {"物联感知", "sensor"}, string(cases.System): {"系统", "system"},
	string(cases.Reported): {"已上报", "reported"}, string(cases.Registered): {"已受理", "registered"},
	string(cases.Verified): {"已核实", "verified"}, string(cases.Opened): {"已立案", "open"},
	string(cases.Dispatched): {"已派遣", "dispatched"}, string(cases.Accepted): {"已签收", "accepted"},
	string(cases.Handling): {"处理中", "being handled"}, string(cases.Done): {"已反馈", "done, unchecked"},
	string(cases.Checked): {"已核查", "checked"}, string(cases.Reworking): {"返工", "rework"},
	string(cases.Returned): {"已回退", "returned"}, string(cases.Disputed): {"有争议", "disputed"},
	string(cases.Held): {"挂账", "on hold"}, string(cases.Closed): {"已结案", "closed"}, string(cases.Voided): {"已作废", "void"},

	"cases/km²": {"件/km²", "cases/km²"}, "ln(public/patrol)": {"ln(公众/巡查)", "ln(public/patrol)"}, "cases/hour": {"件/工时", "cases/hour"}, perPatrolHour: {"巡查工时", "patrol hours"}, "cases/component": {"件/部件", "cases/component"}, "cases/km": {"件/km", "cases/km"},
	modeDensity: {"案件密度", "Density of cases"}, modeDifference: {"案件密度之差", "Difference of densities"}, modeRate: {"案件率", "Rate of cases"},
	modeSources: {"公众与巡查之比（对数）", "Public against patrol (log ratio)"},
	perRoad:     {"道路长度", "length of roads"},
	"linear":    {"等距", "equal steps"}, "log": {"对数", "equal ratios"}, "quantile": {"分位数", "quantiles"}, "jenks": {"自然断点", "Jenks"}, "head_tail": {"首尾", "head/tail"},
	"zone": {"责任网格", "Zones"}, "community": {"社区", "Communities"}, "street": {"街道", "Streets"}, "district": {"区", "Districts"}, "cell": {"单元网格", "Cells"},
}

// say is a word in a language; what has none is said as it is.
func say(word string, lang int) string {
	if s, ok := pictureWords[word]; ok {
		return s[lang]
	}
	return word
}

// mostNamed is how many of a list are named; the rest are counted.
const mostNamed = 6

// listed names what was picked, joined.
func listed(names []string, lang int) string {
	more := ""
	if n := len(names); n > mostNamed {
		more = spoken{fmt.Sprintf(" 等 %d 项", n), fmt.Sprintf(" and %d more", n-mostNamed)}[lang]
		names = names[:mostNamed]
	}
	return strings.Join(names, spoken{"、", ", "}[lang]) + more
}

// inWords says what the question picks: the period, then the rest.
func (a *ask) inWords(lang int) (period, rest string) {
	p := a.period(a.query.From, a.query.To)
	period = periodWords(&p, lang)
	q := &a.query
	var parts []string
	part := func(label spoken, names []string) {
		if len(names) > 0 {
			parts = append(parts, label[lang]+spoken{"：", ": "}[lang]+listed(names, lang))
		}
	}
	if q.Kind != "" {
		names := a.categoryNames(q)
		if len(names) == 0 {
			names = []string{spoken{"全部", "all "}[lang] + say(string(q.Kind), lang)}
		}
		part(spoken{"类别", "Category"}, names)
	}
	part(spoken{"来源", "Source"}, saidAll(q.Sources, lang))
	part(spoken{"状态", "Status"}, saidAll(q.States, lang))
	var units []string
	for _, code := range q.Units {
		if u := a.snap.Unit(code); u != nil {
			code = u.Name
		}
		units = append(units, code)
	}
	part(spoken{"部门", "Unit"}, units)
	for _, l := range [...]struct {
		label spoken
		layer grids.Layer
		codes []string
	}{
		{spoken{"区", "District"}, grids.Districts, q.Districts},
		{spoken{"街道", "Street"}, grids.Streets, q.Streets},
		{spoken{"社区", "Community"}, grids.Communities, q.Communities},
		{spoken{"责任网格", "Zone"}, grids.Zones, q.Zones},
	} {
		part(l.label, a.areaNames(l.layer, l.codes))
	}
	for word, label := range map[string]spoken{"hour": {"时段（时）", "Hours"}, "weekday": {"星期", "Weekdays (1 is Monday)"}} {
		if text, ok := a.params.Find(word); ok {
			part(label, []string{text})
		}
	}
	if len(parts) == 0 {
		return period, spoken{"全部案件", "All cases"}[lang]
	}
	return period, strings.Join(parts, spoken{"；", "; "}[lang])
}

func saidAll[T ~string](words []T, lang int) (out []string) {
	for _, w := range words {
		out = append(out, say(string(w), lang))
	}
	return out
}

func (a *ask) categoryNames(q *cases.Query) (out []string) {
	for _, code := range q.Categories {
		name := code
		if c := a.snap.Catalogue.Find(q.Kind, code); c != nil {
			name = c.Name
		}
		out = append(out, name)
	}
	return out
}

func (a *ask) areaNames(layer grids.Layer, codes []string) (out []string) {
	for _, code := range codes {
		name := code
		if i := a.snap.Find(layer, code); i != spatial.None {
			name = a.snap.Feature(layer, i).Name
		}
		out = append(out, name)
	}
	return out
}

// periodWords is a period by its first and last day, or by its times.
func periodWords(p *HeatPeriod, lang int) string {
	from, to := p.From, p.To
	layout, last := "2006-01-02 15:04", to
	if from.Equal(dayOf(from)) && to.Equal(dayOf(to)) {
		layout, last = time.DateOnly, to.AddDate(0, 0, -1)
	}
	a, b := from.Format(layout), last.Format(layout)
	if a == b {
		return a
	}
	return a + spoken{" 至 ", " to "}[lang] + b
}

// told is a number in four figures, with commas between thousands.
func told(v float64) string {
	text := strconv.FormatFloat(v, 'g', 4, 64)
	if v >= 1000 || v <= -1000 {
		text = strconv.FormatFloat(v, 'f', 0, 64)
	} else if strings.Contains(text, "e") {
		text = strconv.FormatFloat(v, 'e', 2, 64)
	}
	return commas(text)
}

// alike writes numbers times a factor with as many decimals each: those that give the
// largest four figures, or each its own four where that would make two the same.
func alike(numbers []float64, factor float64) []string {
	most := 0.0
	for _, v := range numbers {
		most = max(most, math.Abs(v*factor))
	}
	decimals := 0
	for figures := 1000.0; decimals < 6 && most < figures; figures /= 10 {
		decimals++
	}
	out := make([]string, len(numbers))
	for i, v := range numbers {
		if text := strconv.FormatFloat(v*factor, 'f', decimals, 64); v != 0 {
			out[i] = commas(text)
		} else {
			out[i] = "0"
		}
	}
	if distinct := slices.Compact(slices.Clone(out)); len(distinct) == len(out) {
		return out
	}
	for i, v := range numbers {
		out[i] = told(v * factor)
	}
	return out
}

// commas parts the thousands of a whole number.
func commas(text string) string {
	digits := strings.TrimPrefix(text, "-")
	sign := ""
	if digits != text {
		sign = "−"
	}
	if strings.ContainsAny(digits, ".e") {
		return sign + digits
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

func counted(n int64) string { return commas(strconv.FormatInt(n, 10)) }

// queryWords is what was asked, to be asked again.
func (a *ask) queryWords() string {
	var parts []string
	for _, w := range slices.Concat(filterWords, makeWords, lookWords) {
		if text, ok := a.params.Find(w); ok {
			parts = append(parts, w+"="+web.Clip(text))
		}
	}
	return strings.Join(parts, "&")
}
