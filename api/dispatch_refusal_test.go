package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
)

func TestReportsThatCannotBeDecidedAreRefusedWithTheMemberAtFault(t *testing.T) {
	t.Parallel()
	o, _ := openBureau(t)
	const malformed = "malformed"
	head := func(rest string) string { return `{"lon":114.305,"lat":34.785,` + rest + `}` }
	for _, c := range []struct {
		body string
		refusal
	}{
		{``, refusal{"", 400, malformed, "body"}},
		{`[]`, refusal{"", 400, malformed, "body"}},
		{`{"lon":1`, refusal{"", 400, malformed, "body"}},
		{strings.Repeat(`[`, 100), refusal{"", 400, malformed, "body"}},
		{`{"lon":114.3,"lat":34.7,"lat":1}`, refusal{"", 400, malformed, "lat"}},
		{`{}`, refusal{"", 400, malformed, "lon"}},
		{`{"lon":114.3}`, refusal{"", 400, malformed, "lat"}},
		{`{"lon":"114.3","lat":34.7}`, refusal{"", 400, malformed, "lon"}},
		{`{"lon":1e999,"lat":34.7}`, refusal{"", 400, malformed, "lon"}},
		{`{"lon":200,"lat":34.7}`, refusal{"", 400, "coordinate-out-of-range", "lon,lat"}},
		{`{"lon":34.7,"lat":114.3}`, refusal{"", 400, "coordinate-out-of-range", "lon,lat"}},
		{head(`"crs":"mars"`), refusal{"", 400, "crs-unknown", "crs"}},
		{head(`"category":"0102"`), refusal{"", 400, malformed, "kind"}},
		{head(`"kind":"case","category":"0102"`), refusal{"", 400, malformed, "kind"}},
		{head(`"kind":"event"`), refusal{"", 400, malformed, "category"}},
		{head(`"kind":"event","category":"9999"`), refusal{"", 422, "category-unknown", "category"}},
		{head(`"kind":"event","category":"01"`), refusal{"", 422, "category-unknown", "category"}}, // a major
		{head(`"kind":"event","category":102`), refusal{"", 400, malformed, "category"}},
		{head(`"kind":"component","category":"cjt214:0117"`), refusal{"", 422, "scheme-mismatch", "category"}}, // two that are narrower
		{head(`"kind":"component","category":"cjt214:0105"`), refusal{"", 422, "scheme-mismatch", "category"}}, // none
		{head(`"kind":"event","category":"gbt30428.2-2013:9999"`), refusal{"", 422, "category-unknown", "category"}},
		{head(`"kind":"component","category":"0101","condition":"2"`), refusal{"", 422, "not-possible", "condition"}},
		{head(`"kind":"component","category":"0101","component":"none"`), refusal{"", 422, "not-possible", "component"}},
		{head(`"kind":"event","category":"0102","component":"` + o.snap.Component(0).Code + `"`), refusal{"", 400, malformed, "component"}},
		{head(`"kind":"event","category":"0102","accuracy_m":-1`), refusal{"", 400, malformed, "accuracy_m"}},
		{head(`"kind":"event","category":"0102","accuracy_m":501`), refusal{"", 400, malformed, "accuracy_m"}},
		{head(`"kind":"event","category":"0102","at":"yesterday"`), refusal{"", 400, malformed, "at"}},
		{head(`"kind":"event","category":"0102","nearest":{}`), refusal{"", 400, malformed, "nearest"}},
		{head(`"kind":"event","category":"0102","nearest":[{"k":21}]`), refusal{"", 400, malformed, "nearest[0]"}},
		{head(`"kind":"event","category":"0102","nearest":[` + strings.Repeat(`{},`, 10) + `{}]`), refusal{"", 400, "too-many", "nearest"}},
		{head(`"kind":"event","category":"0102","note":"井"`), refusal{"", 400, malformed, "note"}},
		{head(`"kind":"event","category":"0102","note":"` + strings.Repeat("井", 10<<20/3) + `"`), refusal{"10 MB", 413, "too-large", "body"}},
		{head(`"kind":"event","category":"` + strings.Repeat("井", 5000) + `"`), refusal{"", 400, malformed, "category"}},
	} {
		if c.target == "" {
			c.target = c.body
		}
		o.refused(t, o.post(t, "/v1/dispatch", c.body), c.refusal)
	}
	o.refused(t, o.post(t, "/v1/dispatch?lon=1", `{}`), refusal{"query", 400, malformed, "lon"})
	o.refused(t, o.ask(t, http.MethodPost, "/v1/dispatch", `{}`, "Content-Type", "text/csv"), refusal{"csv", 415, "unsupported-media-type", "Content-Type"})
}

