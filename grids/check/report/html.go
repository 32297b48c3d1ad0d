package report

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
)

// What the page is made of. Script and style stand in the page itself; the
// policy in its head names them by their hash, so that nothing else runs.
var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string
	//go:embed page.js
	pageJS string

	pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
		"word": func(key string) Text { return words[key] },
	}).Parse(pageHTML))
)

// Bounds of the page: a report that is mailed around is a few megabytes, and
// the browser draws what it has at once.
const (
	maxOutlineBytes = 1200 << 10
	maxFindingBytes = 2400 << 10
)

// page is what the template fills in.
type page struct {
	*Report
	Lang   Lang
	Policy string
	Script template.JS
	Style  template.CSS
	When   string
	Rows   []layerRow
	Found  []Rule
	Passed []Rule
	Data   pageData
}

type layerRow struct {
	Name Text
	N    int
}

// pageData is what the script reads.
type pageData struct {
	Lang     Lang                 `json:"lang"`
	Layers   map[grids.Layer]Text `json:"layers"`
	Outlines []outline            `json:"outlines"`
	Rules    []Rule               `json:"rules"`
	Findings []pageFinding        `json:"findings"`
	Total    int                  `json:"total"`
}

// pageFinding is a finding in short: names would be half of the page.
type pageFinding struct {
	Rule     int      `json:"r"`
	Severity string   `json:"s"`
	At       []int32  `json:"a,omitempty"` // in 1e-7 degrees
	Shape    string   `json:"g,omitempty"` // as outlines; in 1e-7 degrees
	Area     bool     `json:"p,omitempty"` // the parts are rings
	Features []string `json:"f,omitempty"` // layer and code
	Figure   string   `json:"m,omitempty"`
	En       string   `json:"en"`
	Zh       string   `json:"zh,omitempty"` // where it differs
}

// HTML writes the report as one page: counts, rules, a map and the list of
// findings, each to be looked at on the map. The page asks nobody for anything,
// opens from a disk, speaks both languages and prints. It is bounded to about
// 4 MB: where there is more, each rule keeps its share and the page says how
// many it lists.
func (r *Report) HTML(w io.Writer, lang Lang) error {
	p := page{
		Report: r, Lang: lang, Script: template.JS(pageJS), Style: template.CSS(pageCSS), //nolint:gosec // ours, embedded above
		When: r.At.Format("2006-01-02 15:04"), Data: pageData{Lang: lang, Outlines: outlines(r.outline, r.At, maxOutlineBytes), Rules: r.Rules},
	}
	p.Policy = fmt.Sprintf("default-src 'none'; script-src '%s'; style-src '%s'; img-src data:; base-uri 'none'; form-action 'none'",
		hashOf(pageJS), hashOf(pageCSS))
	p.Data.Layers = map[grids.Layer]Text{grids.Units: words[string(grids.Units)], grids.OwnershipAreas: words[string(grids.OwnershipAreas)]}
	for _, l := range grids.MapLayers() {
		p.Data.Layers[l] = words[string(l)]
	}
	p.Data.Findings, p.Data.Total = r.pageFindings(maxFindingBytes), r.Counts.Error+r.Counts.Warning+r.Counts.Note
	for _, l := range []grids.Layer{grids.Districts, grids.Streets, grids.Communities, grids.Zones, grids.Cells, grids.Components} {
		if n, ok := r.Layers[l]; ok {
			p.Rows = append(p.Rows, layerRow{words[string(l)], n})
		}
	}
	for _, rule := range r.Rules {
		if rule.N > 0 {
			p.Found = append(p.Found, rule)
		} else {
			p.Passed = append(p.Passed, rule)
		}
	}
	var b bytes.Buffer
	if err := pageTemplate.Execute(&b, p); err != nil {
		return err
	}
	_, err := b.WriteTo(w)
	return err
}

func hashOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}

// pageFindings shortens the findings; those that do not fit in maxBytes are
// left out, the last of each rule first.
func (r *Report) pageFindings(maxBytes int) []pageFinding {
	rule := map[string]int{}
	for i := range r.Rules {
		rule[r.Rules[i].ID] = i
	}
	all := make([]pageFinding, len(r.Findings))
	byRule := make([][]int, len(r.Rules))
	for i := range r.Findings {
		f := &r.Findings[i]
		k := rule[f.Rule]
		all[i], byRule[k] = f.short(k), append(byRule[k], i)
	}
	keep := make([]bool, len(all))
	for turn, left := 0, true; left; turn++ {
		left = false
		for _, of := range byRule {
			if turn >= len(of) {
				continue
			}
			maxBytes -= all[of[turn]].size()
			if maxBytes < 0 {
				return kept(all, keep)
			}
			keep[of[turn]], left = true, true
		}
	}
	return kept(all, keep)
}

func kept(all []pageFinding, keep []bool) []pageFinding {
	out := make([]pageFinding, 0, len(all))
	for i, k := range keep {
		if k {
			out = append(out, all[i])
		}
	}
	return out
}

// maxShapeBytes bounds the shape of one finding; a larger one is a dot.
const maxShapeBytes = 32 << 10

func (f *Finding) short(rule int) pageFinding {
	out := pageFinding{Rule: rule, Severity: f.Severity, En: f.Reason.En}
	if f.Reason.Zh != f.Reason.En {
		out.Zh = f.Reason.Zh
	}
	if f.placed {
		out.At = []int32{f.at.X, f.at.Y}
	}
	if f.Measured != nil {
		out.Figure = Figure(*f.Measured, f.Unit)
	}
	if f.File != "" {
		out.Features = append(out.Features, strings.TrimSuffix(f.place(), " "))
	} else {
		for _, ref := range f.Features {
			out.Features = append(out.Features, string(ref.Layer)+" "+ref.Code)
		}
	}
	if f.shape != nil && len(f.shape.Coords) > 1 {
		if b := appendParts(nil, f.shape, 1); len(b) <= maxShapeBytes {
			out.Shape, out.Area = base64.StdEncoding.EncodeToString(b), len(f.shape.Shells) > 0
		}
	}
	return out
}

// size is about what a finding takes in the page.
func (f *pageFinding) size() int {
	n := 64 + len(f.Shape) + len(f.Figure) + len(f.En) + len(f.Zh)
	for _, code := range f.Features {
		n += len(code) + 3
	}
	return n
}
