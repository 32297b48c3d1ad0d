package importers

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestACasesMappingThatIsWrongIsRefusedWithTheKeyOrTheLine(t *testing.T) {
	swap := func(old, to string) string {
		if !strings.Contains(townMapping, old) {
			panic(old) // of our own test
		}
		return strings.Replace(townMapping, old, to, 1)
	}
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"empty":                    {" \n", []string{"the file is empty"}},
		"only a comment":           {"# nothing\n", []string{"lon and lat are missing", "crs is missing", "fields.kind is missing", "fields.category is missing", "fields.source is missing", "fields.reported_at is missing", "fields.external_id (with source_system) or fields.number is missing"}},
		"a list":                   {"- a\n", []string{"[1:1]"}},
		"an alias":                 {"a: &a [x]\nb: [*a, *a]\n", []string{"[2:5] aliases (*name) are not read"}},
		"a tag":                    {"fields: !x\n", []string{"tags (!name) are not read"}},
		"an unknown key":           {swap("lon:", "long:"), []string{`[3:1] unknown field "long"`}},
		"an unknown field":         {swap("description:", "descr:"), []string{`fields: unknown field "descr"; there are external_id, source_system`}},
		"an unknown key of a step": {swap("note: 意见", "notes: 意见"), []string{`unknown field "notes"`}},
		"an unknown step":          {swap("void: 作废", "rework: 作废"), []string{`events: "rework" is no step that a table can have; there are register, verify, open`}},
		"a step without a time":    {swap("dispatch: {at: 派遣, actor: 派遣员}", "dispatch: {actor: 派遣员}"), []string{"events.dispatch.at: a field has exactly one of column, value and template"}},
		"a survey without score":   {swap(", score: 评分", ""), []string{"events.survey: a survey has a score"}},
		"a score of another":       {swap("note: 意见", "score: 意见"), []string{"events.close: a survey has a score, and only it"}},
		"a field of two":           {swap("unit: 单位", "unit: {column: a, value: b}"), []string{"fields.unit: a field has exactly one of"}},
		"an unknown crs":           {swap("cgcs2000", "beijing54"), []string{`crs: crs "beijing54": unknown`}},
		"an unknown encoding":      {townMapping + "encoding: latin1\n", []string{`encoding: encoding "latin1" is not read`}},
		"an unknown zone":          {townMapping + "time: {zone: Asia/Nowhere}\n", []string{"time.zone: unknown time zone Asia/Nowhere"}},
		"the machine's zone":       {townMapping + "time: {zone: Local}\n", []string{"time.zone: Local is another zone on another machine"}},
		"a format of letters":      {townMapping + "time: {formats: [YYYY-Jan-DD]}\n", []string{`time.formats: "YYYY-Jan-DD": not a pattern at "Jan-DD"`}},
		"a format without a year":  {townMapping + "time: {formats: [\"HH:mm\"]}\n", []string{"a format has a year, YYYY"}},
		"too many formats":         {townMapping + "time: {formats: [" + strings.Repeat("unix,", 21) + "]}\n", []string{"21 of them, at most 20"}},
		"an order of no kind":      {townMapping + "out_of_order: sort\n", []string{`out_of_order: "sort" is none of fault and lift`}},
		"a way of no kind":         {townMapping + "categories: {by: colour}\n", []string{`categories.by: "colour" is none of code and name`}},
		"an id without system":     {swap("source_system: {value: old}\n", "\n"), []string{"fields.source_system is missing"}},
		"neither id nor number":    {swap("external_id: 编号\n", "\n"), []string{"without one the same file would be taken twice"}},
	} {
		_, err := ParseCasesMapping([]byte(c.text))
		if !errors.Is(err, ErrMapping) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		for _, want := range c.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
		}
	}
}

func TestTimesAreReadAsTheirFormatSays(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	want := time.Date(2024, 3, 1, 20, 5, 9, 0, zone)
	for format, text := range map[string]string{
		"YYYY-MM-DD HH:mm:ss":   "2024-03-01 20:05:09",
		"YYYY年M月D日 H时m分s秒":      "2024年3月1日 20时5分9秒",
		"DD.MM.YYYY HH:mm:ss":   "01.03.2024 20:05:09",
		"M/D/YYYY h:mm:ss A":    "3/1/2024 8:05:09 PM",
		"YYYYMMDDHHmmss":        "20240301200509",
		"YYYY-MM-DDTHH:mm:ssZ":  "2024-03-01T12:05:09Z",
		"YYYY-MM-DD HH:mm:ss Z": "2024-03-01 13:05:09 +01:00",
		"rfc3339":               "2024-03-01T20:05:09+08:00",
		"unix":                  "1709294709",
		"unix_ms":               "1709294709000",
	} {
		formats, err := parseFormats([]string{format})
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		r := timeReader{zone: zone, formats: formats}
		if got, err := r.read(text); err != nil || !got.Equal(want) {
			t.Errorf("%s: %s is %v, %v", format, text, got, err)
		}
		for _, bad := range []string{"2024", "x", "2024-13-01 00:00:00", "20240301T", "99999999999999999999"} {
			if at, err := r.read(bad); err == nil && format != "unix" && format != "unix_ms" {
				t.Errorf("%s: %s is %v", format, bad, at)
			}
		}
	}
}