func TestAPointOutsideTheCityIsAnswered(t *testing.T) {
	t.Parallel()
	o, _ := openBureau(t)
	for _, body := range []string{`{"lon":0,"lat":0,"kind":"event","category":"0102"}`, `{"lon":121.5,"lat":31.2,"kind":"component","category":"0101"}`} {
		if d := o.decide(t, body); d.Mode != "default" || d.Unit != "U3" || d.Chain.Status != grids.StatusOutside || d.Chain.Cell != nil {
			t.Errorf("%s: %+v", body, d)
		}
	}
}

func TestClaimsThatCannotBeMeantAreRefusedAndNothingIsStored(t *testing.T) {
	t.Parallel()
	o, _ := openBureau(t)
	component := o.snap.Component(7).Code
	at := o.snap.City.Cells[14].At
	point := fmt.Sprintf("[%.7f,%.7f]", at.Lon(), at.Lat())
	corner := fmt.Sprintf("[%s,[%.7f,%.7f],[%.7f,%.7f]]", point, at.Lon()+0.0005, at.Lat(), at.Lon()+0.0005, at.Lat()+0.0005)
	with := func(subject, rest string) string {
		return `{"subject":` + subject + `,"unit":"U2","evidence":"e"` + rest + `}`
	}
	good := `{"component":"` + component + `"}`
	const malformed, impossible = "malformed", "not-possible"
	for _, c := range []struct {
		body string
		refusal
	}{
		{``, refusal{"", 400, malformed, "body"}},
		{`[{}]`, refusal{"", 400, malformed, "body"}},
		{`{}`, refusal{"", 400, malformed, "subject"}},
		{with(`null`, ``), refusal{"", 400, malformed, "subject"}},
		{with(`"x"`, ``), refusal{"", 400, malformed, "subject"}},
		{with(`{}`, ``), refusal{"", 400, malformed, "subject.component,area,line"}},
		{with(`{"component":"`+component+`","area":"OA1"}`, ``), refusal{"", 400, malformed, "subject.component,area,line"}},
		{with(`{"component":"none"}`, ``), refusal{"", 422, impossible, "subject.component"}},
		{with(`{"area":"none"}`, ``), refusal{"", 422, impossible, "subject.area"}},
		{with(`{"area":"OA1","colour":1}`, ``), refusal{"", 400, malformed, "subject.colour"}},
		{with(`{"line":[]}`, ``), refusal{"", 400, malformed, "subject.line"}},
		{with(`{"line":`+point+`,"within_m":5}`, ``), refusal{"", 400, malformed, "subject.line[0]"}},
		{with(`{"line":[[1]],"within_m":5}`, ``), refusal{"", 400, malformed, "subject.line[0]"}},
		{with(`{"line":[[0,0]],"within_m":5}`, ``), refusal{"", 422, impossible, "subject.line[0]"}},
		{with(`{"line":[[500,0]],"within_m":5}`, ``), refusal{"", 400, "coordinate-out-of-range", "subject.line[0]"}},
		{with(`{"line":[`+strings.Repeat(point+",", 200)+point+`],"within_m":5}`, ``), refusal{"201 positions", 400, malformed, "subject.line"}},
		{with(`{"line":`+corner+`,"within_m":5}`, ``), refusal{"", 422, impossible, "subject.line"}},
		{with(`{"line":[`+point+`]}`, ``), refusal{"", 400, malformed, "subject.component,area,line"}},
		{with(`{"line":[`+point+`],"within_m":501}`, ``), refusal{"", 400, malformed, "subject.component,area,line"}},
		{with(`{"line":[`+point+`],"within_m":5,"crs":"mars"}`, ``), refusal{"", 400, "crs-unknown", "subject.crs"}},
		{with(`{"line":[`+point+`],"within_m":5,"category":"01"}`, ``), refusal{"", 400, malformed, "subject.component,area,line"}},
		{with(`{"line":[`+point+`],"within_m":5,"kind":"event","category":"99"}`, ``), refusal{"", 422, "category-unknown", "subject.category"}},
		{with(`{"line":[`+point+`],"within_m":5,"kind":"event","category":"01,,"}`, ``), refusal{"", 422, "category-unknown", "subject.category"}},
		{with(good, `,"valid":{"from":"2026-02-01","to":"2026-01-01"}`), refusal{"", 422, impossible, "valid.to"}},
		{with(good, `,"valid":{"from":"then"}`), refusal{"", 400, malformed, "valid.from"}},
		{with(good, `,"valid":5`), refusal{"", 400, malformed, "valid"}},
		{with(good, `,"id":5`), refusal{"", 400, malformed, "id"}},
		{with(good, `,"decided_by":7`), refusal{"", 400, malformed, "decided_by"}},
		{with(good, `,"decided_by":"`+strings.Repeat("井", 10<<20/3)+`"`), refusal{"10 MB", 413, "too-large", "body"}},
		{with(good, `,"decided_by":"`+strings.Repeat("井", 2000)+`"`), refusal{"6 KB", 400, malformed, "decided_by"}},
		{with(good, `,"decided_by":"a\u0000b"`), refusal{"", 400, malformed, "decided_by"}},
		{strings.Replace(with(good, ``), `"U2"`, `"U9"`, 1), refusal{"", 422, impossible, "unit"}},
		{strings.Replace(with(good, ``), `"U2"`, `""`, 1), refusal{"", 400, malformed, "unit"}},
		{strings.Replace(with(good, ``), `"e"`, `" "`, 1), refusal{"", 400, malformed, "evidence"}},
		{strings.Replace(with(good, ``), `"e"`, `null`, 1), refusal{"", 400, malformed, "evidence"}},
	} {
		if c.target == "" {
			c.target = c.body
		}
		for _, path := range []string{"/v1/ownership", "/v1/rulings"} {
			o.refused(t, o.write(t, http.MethodPost, path, c.body), c.refusal)
		}
	}
	whole := with(good, ``)
	o.refused(t, o.post(t, "/v1/rulings", whole), refusal{"no token", 401, "unauthenticated", "Authorization"})
	o.refused(t, o.ask(t, http.MethodPost, "/v1/rulings", whole, "Authorization", "Bearer wrong-token-0123456"), refusal{"wrong token", 401, "unauthenticated", "Authorization"})
	o.refused(t, o.write(t, http.MethodPost, "/v1/rulings", whole, "If-Match", "1"), refusal{"If-Match", 400, malformed, "If-Match"})
	o.refused(t, o.write(t, http.MethodPost, "/v1/rulings", whole, "Idempotency-Key", "a b"), refusal{"key", 400, malformed, "Idempotency-Key"})
	for query, location := range map[string]string{"limit=0": "limit", "limit=10001": "limit", "cursor=x": "cursor", "cursor=-1": "cursor", "unit=U1": "unit"} {
		o.refused(t, o.get(t, "/v1/ownership?"+query), refusal{query, 400, malformed, location})
	}
	for _, kind := range []string{"ownership", "rulings"} {
		var list api.ClaimList
		o.get(t, "/v1/"+kind).read(t, &list)
		if len(list.Claims) != 0 || list.CityVersion != 1 {
			t.Errorf("%s: %+v", kind, list)
		}
	}
}

