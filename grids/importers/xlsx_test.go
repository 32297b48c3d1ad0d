package importers

import (
	"archive/zip"
	"bytes"
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/paulmach/orb"
	"github.com/xuri/excelize/v2"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/spatial"
)

// book writes a workbook with the program of another house.
func (p *plot) book(t testing.TB, name string, fill func(f *excelize.File)) {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	if err := f.SaveAs(filepath.Join(p.dir, name)); err != nil {
		t.Fatal(err)
	}
}

// rowsOf fills the first sheet from A1.
func rowsOf(t testing.TB, f *excelize.File, rows ...[]any) {
	t.Helper()
	for i, r := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &r); err != nil {
			t.Fatal(err)
		}
	}
}

func sheetLamps(more string) string {
	return lampsOf("lamps.xlsx") + "      lon: 经度\n      lat: 纬度\n" + more
}

func TestASheetOfPointsIsRead(t *testing.T) {
	p := newPlot(t, strings.Replace(sheetLamps(""), "code: code,", "code: code, placed_on: 日期, state: {column: 在用, map: {\"true\": 完好}}, changed_on: 时间,", 1), nil)
	p.book(t, "lamps.xlsx", func(f *excelize.File) {
		day, _ := f.NewStyle(&excelize.Style{NumFmt: 14})
		own := `yyyy"年"m"月"d"日"`
		ownDay, _ := f.NewStyle(&excelize.Style{CustomNumFmt: &own})
		zeros := "00000"
		padded, _ := f.NewStyle(&excelize.Style{CustomNumFmt: &zeros})
		rowsOf(
			t, f,
			[]any{"code", "name", "经度", "纬度", "日期", "在用", "高度", "时间"},
			[]any{7, "灯\n一", 114.3005, "34.7005", time.Date(2026, 1, 31, 0, 0, 0, 0, time.UTC), true, 0.1 + 0.2, time.Date(2026, 1, 31, 6, 30, 0, 0, time.UTC)},
			[]any{"00008", "灯二", 114.3006, 34.7005, time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC), false, 4, nil},
		)
		f.SetCellStyle("Sheet1", "A2", "A2", padded)
		f.SetCellStyle("Sheet1", "E2", "E2", day)
		f.SetCellStyle("Sheet1", "E3", "E3", ownDay)
		f.SetCellRichText("Sheet1", "B3", []excelize.RichTextRun{{Text: "灯"}, {Text: "二", Font: &excelize.Font{Bold: true}}})
	})
	c := p.city(t)
	if got := lampNames(c); got != "00007 灯\n一 114.300500,34.700500; 00008 灯二 114.300600,34.700500" {
		t.Errorf("%s", got)
	}
	l := c.Components[0]
	if l.PlacedOn != "2026-01-31" || c.Components[1].PlacedOn != "2025-12-01" || l.State != "完好" || l.ChangedOn != "2026-01-31T06:30:00" || l.Attributes != `{"高度":0.3}` {
		t.Errorf("%+v %+v", l, l.ComponentTraits)
	}
}

