package importers

import (
	"context"
	"fmt"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
)

// units reads a table of units, which have no place.
func (im *importer) units(ctx context.Context, f *FileMapping) {
	rf := &reading{
		im: im, layer: grids.Units, f: f, used: usedColumns(f), lookups: f.lookups(),
		found: map[string]bool{}, lacking: map[string]string{},
	}
	seen := map[string]bool{}
	for _, u := range im.city.Units {
		seen[u.Code] = true
	}
	err := f.read(ctx, im.options.Dir, func(r *record) {
		rf.note(r)
		if !r.matches(f.Where) {
			return
		}
		rf.n++
		v := rf.values(r)
		switch code := v["code"]; {
		case code == "":
			rf.fault(r, grids.Error, "missing-code", "", "the record has no code", "")
		case scientific(code):
			rf.fault(r, grids.Error, "number-as-code", code, notACode, textHint)
		case seen[code]:
			rf.fault(r, grids.Error, "duplicate-code", code, "an earlier unit has the same code", "")
		default:
			seen[code] = true
			rf.codes.see(r, code)
			u := grids.Unit{
				Code: code, Name: v["name"], Kind: v["kind"], Parent: v["parent"], Contact: v["contact"],
				Territory: strings.FieldsFunc(v["territory"], func(c rune) bool { return strings.ContainsRune(",;，；、 ", c) }),
				Valid:     grids.Since(im.from),
			}
			if len(u.Territory) == 0 {
				u.Territory = nil
			}
			im.city.Units = append(im.city.Units, u)
		}
	}, im.recordFaults(grids.Units, f.File))
	if err != nil {
		im.fileFault(grids.Units, f.File, err)
	}
	rf.missingColumns()
	rf.lostZeros()
	if im.options.Progress != nil {
		im.options.Progress(f.File, rf.n)
	}
}

// What is said of a code that a spreadsheet made a number of.
const (
	notACode = "a number with a power of ten, not a code: a spreadsheet took the code for a number, and its last digits may be gone"
	textHint = "format the column as text in the spreadsheet and enter the codes again"
)

// missingParents reports units below units that are not there.
func (im *importer) missingParents() {
	known := map[string]bool{}
	for _, u := range im.city.Units {
		known[u.Code] = true
	}
	for _, u := range im.city.Units {
		if u.Parent != "" && !known[u.Parent] {
			im.report.Add(grids.Fault{
				Severity: grids.Warning, Rule: "unknown-code", Layer: grids.Units, Code: u.Code,
				Reason: fmt.Sprintf("parent %q does not exist", u.Parent),
			})
		}
	}
}