// Whatever a text says, it is text: it is refused where a code must stand, and
// comes back as it was written where anything may.
func TestTextsOfAllKindsAreTextAndNothingElse(t *testing.T) {
	t.Parallel()
	o, _ := openBureau(t)
	for i, text := range []string{
		`'; DROP TABLE rulings; --`, `" OR 1=1 --`, `😀👨‍👩‍👧 井盖`, "مرحبا \u202e right to left", `<script>alert(1)</script>`, `%00 ${jndi:x} {{7*7}}`, `1); DELETE FROM ownership WHERE (1=1`,
	} {
		written, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		quoted := string(written)
		for _, member := range []string{"kind", "category", "condition", "component", "at", "crs"} {
			members := map[string]string{"kind": `"component"`, "category": `"0101"`}
			members[member] = quoted
			body := `{"lon":114.305,"lat":34.785`
			for _, name := range []string{"kind", "category", "condition", "component", "at", "crs"} {
				if v, ok := members[name]; ok {
					body += fmt.Sprintf(",%q:%s", name, v)
				}
			}
			if p := o.post(t, "/v1/dispatch", body+"}").problem(t); p.Status >= 500 || len(p.Errors) == 0 || p.Errors[0].Location != member {
				t.Errorf("%s: %+v", member, p)
			}
		}
		for _, subject := range []string{`{"component":` + quoted + `}`, `{"area":` + quoted + `}`} {
			if p := o.write(t, http.MethodPost, "/v1/rulings", `{"subject":`+subject+`,"unit":"U1","evidence":"e"}`).problem(t); p.Status != 422 {
				t.Errorf("%s: %+v", subject, p)
			}
		}
		made := o.claim(t, "rulings", fmt.Sprintf(`{"subject":{"component":%q},"unit":"U2","evidence":%s,"decided_by":%s}`, o.snap.Component(7).Code, quoted, quoted))
		var list api.ClaimList
		o.get(t, fmt.Sprintf("/v1/rulings?limit=1&cursor=%d", max(i, 1))).read(t, &list)
		if i > 0 && (len(list.Claims) != 1 || list.Claims[0].Evidence != text || list.Claims[0].ID != made.ID) || made.DecidedBy != text {
			t.Errorf("%q came back as %+v", text, list)
		}
	}
}

