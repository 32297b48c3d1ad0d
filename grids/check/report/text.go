package report

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
)

// Lang is a language a report speaks.
type Lang string

// The languages.
const (
	English Lang = "en"
	Chinese Lang = "zh"
)

// LangOf reads a locale such as zh_CN.UTF-8: Chinese for zh, else English.
func LangOf(locale string) Lang {
	tag, _, _ := strings.Cut(strings.ToLower(locale), ".")
	if tag == "zh" || strings.HasPrefix(tag, "zh_") || strings.HasPrefix(tag, "zh-") {
		return Chinese
	}
	return English
}

// words of the summary.
var words = map[string]Text{
	"title":      {"%s %s, version %d, as of %s", "%s %s，版本 %d，截至 %s"},
	"unloaded":   {"The data could not be loaded; only the faults of the import are known.", "数据无法载入，只列出导入时发现的问题。"},
	"counts":     {"%d errors, %d warnings, %d notes", "错误 %d，警告 %d，提示 %d"},
	"took":       {"checked in %.1f s", "检查用时 %.1f 秒"},
	"more":       {"%d more", "另有 %d 处"},
	"hint":       {"what to do", "处理办法"},
	"fixable":    {"can be mended at the desk", "可在内业修复"},
	"sound":      {"No fault found.", "没有发现问题。"},
	"passed":     {"%d of %d rules found nothing", "%[2]d 条规则中有 %[1]d 条未发现问题"},
	"error":      {"error", "错误"},
	"warning":    {"warning", "警告"},
	"note":       {"note", "提示"},
	"districts":  {"districts", "区"},
	"streets":    {"streets", "街道"},
	"zones":      {"zones", "责任网格"},
	"cells":      {"cells", "单元网格"},
	"components": {"components", "部件"},

	"communities": {"communities", "社区"},

	"addresses":       {"addresses", "地址"},
	"resources":       {"resources", "资源"},
	"units":           {"units", "单位"},
	"ownership_areas": {"ownership areas", "权属范围"},
	"base_roads":      {"roads", "道路"},
	"base_water":      {"water", "水系"},
	"base_green":      {"green", "绿地"},
	"base_buildings":  {"buildings", "建筑"},

	"theme":       {"Light / dark", "浅色 / 深色"},
	"source":      {"Source", "来源"},
	"version":     {"version", "版本"},
	"asof":        {"as of", "截至"},
	"madeup":      {"This city and all its data are made up.", "本市及其全部数据均为虚构，仅供演示。"},
	"found":       {"What was found", "发现的问题"},
	"all":         {"All", "全选"},
	"none":        {"None", "全不选"},
	"severity":    {"Severity", "程度"},
	"rule":        {"Rule", "规则"},
	"number":      {"Number", "数量"},
	"places":      {"Where", "位置与明细"},
	"noscript":    {"The map and the list need JavaScript; the table above does not.", "地图和明细需要 JavaScript，上面的表格不需要。"},
	"map":         {"Map of the faults. Arrow keys move it, plus and minus zoom.", "问题分布图。方向键移动，加减号缩放。"},
	"whole":       {"Whole city", "全市"},
	"before":      {"Previous", "上一处"},
	"after":       {"Next", "下一处"},
	"showmore":    {"Show more", "显示更多"},
	"passedrules": {"Rules that found nothing", "未发现问题的规则"},
}

// shownOfRule is how many findings of a rule the summary has.
const shownOfRule = 3

// Text writes a summary for people: counts, and of each rule that found
// something the first places; all of those listed with all.
func (r *Report) Text(w io.Writer, lang Lang, all bool) error {
	b := bufio.NewWriter(w)
	say := func(key string, args ...any) string {
		if len(args) == 0 {
			return words[key].In(lang)
		}
		return fmt.Sprintf(words[key].In(lang), args...)
	}
	if r.City.Name != "" && !r.Checked {
		fmt.Fprintln(b, r.City.Name, r.City.Code)
	} else if r.City.Name != "" {
		fmt.Fprintln(b, say("title", r.City.Name, r.City.Code, r.City.CityVersion, r.At.Format("2006-01-02 15:04")))
	}
	if r.Checked {
		fmt.Fprintln(b, r.checked(lang)+say("took", r.TookS))
	} else {
		fmt.Fprintln(b, say("unloaded"))
	}
	fmt.Fprintln(b, say("counts", r.Counts.Error, r.Counts.Warning, r.Counts.Note))
	passed, next := 0, 0
	for i := range r.Rules {
		rule := &r.Rules[i]
		if rule.N == 0 {
			passed++
			continue
		}
		fmt.Fprintf(b, "\n%s  %s  %s: %d", say(rule.Severity), rule.ID, rule.Title.In(lang), rule.N)
		if rule.Clause != "" {
			fmt.Fprintf(b, "  (%s)", rule.Clause)
		}
		fmt.Fprintln(b)
		shown := 0
		for ; next < len(r.Findings) && r.Findings[next].Rule == rule.ID; next++ {
			if shown < shownOfRule || all {
				fmt.Fprintln(b, "  "+r.Findings[next].line(lang))
				shown++
			}
		}
		if more := rule.N - shown; more > 0 {
			fmt.Fprintln(b, "  … "+say("more", more))
		}
		r.advice(b, rule, lang)
	}
	if r.Counts == (Counts{}) {
		fmt.Fprintln(b, say("sound"))
	} else if r.Checked {
		fmt.Fprintf(b, "\n%s\n", say("passed", passed, len(r.Rules)))
	}
	return b.Flush()
}

func (r *Report) advice(w io.Writer, rule *Rule, lang Lang) {
	if hint := rule.Hint.In(lang); hint != "" {
		fmt.Fprintf(w, "  %s: %s\n", words["hint"].In(lang), hint)
	}
	if rule.Fixable {
		fmt.Fprintf(w, "  %s\n", words["fixable"].In(lang))
	}
}

// checked lists the rows of the layers that a reader counts a city by.
func (r *Report) checked(lang Lang) string {
	var parts []string
	for _, l := range []grids.Layer{grids.Districts, grids.Streets, grids.Communities, grids.Zones, grids.Cells, grids.Components} {
		n, ok := r.Layers[l]
		if !ok {
			continue
		}
		name := words[string(l)].In(lang)
		if lang == Chinese {
			parts = append(parts, fmt.Sprintf("%s %d", name, n))
		} else {
			parts = append(parts, fmt.Sprintf("%d %s", n, name))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	if lang == Chinese {
		return strings.Join(parts, "，") + "；"
	}
	return strings.Join(parts, ", ") + "; "
}

// line tells a finding in one line: features, place, figure, reason.
func (f *Finding) line(lang Lang) string {
	var parts []string
	if p := f.place(); p != "" {
		parts = append(parts, p)
	}
	if f.placed {
		parts = append(parts, fmt.Sprintf("@ %.7f,%.7f", f.at.Lon(), f.at.Lat()))
	}
	if f.Measured != nil {
		parts = append(parts, Figure(*f.Measured, f.Unit))
	}
	// A reason of several lines would break the list.
	reason := strings.Join(strings.Fields(f.Reason.In(lang)), " ")
	return strings.Join(append(parts, reason), "  ")
}

// Figure writes a measured value with its unit: metres to the millimetre,
// square metres to the square decimetre, other units as they come.
func Figure(v float64, unit string) string {
	decimals := -1
	switch unit {
	case "m":
		decimals = 3
	case "m2":
		decimals, unit = 2, "m²"
	case "count":
		decimals, unit = 0, "×"
	}
	s := strconv.FormatFloat(v, 'f', decimals, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s + " " + unit
}