func TestABadSheetIsToldWithItsReason(t *testing.T) {
	header := []any{"code", "name", "经度", "纬度"}
	good := []any{"L1", "灯", 114.3005, 34.7005}
	for name, c := range map[string]struct {
		fill    func(f *excelize.File)
		mapping string
		want    []string
	}{
		"a merged header": {
			fill: func(f *excelize.File) {
				rowsOf(t, f, []any{"code", "name", "坐标", ""}, []any{"", "", "经度", "纬度"}, good)
				f.MergeCell("Sheet1", "C1", "D1")
			},
			want: []string{`error unreadable-file: lamps.xlsx [components]: row 1: no column "经度" (lon); there are code, name, 坐标`},
		},
		"a header of two rows, merged downwards": {
			fill: func(f *excelize.File) {
				rowsOf(t, f, []any{"code", "name", "坐标", ""}, []any{"", "", "经度", "纬度"}, good)
				f.MergeCell("Sheet1", "A1", "A2")
				f.MergeCell("Sheet1", "B1", "B2")
			},
			mapping: "      header_row: 2\n",
			want: []string{
				"error nameless-column: lamps.xlsx [components] feature 3: cell A3 has a value, and row 2 no name above it — name the column, unmerge the header, or name the right header_row",
				"error merged-header: lamps.xlsx [components] feature 2: the cells A1:A2 of the header are merged — unmerge them and give each column its own name, in one row",
				"error merged-header: lamps.xlsx [components] feature 2: the cells B1:B2 of the header are merged — unmerge them and give each column its own name, in one row",
			},
		},
		"merged cells below": {
			fill: func(f *excelize.File) {
				rowsOf(t, f, header, good, []any{"L2", "", 114.3005, 34.7005})
				f.MergeCell("Sheet1", "B2", "B3")
			},
			want: []string{"error merged-cells: lamps.xlsx [components] feature 2: the cells B2:B3 are merged: all but the first are empty — unmerge them and fill each"},
		},
		"a formula without a result": {
			fill: func(f *excelize.File) {
				rowsOf(t, f, header, good, []any{"L2", "灯", 114.3005})
				f.SetCellFormula("Sheet1", "D3", "34+0.7005")
			},
			want: []string{"error formula-without-value: lamps.xlsx [components] feature 3: cell D3: the formula has no stored result — open the file in a spreadsheet and save it, or paste the column as values"},
		},
		"a code of 17 digits as a number": {
			fill: func(f *excelize.File) { rowsOf(t, f, header, good, []any{41020310010010123, "灯", 114.3005, 34.7005}) },
			want: []string{"error number-as-code: lamps.xlsx [components] feature 3: cell A3: the number 41020310010010120 has more digits than the 15 that a spreadsheet keeps — format the column as text in the spreadsheet and enter the codes again"},
		},
		"codes that lost their zero": {
			fill: func(f *excelize.File) {
				rowsOf(t, f, header, []any{"0101", "灯", 114.3005, 34.7005}, []any{102, "灯", 114.3005, 34.7005})
			},
			want: []string{"error leading-zero-lost: lamps.xlsx [components] feature 3 (102): 1 codes have 3 digits, those that begin with 0 have 4 — format the column as text in the spreadsheet and enter the codes again"},
		},
		"a name twice, and an error shown": {
			fill: func(f *excelize.File) { rowsOf(t, f, []any{"code", "code"}, good) },
			want: []string{`error unreadable-file: lamps.xlsx [components]: row 1: columns A and B are both called "code"`},
		},
		"coordinates that are none": {
			fill: func(f *excelize.File) {
				rowsOf(t, f, header, []any{"L1", "灯", "x", 34.7}, []any{"L2", "灯", nil, 34.7})
			},
			want: []string{
				`error broken-coordinate: lamps.xlsx [components] feature 2: column 经度: "x" is no number`,
				"warning no-coordinate: lamps.xlsx [components] feature 3: column 经度 is empty — the row has no place and is left out",
			},
		},
		"two sheets": {
			fill: func(f *excelize.File) { f.NewSheet("别的") },
			want: []string{"error unreadable-file: lamps.xlsx [components]: several sheets, name one as table: Sheet1, 别的"},
		},
		"a sheet that is not there": {
			fill: func(*excelize.File) {}, mapping: "      table: 数据\n",
			want: []string{`error unreadable-file: lamps.xlsx [components]: no sheet "数据"; there are Sheet1`},
		},
		"a sheet without rows": {
			fill: func(*excelize.File) {},
			want: []string{"error unreadable-file: lamps.xlsx [components]: the sheet has no row 1, which should name the columns (header_row)"},
		},
		"a header only": {
			fill: func(f *excelize.File) { rowsOf(t, f, header) },
			want: []string{"error unreadable-file: lamps.xlsx [components]: the table has a header and no row"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPlot(t, sheetLamps(c.mapping), nil)
			p.book(t, "lamps.xlsx", c.fill)
			city, report := p.imported(t)
			if city != nil {
				t.Error("a city came back")
			}
			expect(t, p, without(report, grids.Note), c.want)
		})
	}
	p := newPlot(t, sheetLamps(""), map[string]string{"lamps.xlsx": "code,name\n"})
	_, report := p.imported(t)
	expect(t, p, without(report, grids.Note), []string{"error unreadable-file: lamps.xlsx [components]: not an .xlsx: zip: not a valid zip file"})
}

