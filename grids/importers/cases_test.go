package importers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cases/storetest"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// townMapping reads tables of the test's town.
const townMapping = `
crs: cgcs2000
lon: 经度
lat: 纬度
missing: ["NULL"]
fields:
  source_system: {value: old}
  external_id: 编号
  kind: {column: 类型, map: {部件: component, 事件: event}}
  category: 小类
  source: {column: 来源, map: {监督员: patrol}, default: public}
  reported_at: 上报
  due_at: 截止
  unit: 单位
  state: {column: 状态, map: {结案: closed, 派遣: dispatched, 作废: void, 上报: reported}}
  on_time: 按期
  description: 描述
events:
  open: 立案
  dispatch: {at: 派遣, actor: 派遣员}
  close: {at: 结案, note: 意见}
  void: 作废
  survey: {at: 回访, score: 评分}
`

const townHeader = "编号,类型,小类,来源,上报,截止,单位,状态,按期,描述,立案,派遣,派遣员,结案,意见,作废,回访,评分,经度,纬度\n"

// townRow is a row that is good, with some columns changed.
func townRow(change ...string) string {
	values := map[string]string{
		"编号": "E1", "类型": "事件", "小类": "0101", "来源": "监督员", "上报": "2024-03-01 08:00:00", "截止": "2024-03-02 08:00:00",
		"单位": "U1", "状态": "结案", "按期": "是", "描述": "NULL", "立案": "2024-03-01 08:10:00", "派遣": "2024-03-01 08:20:00",
		"派遣员": "王", "结案": "2024-03-01 18:00:00", "意见": "已清理", "作废": "", "回访": "", "评分": "", "经度": "114.3002", "纬度": "34.7002",
	}
	for i := 0; i < len(change); i += 2 {
		if _, ok := values[change[i]]; !ok {
			panic(change[i]) // of our own tests
		}
		values[change[i]] = change[i+1]
	}
	columns := strings.Split(strings.TrimSpace(townHeader), ",")
	for i, c := range columns {
		columns[i] = values[c]
		if strings.ContainsAny(columns[i], ",\"\n") {
			columns[i] = `"` + strings.ReplaceAll(columns[i], `"`, `""`) + `"`
		}
	}
	return strings.Join(columns, ",") + "\n"
}

func townSnapshot(t testing.TB) *grids.Snapshot {
	t.Helper()
	city := storetest.Town()
	city.Offset = true
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return snap
}

// readCases reads a whole table.
func readCases(t testing.TB, mapping string, r io.Reader) (list []cases.Past, faults []cases.RowFault, stats CaseStats, err error) {
	t.Helper()
	m, err := ParseCasesMapping([]byte(mapping))
	if err != nil {
		t.Fatal(err)
	}
	c, err := NewCaseReader(t.Context(), m, townSnapshot(t), r)
	if err != nil {
		return nil, nil, stats, err
	}
	for p, err := range c.All() {
		if f, ok := errors.AsType[cases.RowFault](err); ok {
			faults = append(faults, f)
			continue
		}
		if err != nil {
			return list, faults, c.Stats(), err
		}
		list = append(list, p)
	}
	return list, faults, c.Stats(), nil
}

// readError is what ends the reading of a table.
func readError(t testing.TB, r io.Reader) error {
	t.Helper()
	list, faults, _, err := readCases(t, townMapping, r)
	if err == nil {
		t.Errorf("%d cases and %d faults were read", len(list), len(faults))
	}
	return err
}

