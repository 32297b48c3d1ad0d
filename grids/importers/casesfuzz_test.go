package importers

import (
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// A mapping of cases that is taken is one whose parts are known, and one that is
// not says why.
func FuzzCasesMapping(f *testing.F) {
	f.Add(townMapping)
	f.Add(townMapping + "time: {zone: Asia/Shanghai, formats: [\"YYYY年M月D日 H:mm\", unix, rfc3339]}\nwhere: {状态: [结案]}\n")
	f.Add("crs: {tm: {lon0: 114, k: 1}, affine: [1, 0, 0, 0, 1, 0]}\nlon: a\nlat: b\n")
	f.Add("fields: {kind: {template: \"{a}-{#:5}\"}}\nevents: {close: {at: {column: a, map: {x: y}, default: z}}}\n")
	f.Add("a: &a [x]\nb: [*a]\n")
	f.Add("events:\n  ? [a]\n  : b\n")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseCasesMapping([]byte(text))
		if err != nil {
			if !errors.Is(err, ErrMapping) || m != nil {
				t.Errorf("%v, %v", m, err)
			}
			return
		}
		if m.Lon == "" || m.Lat == "" || len(m.Time.Formats) > maxFormats {
			t.Errorf("%+v", m)
		}
		for name := range m.Fields {
			v := m.Fields[name]
			field, _ := v.compile(name, []string{"a", "b"})
			field.text(&caseRow{number: 1, fields: []string{"1", "2"}, missing: m.Missing})
		}
	})
}

// A table of any bytes gives cases that the store's own fold takes, or faults with
// a line, or an error.
func FuzzCaseTable(f *testing.F) {
	f.Add(townRow())
	f.Add(townRow("结案", "1753-01-01 00:00:00") + townRow("经度", "NaN", "纬度", "1e400"))
	f.Add(townRow("状态", "作废", "派遣", "", "结案", "", "作废", "2024-03-01 09:00:00", "截止", ""))
	f.Add(townRow("描述", "🕳️\"\nمكسور", "回访", "2024/3/5", "评分", "9"))
	f.Add("\"" + townRow())
	f.Add(strings.Repeat(",", 19) + "\n\x00\xff\xfe\n")
	snap := townSnapshot(f)
	m, err := ParseCasesMapping([]byte(townMapping))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, rows string) {
		c, err := NewCaseReader(t.Context(), m, snap, strings.NewReader(townHeader+rows))
		if err != nil {
			return
		}
		last := 1
		for p, err := range c.All() {
			fault, bad := errors.AsType[cases.RowFault](err)
			switch {
			case bad && (fault.Row <= last || !utf8.ValidString(fault.Error())):
				t.Fatalf("after line %d: %q", last, fault.Error())
			case bad:
				last = fault.Row
				continue
			case err != nil:
				return
			}
			last = p.Row
			checkPast(t, &p)
		}
	})
}

// checkPast holds a case against what every case is.
func checkPast(t *testing.T, p *cases.Past) {
	t.Helper()
	d := &p.Report
	if d.ExternalID == "" || d.System != "old" || d.Kind != grids.ComponentKind && d.Kind != grids.EventKind || d.Category == "" {
		t.Fatalf("%+v", d)
	}
	log := []cases.Event{{Seq: 1, At: d.ReportedAt, Kind: cases.Report, Actor: p.Reporter, Details: cases.Details{Report: d}}}
	for i, e := range p.Events {
		e.Seq = i + 2
		log = append(log, e)
	}
	c, err := cases.Fold(cases.ID{1}, log)
	if err != nil {
		t.Fatal(err)
	}
	for i := range log {
		y := log[i].At.Year()
		if i > 0 && log[i].At.Before(log[i-1].At) || y < firstYear-1 || y > lastYear+1 || log[i].Actor.ID == "" || log[i].At.Nanosecond() != 0 {
			t.Fatalf("event %d: %+v", i, log[i])
		}
	}
	if c.State == cases.Closed && c.Unit == "" {
		t.Fatalf("%+v was closed by no unit", c)
	}
}

func BenchmarkCaseReader(b *testing.B) {
	m, err := ParseCasesMapping([]byte(townMapping))
	if err != nil {
		b.Fatal(err)
	}
	snap := townSnapshot(b)
	for _, enc := range []string{"utf-8", "ascii"} {
		row := townRow()
		if enc == "ascii" {
			row = townRow("类型", "event", "来源", "patrol", "状态", "closed", "按期", "yes", "派遣员", "wang", "意见", "")
		}
		b.Run(enc, func(b *testing.B) {
			b.SetBytes(int64(len(row)))
			c, err := NewCaseReader(b.Context(), m, snap, strings.NewReader(townHeader+strings.Repeat(row, b.N)))
			if err != nil {
				b.Fatal(err)
			}
			n := 0
			for _, err := range c.All() {
				if err != nil {
					b.Fatal(err)
				}
				n++
			}
			if n != b.N {
				b.Fatal(n)
			}
		})
	}
}

// The year is that of the zone of times; a case is never of a time that the store
// refuses.
func TestYearsAreThoseOfTheZone(t *testing.T) {
	formats, err := parseFormats(nil)
	if err != nil {
		t.Fatal(err)
	}
	r := timeReader{zone: time.FixedZone("", 8*3600), formats: formats}
	for text, ok := range map[string]bool{
		"1989-12-31 23:59:59": false, "1990-01-01 00:00:00": true, "2200-12-31 23:59:59": true, "2201-01-01 00:00:00": false, "1989-12-31T20:00:00Z": true,
	} {
		if at, err := r.read(text); (err == nil) != ok {
			t.Errorf("%s: %v, %v", text, at, err)
		}
	}
}