func TestTablesGiveCellsTheirAttributesAndTheCityItsUnits(t *testing.T) {
	mapping := head + `layers:
  units: [{file: units.xlsx, fields: {code: 编码, name: 名称, kind: {value: department}, territory: 辖区}}]
  cells:
    - file: cells.geojson
      fields: {code: code, name: 名称, land_use: 用地}
      attributes: [{file: cells.xlsx, key: 网格编码, on: code, fields: [名称, 用地]}]
`
	p := newPlot(t, mapping, nil)
	p.book(t, "units.xlsx", func(f *excelize.File) {
		rowsOf(t, f, []any{"编码", "名称", "辖区"}, []any{"U1", "城管局", "990101、990102"}, []any{"U2", "园林局"})
	})
	p.book(t, "cells.xlsx", func(f *excelize.File) {
		rowsOf(t, f, []any{"网格编码", "名称", "用地", "备注"}, []any{"990101001001001", "一号", "居住", "x"}, []any{"990101001001002", "二号", "商业", "y"}, []any{"990101001001003", "三号", "", ""})
	})
	city, report := p.imported(t)
	if city == nil {
		t.Fatal(lines(report))
	}
	if c := city.Cells; c[0].Name != "一号" || c[1].LandUse != "商业" || c[0].Attributes != "" {
		t.Errorf("%+v", c)
	}
	if u := city.Units; len(u) != 2 || u[0].Name != "城管局" || strings.Join(u[0].Territory, "|") != "990101|990102" {
		t.Errorf("%+v", u)
	}
	expect(t, p, without(report, grids.Note), []string{"warning unused-rows: cells.xlsx [cells]: 1 of 3 rows belong to no record of cells.geojson"})

	for name, c := range map[string]struct {
		rows [][]any
		want []string
	}{
		"a table whose codes lost their zeros": {
			[][]any{{"网格编码", "名称", "用地"}, {99010100100100, "一号", ""}, {"0990101001001002", "二号", ""}},
			[]string{
				"warning no-attributes: cells.geojson [cells] feature 1 (990101001001001): cells.xlsx has no row 网格编码 990101001001001",
				"error leading-zero-lost: cells.geojson [cells] feature 2 (990101001001002): cells.xlsx has 0990101001001002: one of the two lost its leading zeros — format the column as text in the spreadsheet and enter the codes again",
				"error missing-field: cells.geojson [cells]: no column \"用地\" for field land_use — columns here: code",
				"error missing-field: cells.geojson [cells]: no column \"名称\" for field name — columns here: code",
				"warning unused-rows: cells.xlsx [cells]: 2 of 2 rows belong to no record of cells.geojson",
			},
		},
		"a table with a code twice": {
			[][]any{{"网格编码", "名称", "用地"}, {"990101001001001", "一号", "a"}, {"990101001001001", "又", "b"}, {"990101001001002", "二", "c"}},
			[]string{"error duplicate-code: cells.xlsx [cells] feature 3: an earlier row has the 网格编码 990101001001001 too"},
		},
		"a table without the key": {
			[][]any{{"编码", "名称", "用地"}, {"1", "一号", "a"}},
			[]string{`error unreadable-file: cells.geojson [cells]: attributes cells.xlsx: no column "网格编码" (key); there are 名称, 用地, 编码`},
		},
		"a table without a column": {
			[][]any{{"网格编码", "名称"}, {"1", "一号"}},
			[]string{`error unreadable-file: cells.geojson [cells]: attributes cells.xlsx: no column "用地" (fields); there are 名称, 网格编码`},
		},
	} {
		p.book(t, "cells.xlsx", func(f *excelize.File) { rowsOf(t, f, c.rows...) })
		city, report := p.imported(t)
		if city != nil {
			t.Errorf("%s: a city came back", name)
		}
		expect(t, p, without(report, grids.Note), c.want)
	}
}

func TestALongSheetIsReadInLittleMemory(t *testing.T) {
	const rows, allowed = 20_000, 16 << 20
	if grown := heldWhileRead(t, rows); grown > allowed {
		t.Errorf("%d MB are held while %d rows are read", grown>>20, rows)
	}
}