func FuzzDispatchBody(f *testing.F) {
	o, _ := openBureau(f)
	for _, seed := range []string{
		about(o, 7, `,"condition":"1","nearest":[{"kind":"car","k":2}]`), eventAt(o.snap.City.Cells[3].At, ``), `{"lon":0,"lat":0,"kind":"event","category":"0102"}`,
		`{"nearest":[null,{"k":1e9}],"lon":114.3,"lat":34.78,"kind":"event","category":"0102"}`, `{"lon":1,"lon":2}`, `{"a":{}}`, "\xff", `{"crs":"city","lon":50000,"lat":30000,"kind":"event","category":"0102","at":""}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := o.post(t, "/v1/dispatch", string(body))
		if r.status >= 500 {
			t.Fatalf("%q: %d %s", body, r.status, r.body)
		}
		if r.status != http.StatusOK {
			r.shape(t)
			return
		}
		var d api.Decision
		r.read(t, &d)
		if d.Unit == "" || d.Trace == nil || d.Confidence < 0 || d.Confidence > 1 {
			t.Fatalf("%q: %s", body, r.body)
		}
	})
}

func FuzzClaimBody(f *testing.F) {
	o, _ := openBureau(f)
	at := o.snap.City.Cells[14].At
	for _, seed := range []string{
		ofComponent(o.snap.Component(7).Code, "U2"), `{"subject":{"area":"OA1","kind":"component","category":"01"},"unit":"U1","evidence":"e","valid":{"to":"2040-01-01"}}`,
		fmt.Sprintf(`{"subject":{"line":[[%.7f,%.7f],[%.7f,%.7f]],"within_m":12},"unit":"U1","evidence":"e"}`, at.Lon(), at.Lat(), at.Lon()+0.001, at.Lat()),
		`{"subject":{"line":[null,[1,2,3]],"within_m":1e-300},"unit":"U1","evidence":"e"}`, `{"subject":[]}`, `{"valid":{"from":null}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		r := o.write(t, http.MethodPost, "/v1/rulings", string(body))
		if r.status >= 500 {
			t.Fatalf("%q: %d %s", body, r.status, r.body)
		}
		if r.status != http.StatusCreated {
			r.shape(t)
			return
		}
		if d := o.decide(t, eventAt(at, "")); d.BookVersion < 2 { // what was taken can be decided by
			t.Fatalf("%q: %+v", body, d)
		}
	})
}
