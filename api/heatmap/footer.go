package heatmap

import (
	"fmt"
	"math"
	"strings"

	"github.com/wanmi-gis/wanmi/api/sheet"
)

// legendOf says what the colours mean.
func (p *pictureAsk) legendOf(sh *sheet.Sheet, surface *heatSurface, l *HeatLegend) {
	lang := p.lang
	g := &sh.Legend
	g.Title = say(l.Mode, lang)
	g.Columns = []string{say(l.Units, lang)}
	monthly := l.Units == "cases/km²"
	if monthly {
		g.Columns = append(g.Columns, spoken{"每 30 天", "per 30 days"}[lang])
	}
	if l.Min == 0 && l.Max == 0 {
		g.Notes = append(g.Notes, spoken{"没有案件", "No cases"}[lang])
		return
	}
	ends := append(append([]float64{l.Min}, l.Breaks...), l.Max)
	whole, month := alike(ends, 1), alike(ends, l.Per30Days)
	for i, col := range classColours(p.pictureStyle(), p.codingOf(surface), l.Breaks) {
		class := sheet.Class{Colour: col, Texts: []string{whole[i] + " – " + whole[i+1]}}
		if monthly {
			class.Texts = append(class.Texts, month[i]+" – "+month[i+1])
		}
		g.Classes = append(g.Classes, class)
	}
	g.Notes = append(g.Notes, "n = "+counted(l.N))
}

// footer says how the picture was made, so that it can be made again.
func (p *pictureAsk) footer(l *HeatLegend, digest, version, approval string) []string {
	city := p.snap.City
	days := told(math.Round(l.Period.Days*100) / 100)
	if p.lang == inEnglish {
		out := []string{
			fmt.Sprintf("n = %s cases; %s more have no place in a cell and are left out. Period %s, %s days.", counted(l.N), counted(l.ExcludedN), periodWords(&l.Period, p.lang), days) + p.comparedWith(l),
			l.Method.English,
			fmt.Sprintf("Lattice %s m; classes: %s. Transverse Mercator of CGCS2000, central meridian %.6g°. City version %d. Digest %s. wanmi %s.",
				plainNumber(l.LatticeM), say(l.Scale, p.lang), city.Plane.Lon0, city.Version, digest, version),
		}
		return p.lastLines(out, approval)
	}
	out := []string{
		fmt.Sprintf("案件 n = %s 件；另有 %s 件未落入任何单元网格，不计入。时段 %s，共 %s 天。", counted(l.N), counted(l.ExcludedN), periodWords(&l.Period, p.lang), days) + p.comparedWith(l),
		l.Method.Chinese,
		fmt.Sprintf("格点间距 %s 米；分级方法：%s。CGCS2000 高斯投影，中央经线 %.6g°。城市数据版本 %d。摘要 %s。wanmi %s。",
			plainNumber(l.LatticeM), say(l.Scale, p.lang), city.Plane.Lon0, city.Version, digest, version),
	}
	return p.lastLines(out, approval)
}

// comparedWith says what is taken away or divided by.
func (p *pictureAsk) comparedWith(l *HeatLegend) string {
	switch {
	case l.Against == nil:
		return ""
	case l.Against.Period != nil:
		return fmt.Sprintf(spoken{"对比时段 %s，n = %s 件。", " Compared with %s, n = %s cases."}[p.lang], periodWords(l.Against.Period, p.lang), counted(l.Against.N))
	}
	return fmt.Sprintf(spoken{"除以%s（%s）。", " Divided by %s (%s)."}[p.lang], say(l.Against.What, p.lang), counted(l.Against.N))
}

// lastLines are the question, whose data they are, and the map's approval.
func (p *pictureAsk) lastLines(out []string, approval string) []string {
	if q := p.queryWords(); q != "" {
		out = append(out, spoken{"查询：", "Query: "}[p.lang]+q)
	}
	last := p.snap.City.Attribution
	if approval != "" {
		last = strings.TrimSpace(last + "　" + spoken{"审图号：", "Map approval: "}[p.lang] + approval)
	}
	if last != "" {
		out = append(out, last)
	}
	return out
}