// china is a time of the table.
func china(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation(time.DateTime, text, time.FixedZone("", 8*3600))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func TestARowBecomesTheCaseThatItTellsOf(t *testing.T) {
	description := "井盖破损 🕳️\nمكسور, \"坏\""
	text := townHeader + townRow("描述", description, "回访", "2024-03-05 09:00:00", "评分", "4")
	list, faults, stats, err := readCases(t, townMapping, strings.NewReader(text))
	if err != nil || len(faults) > 0 || len(list) != 1 || stats != (CaseStats{}) {
		t.Fatalf("%+v, %v, %+v, %v", list, faults, stats, err)
	}
	nobody := cases.Actor{ID: "old", Role: cases.SystemActor}
	handler := cases.Actor{ID: "old", Role: cases.SystemActor, Unit: "U1"}
	reported, opened, sent, closed := china(t, "2024-03-01 08:00:00"), china(t, "2024-03-01 08:10:00"), china(t, "2024-03-01 08:20:00"), china(t, "2024-03-01 18:00:00")
	want := cases.Past{
		Report: cases.Draft{
			Kind: grids.EventKind, Category: "0101", At: spatial.At(114.3002, 34.7002), Cell: "990101001001001", Zone: "Z1", Description: description,
			Source: cases.Patrol, System: "old", ExternalID: "E1", ReportedAt: reported,
		},
		Reporter: cases.Actor{ID: "old", Role: cases.Supervisor}, Row: 2,
		Events: []cases.Event{
			{Kind: cases.Register, At: reported, Actor: nobody},
			{Kind: cases.Open, At: opened, Actor: nobody},
			{Kind: cases.Dispatch, At: sent, Actor: cases.Actor{ID: "王", Role: cases.Dispatcher}, Details: cases.Details{Unit: "U1", Level: cases.UnitLevel, DueAt: china(t, "2024-03-02 08:00:00")}},
			{Kind: cases.Accept, At: closed, Actor: handler},
			{Kind: cases.Feedback, At: closed, Actor: handler},
			{Kind: cases.Check, At: closed, Actor: nobody},
			{Kind: cases.Close, At: closed, Actor: nobody, Details: cases.Details{Note: "已清理"}},
			{Kind: cases.Survey, At: china(t, "2024-03-05 09:00:00"), Actor: nobody, Details: cases.Details{Score: 4}},
		},
	}
	if got := list[0]; !reflect.DeepEqual(inUTC(got), inUTC(want)) {
		t.Errorf("\n%+v, want\n%+v", got, want)
	}
}

// inUTC makes times of one moment equal.
func inUTC(p cases.Past) cases.Past {
	p.Report.ReportedAt = p.Report.ReportedAt.UTC()
	p.Events = append([]cases.Event{}, p.Events...)
	for i := range p.Events {
		e := &p.Events[i]
		e.At = e.At.UTC()
		if !e.DueAt.IsZero() {
			e.DueAt = e.DueAt.UTC()
		}
	}
	return p
}

func TestACaseGoesAsFarAsItsStateOrItsTimesSay(t *testing.T) {
	for name, c := range map[string]struct {
		change []string
		want   string
	}{
		"closed":               {nil, "register 08:00 open 08:10 dispatch 08:20 accept 18:00 feedback 18:00 check 18:00 close 18:00"},
		"by its times":         {[]string{"状态", ""}, "register 08:00 open 08:10 dispatch 08:20 accept 18:00 feedback 18:00 check 18:00 close 18:00"},
		"no time but the end":  {[]string{"立案", "", "派遣", ""}, "register 08:00 open 08:00 dispatch 08:00 accept 18:00 feedback 18:00 check 18:00 close 18:00"},
		"dispatched":           {[]string{"状态", "派遣", "结案", ""}, "register 08:00 open 08:10 dispatch 08:20"},
		"dispatched, untimed":  {[]string{"状态", "派遣", "立案", "", "派遣", "", "结案", ""}, "register 08:00 open 08:00 dispatch 08:00"},
		"handling":             {[]string{"状态", "handling", "结案", ""}, "register 08:00 open 08:10 dispatch 08:20 accept 08:20 handle 08:20"},
		"done":                 {[]string{"状态", "done", "结案", ""}, "register 08:00 open 08:10 dispatch 08:20 accept 08:20 feedback 08:20"},
		"open by its times":    {[]string{"状态", "", "派遣", "", "结案", "", "单位", ""}, "register 08:00 open 08:10"},
		"void":                 {[]string{"状态", "作废", "派遣", "", "结案", "", "作废", "2024-03-01 09:00:00", "截止", ""}, "register 08:00 open 08:10 void 09:00"},
		"void by its time":     {[]string{"状态", "", "立案", "", "派遣", "", "结案", "", "作废", "2024-03-01 09:00:00", "截止", ""}, "void 09:00"},
		"reported":             {[]string{"状态", "上报", "立案", "", "派遣", "", "结案", "", "截止", ""}, ""},
		"a fraction is cut":    {[]string{"立案", "2024-03-01 08:10:00.999"}, "register 08:00 open 08:10 dispatch 08:20 accept 18:00 feedback 18:00 check 18:00 close 18:00"},
		"other ways of a time": {[]string{"立案", "2024/3/1 8:10", "派遣", "2024-03-01T00:20:00Z"}, "register 08:00 open 08:10 dispatch 08:20 accept 18:00 feedback 18:00 check 18:00 close 18:00"},
	} {
		list, faults, _, err := readCases(t, townMapping, strings.NewReader(townHeader+townRow(c.change...)))
		if err != nil || len(faults) > 0 || len(list) != 1 {
			t.Errorf("%s: %v, %v", name, faults, err)
			continue
		}
		var got []string
		for _, e := range list[0].Events {
			got = append(got, string(e.Kind)+e.At.In(time.FixedZone("", 8*3600)).Format(" 15:04"))
		}
		if text := strings.Join(got, " "); text != c.want {
			t.Errorf("%s: %s, want %s", name, text, c.want)
		}
		// What comes out is a way that a case can go.
		log := []cases.Event{{Seq: 1, Kind: cases.Report, At: list[0].Report.ReportedAt, Details: cases.Details{Report: &list[0].Report}}}
		for i, e := range list[0].Events {
			e.Seq = i + 2
			log = append(log, e)
		}
		if _, err := cases.Fold(cases.ID{1}, log); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestEveryFaultOfARowIsToldWithItsColumn(t *testing.T) {
	for name, c := range map[string]struct {
		change []string
		want   []string
	}{
		"1753":                     {[]string{"上报", "1753-01-01 00:00:00"}, []string{`上报 (reported_at) "1753-01-01 00:00:00": the year 1753 is not between 1990 and 2200`}},
		"no time":                  {[]string{"上报", ""}, []string{`上报 (reported_at) "": it is needed`}},
		"a time of another form":   {[]string{"结案", "01.03.2024"}, []string{`结案 (close) "01.03.2024": not a time as time.formats has it`}},
		"an unknown category":      {[]string{"小类", "9999"}, []string{`小类 (category) "9999": the category does not exist: no event category "9999"`}},
		"no category":              {[]string{"小类", ""}, []string{`小类 (category) "": it is needed`}},
		"another scheme's code":    {[]string{"小类", "nowhere:01"}, []string{`no scheme "nowhere"`}},
		"an unknown kind":          {[]string{"类型", "别的"}, []string{`类型 (kind) "别的": neither component nor event`}},
		"NaN":                      {[]string{"经度", "NaN"}, []string{"经度, 纬度: crs cgcs2000: coordinate out of range"}},
		"infinity":                 {[]string{"纬度", "-Inf"}, []string{"coordinate out of range"}},
		"no number":                {[]string{"经度", "114°18'"}, []string{`经度 "114°18'": not a number`}},
		"no place":                 {[]string{"经度", "NULL"}, []string{`经度 "": not a number`}},
		"far away":                 {[]string{"经度", "121.5"}, []string{"经度, 纬度: 121.5000000,34.7002000 is more than 50 km from the city"}},
		"no id":                    {[]string{"编号", ""}, []string{"external_id and number are both empty"}},
		"a state of no table":      {[]string{"状态", "returned"}, []string{`状态 (state) "returned": no state that a table can give; there are reported, registered`}},
		"dispatched but closed":    {[]string{"状态", "派遣"}, []string{`状态 (state) "dispatched": but there is a time of close`}},
		"closed at no time":        {[]string{"结案", ""}, []string{`状态 (state) "closed": the time of close is missing`}},
		"void at no time":          {[]string{"状态", "作废"}, []string{`状态 (state) "void": the time of void is missing`}},
		"closed but void":          {[]string{"作废", "2024-03-01 09:00:00"}, []string{`状态 (state) "closed": but there is a time of void`}},
		"no unit":                  {[]string{"单位", ""}, []string{"unit is empty: a case that is closed was dispatched to one"}},
		"a step before another":    {[]string{"派遣", "2024-03-01 08:05:00"}, []string{"dispatch at 2024-03-01 08:05:00 is before the step it follows, at 2024-03-01 08:10:00"}},
		"a flag that contradicts":  {[]string{"按期", "否"}, []string{`按期 (on_time) "否": but it was due at 2024-03-02 08:00:00 and closed at 2024-03-01 18:00:00`}},
		"a flag that is none":      {[]string{"按期", "maybe"}, []string{`按期 (on_time) "maybe": neither yes nor no`}},
		"a score that is none":     {[]string{"回访", "2024-03-05 09:00:00", "评分", "好"}, []string{`评分 (survey.score) "好": not a score of 1 to 5`}},
		"only reported but due":    {[]string{"状态", "上报", "立案", "", "派遣", "", "结案", ""}, []string{`截止 (due_at) "2024-03-02 08:00:00": a case that is only reported has no limit`}},
		"several faults at a time": {[]string{"类型", "别的", "上报", "x", "经度", ""}, []string{`上报 (reported_at) "x"`, `类型 (kind)`, `经度 "": not a number`}},
	} {
		text := townHeader + townRow("编号", "E0") + townRow(c.change...)
		list, faults, _, err := readCases(t, townMapping, strings.NewReader(text))
		if err != nil || len(list) != 1 || len(faults) != 1 || faults[0].Row != 3 {
			t.Errorf("%s: %d cases, %v, %v", name, len(list), faults, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(faults[0].Error(), want) {
				t.Errorf("%s: %v, want %s", name, faults[0], want)
			}
		}
	}
}

func TestStepsOutOfOrderAreLiftedWhereTheMappingSaysSo(t *testing.T) {
	text := townHeader + townRow("立案", "2024-03-01 07:00:00")
	list, faults, stats, err := readCases(t, townMapping+"out_of_order: lift\n", strings.NewReader(text))
	if err != nil || len(faults) > 0 || stats.Lifted != 1 || !list[0].Events[1].At.Equal(china(t, "2024-03-01 08:00:00")) {
		t.Errorf("%+v, %v, %+v, %v", list, faults, stats, err)
	}
}

func TestATableReadsTheSameInEveryEncoding(t *testing.T) {
	text := townHeader + townRow() + townRow("编号", "E2", "描述", "路灯不亮", "意见", "已修复")
	want, _, _, err := readCases(t, townMapping, strings.NewReader(text))
	if err != nil || len(want) != 2 {
		t.Fatal(want, err)
	}
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ mapping, text string }{
		"GBK":                               {townMapping, gbk},
		"GBK by name":                       {townMapping + "encoding: gbk\n", gbk},
		"UTF-8 with a byte order mark":      {townMapping, byteOrderMark + text},
		"UTF-8 of a mapping that says GBK":  {townMapping + "encoding: gbk\n", byteOrderMark + text},
		"lines that end as on Windows":      {townMapping, strings.ReplaceAll(text, "\n", "\r\n")},
		"a last line that is not ended":     {townMapping, strings.TrimSuffix(text, "\n")},
		"columns in quotes, blanks around ": {townMapping, strings.Replace(text, "114.3002", `" 114.3002 "`, 1)},
	} {
		got, faults, _, err := readCases(t, c.mapping, strings.NewReader(c.text))
		if err != nil || len(faults) > 0 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v, %v", name, got, faults, err)
		}
	}
	_, faults, _, err := readCases(t, townMapping, strings.NewReader(text+gbk[strings.Index(gbk, "\n")+1:]))
	if err != nil || len(faults) != 2 || faults[0].Row != 4 || !strings.Contains(faults[0].Error(), "the line is in gb18030, the file in utf-8") {
		t.Errorf("mixed: %v, %v", faults, err)
	}
}

func TestAPlaceInAShiftedSystemIsBroughtBack(t *testing.T) {
	gcj, err := crs.Parse("gcj02")
	if err != nil {
		t.Fatal(err)
	}
	x, y := gcj.FromCGCS2000(114.3002, 34.7002)
	text := townHeader + townRow("经度", fmt.Sprintf("%.9f", x), "纬度", fmt.Sprintf("%.9f", y))
	list, faults, stats, err := readCases(t, strings.Replace(townMapping, "cgcs2000", "gcj02", 1), strings.NewReader(text))
	if err != nil || len(faults) > 0 || list[0].Report.At != spatial.At(114.3002, 34.7002) || list[0].Report.Cell != "990101001001001" || stats.Outside != 0 {
		t.Errorf("%+v, %v, %v", list, faults, err)
	}
	// As it stands it is half a kilometre off: outside all cells, and stored so.
	list, _, stats, err = readCases(t, townMapping, strings.NewReader(text))
	if err != nil || list[0].Report.Cell != "" || list[0].Report.Zone != "" || stats.Outside != 1 {
		t.Errorf("%+v, %+v, %v", list, stats, err)
	}
}

func TestATableInAnotherSystemIsOneError(t *testing.T) {
	var swapped strings.Builder
	swapped.WriteString(townHeader)
	for i := range 1000 {
		swapped.WriteString(townRow("编号", fmt.Sprint(i), "经度", "34.7002", "纬度", "11.43"))
	}
	list, faults, _, err := readCases(t, townMapping, strings.NewReader(swapped.String()))
	if !errors.Is(err, ErrElsewhere) || len(list) > 0 || len(faults) != farRows-1 || !strings.Contains(err.Error(), "lon 经度 and lat 纬度 are read as cgcs2000") {
		t.Errorf("%d cases, %d faults, %v", len(list), len(faults), err)
	}
	if err := readError(t, strings.NewReader(townHeader+townRow("经度", "38531923.05", "纬度", "3851195.9"))); !errors.Is(err, ErrElsewhere) {
		t.Error(err)
	}
}

func TestATableThatIsNoTableIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want string
	}{
		"an empty file":       {"", "the file is empty"},
		"only a header":       {townHeader, "the table has a header and no row"},
		"a picture":           {"\x89PNG\x00\x00", "it is no text"},
		"UTF-16":              {"\xff\xfea\x00", "UTF-16"},
		"no such columns":     {"编号,纬度\n1,2\n", "the table has no column 上报, 作废, 单位, "},
		"a column twice":      {"编号,编号\n1,2\n", `header: columns 1 and 2 are both called "编号"`},
		"a quote in a header": {"编号,\"纬\"度\n", "header: "},
		"a quote left open":   {townHeader + "\"" + strings.Repeat("x,\n", maxRecordBytes), "a row of more than 8 MB: is a quote left open?"},
	} {
		err := readError(t, strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

func TestARowThatIsCutCostsOnlyItself(t *testing.T) {
	half := townRow("编号", "E9")
	text := townHeader + townRow() + "a\"b,\n" + townRow("编号", "E2") + half[:len(half)/2]
	list, faults, _, err := readCases(t, townMapping, strings.NewReader(text))
	if err != nil || len(list) != 2 || len(faults) != 2 || faults[0].Row != 3 || faults[1].Row != 5 || !strings.Contains(faults[1].Error(), "fields, the header has 20") {
		t.Errorf("%d cases, %v, %v", len(list), faults, err)
	}
	lost := errors.New("the disk is gone")
	if err := readError(t, io.MultiReader(strings.NewReader(townHeader+townRow()), failing{lost})); !errors.Is(err, lost) {
		t.Error(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	m, err := ParseCasesMapping([]byte(townMapping))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewCaseReader(ctx, m, townSnapshot(t), strings.NewReader(townHeader)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestWhereLeavesRowsOut(t *testing.T) {
	text := townHeader + townRow() + townRow("编号", "E2", "状态", "试验", "上报", "x")
	list, faults, stats, err := readCases(t, townMapping+"where: {状态: [结案]}\n", strings.NewReader(text))
	if err != nil || len(faults) > 0 || len(list) != 1 || stats.Left != 1 {
		t.Errorf("%d cases, %v, %+v, %v", len(list), faults, stats, err)
	}
}

func TestATemplateNumbersRowsAndNeedsAllItsColumns(t *testing.T) {
	mapping := strings.Replace(townMapping, "external_id: 编号", `external_id: {template: "{编号}-{#:3}"}`, 1)
	list, faults, _, err := readCases(t, mapping, strings.NewReader(townHeader+townRow()+townRow("编号", "")+townRow("编号", "E3")))
	if err != nil || len(list) != 2 || list[0].Report.ExternalID != "E1-001" || list[1].Report.ExternalID != "E3-003" || len(faults) != 1 {
		t.Errorf("%+v, %v, %v", list, faults, err)
	}
}