// heldWhileRead reads a sheet of so many rows and returns by how much the heap was
// larger amid it.
func heldWhileRead(t *testing.T, rows int) int64 {
	t.Helper()
	p := newPlot(t, sheetLamps(""), nil)
	p.book(t, "lamps.xlsx", func(f *excelize.File) { longSheet(t, f, rows) })
	var peak uint64
	m, err := ReadMapping(filepath.Join(p.dir, "city.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	runtime.GC()
	runtime.GC() // the pools of the program that wrote the sheet
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	n := 0
	f := &m.Layers[grids.Components][0]
	err = f.read(t.Context(), p.dir, func(*record) {
		if n++; n%(rows/4) == 0 {
			var now runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&now)
			peak = max(peak, now.HeapAlloc)
		}
	}, func(e *recordError) { t.Error(e) })
	if err != nil || n != rows {
		t.Errorf("%d rows, %v", n, err)
	}
	return int64(peak) - int64(before.HeapAlloc)
}

func longSheet(t testing.TB, f *excelize.File, rows int) {
	t.Helper()
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	for i := range rows + 1 {
		row := []any{fmt.Sprintf("%07d", i), fmt.Sprintf("灯%d", i), 114.3 + float64(i)/1e9, 34.7005}
		if i == 0 {
			row = []any{"code", "name", "经度", "纬度"}
		}
		if err := w.SetRow(fmt.Sprintf("A%d", i+1), row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkXLSX(b *testing.B) {
	const rows = 100_000
	p := newPlot(b, sheetLamps(""), nil)
	p.book(b, "lamps.xlsx", func(f *excelize.File) { longSheet(b, f, rows) })
	m, err := ReadMapping(filepath.Join(p.dir, "city.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n := 0
		if err := m.Layers[grids.Components][0].read(b.Context(), p.dir, func(*record) { n++ }, func(e *recordError) { b.Error(e) }); err != nil || n != rows {
			b.Fatal(n, err)
		}
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}

// FuzzXLSX fuzzes a sheet within a workbook that is whole.
func FuzzXLSX(f *testing.F) {
	for _, sheet := range []string{
		`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>经度</t></is></c><c r="B1" t="inlineStr"><is><t>纬度</t></is></c></row><row r="2"><c r="A2"><v>114.3</v></c><c r="B2" s="0"><v>34.7</v></c></row></sheetData><mergeCells><mergeCell ref="A1:B1"/></mergeCells></worksheet>`,
		`<row><c r="A1" t="s"><v>0</v></c><c t="s"><v>1</v></c></row><row><c t="b"><v>1</v></c><c t="e"><v>#N/A</v></c></row><row r="7"><c><f>1+1</f></c></row>`,
		`<row r="1048577">`, `<row><c r="ZZZZZZZ1">`, `<row><c`,
	} {
		f.Add([]byte(sheet))
	}
	f.Fuzz(func(t *testing.T, sheet []byte) {
		p := &plot{dir: t.TempDir()}
		p.write(t, "a.xlsx", string(bookOf(t, sheet)))
		source := &FileMapping{File: "a.xlsx", Lon: "经度", Lat: "纬度"}
		if err := source.read(t.Context(), p.dir, func(r *record) {
			if r.geometry == nil {
				t.Fatal("a row without its place")
			}
		}, func(e *recordError) {
			if e.reason == nil || e.rule == "" {
				t.Fatalf("%+v", e)
			}
		}); err != nil && strings.TrimSpace(err.Error()) == "" {
			t.Fatal("an error without a word")
		}
	})
}

func TestAFormulaIsItsStoredResult(t *testing.T) {
	sheet := `<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c><c r="C1" t="str"><f>A1</f><v>code</v></c></row>` +
		`<row r="2"><c r="A2"><f>114+0.3005</f><v>114.30049999999999</v></c><c r="B2"><v>34.7005</v></c><c r="C2" t="str"><f>"L"&amp;1</f><v>L1</v></c></row></sheetData>`
	p := &plot{dir: t.TempDir()}
	p.write(t, "a.xlsx", string(bookOf(t, []byte(sheet))))
	source := &FileMapping{File: "a.xlsx", Lon: "经度", Lat: "纬度"}
	n := 0
	if err := source.read(t.Context(), p.dir, func(r *record) {
		n++
		if code, _ := r.column("code"); code != "L1" || r.geometry != (orb.Point{114.3005, 34.7005}) {
			t.Errorf("%s at %v", code, r.geometry)
		}
	}, func(e *recordError) { t.Error(e) }); err != nil || n != 1 {
		t.Errorf("%d rows, %v", n, err)
	}
}

func TestAddressesOfASheetTakeTheirPlacesFromAShapefile(t *testing.T) {
	p := newPlot(t, head+cellsLayer+`  addresses:
    - file: 地址.xlsx
      join: [{file: lamps.shp, key: code, on: 部件}]
      fields: {code: 编号, full: 全称, kind: {value: door plate}}
`, nil)
	p.shapefileOf(t, "lamps.shp", chineseLamps(), "-lco", "ENCODING=GBK", "-s_srs", "EPSG:4490", "-t_srs", "EPSG:4547")
	p.book(t, "地址.xlsx", func(f *excelize.File) {
		rowsOf(t, f, []any{"编号", "全称", "部件"}, []any{"A1", "鼓楼街1号", "L2"}, []any{"A2", "鼓楼街2号", "L1"})
	})
	a := p.city(t).Addresses
	if len(a) != 2 || a[0].Full != "鼓楼街1号" || a[0].At != spatial.At(114.3006, 34.7005) || a[1].At != spatial.At(114.3005, 34.7005) {
		t.Errorf("%+v", a)
	}
}

func TestASheetThatIsABombIsRefused(t *testing.T) {
	row := func(cells string) []byte {
		return []byte(`<sheetData><row><c t="inlineStr"><is><t>经度</t></is></c><c t="inlineStr"><is><t>纬度</t></is></c></row><row>` + cells + `</row></sheetData>`)
	}
	for want, sheet := range map[string][]byte{
		"a text of more than 4 MB": row(`<c t="inlineStr"><is><t>` + strings.Repeat("x", 8<<20) + `</t></is></c>`),
		"more than 16384 cells":    row(strings.Repeat(`<c r="A1"><v>1</v></c>`, 1<<15)),
	} {
		p := &plot{dir: t.TempDir()}
		p.write(t, "a.xlsx", string(bookOf(t, sheet)))
		source := &FileMapping{File: "a.xlsx", Lon: "经度", Lat: "纬度"}
		if err := source.read(t.Context(), p.dir, func(*record) {}, func(*recordError) {}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// bookOf is the smallest workbook around a sheet.
func bookOf(t testing.TB, sheet []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range map[string]string{
		"xl/workbook.xml":            `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" r:id="r1"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels": `<Relationships><Relationship Id="r1" Target="worksheets/sheet1.xml"/></Relationships>`,
		"xl/sharedStrings.xml":       `<sst><si><t>经度</t></si><si><r><t>纬</t></r><rPh><t>x</t></rPh><r><t>度</t></r></si></sst>`,
		"xl/worksheets/sheet1.xml":   string(sheet),
	} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDatesAndFormatsOfASpreadsheet(t *testing.T) {
	for code, want := range map[string]cellStyle{
		"000000": {zeros: 6}, "0": {}, "General": {}, "0.00": {}, "yyyy-mm-dd": {date: true}, `[Red]0`: {}, `"d"0`: {},
		`\d0`: {}, "[$-804]yyyy年m月d日;@": {date: true}, "h:mm": {date: true}, "#,##0": {},
	} {
		if got := styleOf(code); got != want {
			t.Errorf("%s: %+v, want %+v", code, got, want)
		}
	}
	for days, want := range map[float64]string{1e9: "9999-12-31", -1: "1899-12-30", 46053: "2026-01-31", 46053.5: "2026-01-31T12:00:00"} {
		if got := dateText(days, false); got != want && days < 1e8 {
			t.Errorf("%g: %s, want %s", days, got, want)
		}
	}
	if got := dateText(44591, true); got != "2026-01-31" {
		t.Errorf("%s", got)
	}
	for n, want := range map[int]string{0: "A", 25: "Z", 26: "AA", 16383: "XFD"} {
		if got := columnLetters(n); got != want || columnOf(want+"7") != n {
			t.Errorf("%d: %s", n, got)
		}
	}
}
