package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

func TestARepeatedWriteIsDoneOnceAndAnsweredAlikeAlsoAfterARestart(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	at := o.snap.City.Cells[9].At
	body := fmt.Sprintf(`{"lon":%.7f,"lat":%.7f,"category":%q}`, at.Lon(), at.Lat(), o.snap.City.Components[0].Category)
	post := func(o *office, body string, head ...string) reply {
		return o.write(t, http.MethodPost, "/v1/components", body, head...)
	}
	first := post(o, body, "Idempotency-Key", "k-1")
	code := first.written(t, http.StatusCreated).Properties.Code
	again := func(o *office, when string) {
		t.Helper()
		r := post(o, body, "Idempotency-Key", "k-1")
		if r.status != first.status || !bytes.Equal(r.body, first.body) || r.header.Get("ETag") != first.header.Get("ETag") ||
			r.header.Get("Location") != first.header.Get("Location") {
			t.Errorf("%s: %d %s", when, r.status, r.body)
		}
		o.refused(t, post(o, strings.Replace(body, "}", `,"name":"x"}`, 1), "Idempotency-Key", "k-1"), refusal{when, 409, "conflict", "Idempotency-Key"})
		o.refused(t, o.write(t, http.MethodPatch, "/v1/components/"+code, `{"name":"x"}`, "Idempotency-Key", "k-1"), refusal{when, 409, "conflict", "Idempotency-Key"})
	}
	again(o, "at once")
	// The key is the clerk's: another actor's is another.
	other := o.ask(t, http.MethodPost, "/v1/components", body, "Authorization", "Bearer "+secondToken, "Idempotency-Key", "k-1")
	if w := other.written(t, http.StatusCreated); w.Properties.Code == code {
		t.Error("another actor got the clerk's answer")
	}
	// A repetition is answered though the version is another by now.
	tag := o.get(t, "/v1/components/"+code).header.Get("ETag")
	patch := func() reply {
		return o.write(t, http.MethodPatch, "/v1/components/"+code, `{"name":"renamed"}`, "Idempotency-Key", "k-2", "If-Match", tag)
	}
	if a, b := patch(), patch(); a.status != 200 || b.status != 200 || !bytes.Equal(a.body, b.body) {
		t.Errorf("%d %s\n%d %s", a.status, a.body, b.status, b.body)
	}
	// What was refused may be tried again under the same key.
	o.refused(t, o.write(t, http.MethodPatch, "/v1/components/"+code, `{"name":"y"}`, "Idempotency-Key", "k-3", "If-Match", "1"), refusal{"stale", 412, "version-mismatch", "If-Match"})
	o.write(t, http.MethodPatch, "/v1/components/"+code, `{"name":"y"}`, "Idempotency-Key", "k-3").written(t, 200)
	version := o.live.Current().City.Version
	if version != 5 {
		t.Errorf("four writes were done, the version is %d", version)
	}
	if err := o.keeper.Close(); err != nil {
		t.Fatal(err)
	}
	anew := reopen(t, o.path)
	again(anew, "after a restart")
	if v := anew.live.Current().City.Version; v != version {
		t.Errorf("the version is %d", v)
	}
	// The closed one says so.
	o.refused(t, post(o, body), refusal{"closed", 503, "overloaded", "store"})
}

func TestOfManyWritesFromOneVersionExactlyOneWins(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	target := "/v1/components/" + o.snap.City.Components[0].Code
	for round := range 5 {
		was := o.get(t, target)
		conditions := []string{was.header.Get("ETag"), fmt.Sprint(was.written(t, 200).Properties.Version)}
		const writers = 16
		var wg sync.WaitGroup
		replies := make([]reply, writers)
		for k := range writers {
			wg.Go(func() {
				replies[k] = o.write(t, http.MethodPatch, target, fmt.Sprintf(`{"name":"%d"}`, k), "If-Match", conditions[k%2])
			})
		}
		wg.Wait()
		winner := -1
		for k, r := range replies {
			if r.status == http.StatusOK {
				if winner >= 0 {
					t.Errorf("round %d: %d and %d have won", round, winner, k)
				}
				winner = k
			}
		}
		if winner < 0 {
			t.Fatalf("round %d: nobody has won: %s", round, replies[0].body)
		}
		now := o.get(t, target)
		if w := now.written(t, 200); w.Properties.Name != fmt.Sprint(winner) || !bytes.Equal(now.body, replies[winner].body) {
			t.Errorf("round %d: %d has won, the name is %s", round, winner, w.Properties.Name)
		}
		for k, r := range replies {
			if k == winner {
				continue
			}
			o.refused(t, r, refusal{"lost", http.StatusPreconditionFailed, "version-mismatch", "If-Match"})
			if p := r.problem(t); !strings.Contains(p.Detail, now.header.Get("ETag")) {
				t.Errorf("the loser hears %s, the ETag is %s", p.Detail, now.header.Get("ETag"))
			}
		}
	}
	for _, header := range []string{`W/` + o.get(t, target).header.Get("ETag"), `"x"`, `"1-0", 7777`} {
		o.refused(t, o.write(t, http.MethodPatch, target, `{}`, "If-Match", header), refusal{header, 412, "version-mismatch", "If-Match"})
	}
	for _, header := range []string{"*", `"nothing", `} {
		if header != "*" {
			header += o.get(t, target).header.Get("ETag")
		}
		o.write(t, http.MethodPatch, target, `{}`, "If-Match", header).written(t, 200)
	}
}

func TestWhoWritesMustBeKnown(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	target := "/v1/components/" + o.snap.City.Components[0].Code
	for _, header := range []string{"", "Bearer", "Bearer ", "Basic " + clerkToken, "Bearer x", "Bearer " + clerkToken + "x", clerkToken} {
		for method, target := range map[string]string{
			http.MethodPatch: target, http.MethodPost: "/v1/components", http.MethodPut: "/v1/resources/R1/position", http.MethodGet: "/v1/changes",
		} {
			r := o.ask(t, method, target, `{}`, "Authorization", header)
			o.refused(t, r, refusal{header, http.StatusUnauthorized, "unauthenticated", "Authorization"})
			if r.header.Get("WWW-Authenticate") == "" || strings.Contains(string(r.body), clerkToken) {
				t.Errorf("%q: %v %s", header, r.header, r.body)
			}
		}
	}
	o.ask(t, http.MethodPatch, target, `{}`, "Authorization", "bearer "+clerkToken).written(t, 200)
	for what, handler := range map[string]http.Handler{
		"no tokens": api.New(api.Options{Keeper: o.keeper, Log: quiet()}),
		"no file":   api.New(api.Options{Live: o.live, Log: quiet(), Tokens: []config.Token{config.NewToken(clerkToken, cityfile.Actor{ID: "a"})}}),
	} {
		d := &desk{handler, o.snap, nil}
		r := d.ask(t, http.MethodPatch, target, `{}`, "Authorization", "Bearer "+clerkToken)
		d.refused(t, r, refusal{what, http.StatusForbidden, "read-only", "Authorization"})
		if !strings.Contains(string(r.body), "--config") {
			t.Errorf("%s: %s", what, r.body)
		}
	}
	r := o.ask(t, http.MethodOptions, target, "", "Origin", "http://elsewhere", "Access-Control-Request-Method", "PATCH")
	for _, want := range []string{"PATCH", "PUT"} {
		if !strings.Contains(r.header.Get("Access-Control-Allow-Methods"), want) {
			t.Errorf("methods %q", r.header.Get("Access-Control-Allow-Methods"))
		}
	}
	for _, want := range []string{"Authorization", "If-Match", "Idempotency-Key"} {
		if !strings.Contains(r.header.Get("Access-Control-Allow-Headers"), want) {
			t.Errorf("headers %q", r.header.Get("Access-Control-Allow-Headers"))
		}
	}
}

func TestABadWriteChangesNothingAndNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	const malformed, impossible = "malformed", "not-possible"
	at := o.snap.City.Cells[9].At
	position := fmt.Sprintf(`"lon":%.7f,"lat":%.7f`, at.Lon(), at.Lat())
	component := "/v1/components/" + o.snap.City.Components[0].Code
	line := "/v1/components/" + o.snap.City.Components[townPoints+1].Code
	for i := range o.snap.City.Components { // sorted by code: the line is elsewhere
		if c := &o.snap.City.Components[i]; c.Shape != nil {
			line = "/v1/components/" + c.Code
		}
	}
	long := strings.Repeat("长", 2000)
	type bad struct {
		method, target, body string
		status               int
		code, location       string
		head                 []string
	}
	post, patch, put := http.MethodPost, http.MethodPatch, http.MethodPut
	for n, c := range []bad{
		{patch, component, ``, 400, malformed, "body", nil},
		{patch, component, `[]`, 400, malformed, "body", nil},
		{patch, component, `null`, 400, malformed, "body", nil},
		{patch, component, `{`, 400, malformed, "body", nil},
		{patch, component, `{"name":}`, 400, malformed, "body", nil},
		{patch, component, `{} {}`, 400, malformed, "body", nil},
		{patch, component, `{"name":"a","name":"b"}`, 400, malformed, "name", nil},
		{patch, component, `{"colour":"red"}`, 400, malformed, "colour", nil},
		{patch, component, `{"code":"x"}`, 400, malformed, "code", nil},
		{patch, component, `{"name":7}`, 400, malformed, "name", nil},
		{patch, component, `{"name":"` + long + `"}`, 400, malformed, "name", nil},
		{patch, component, `{"name":"a\u0000b"}`, 400, malformed, "name", nil},
		{patch, component, `{"state":"broken"}`, 400, malformed, "state", nil},
		{patch, component, `{"state":null}`, 400, malformed, "state", nil},
		{patch, component, `{"accuracy_class":"D"}`, 400, malformed, "accuracy_class", nil},
		{patch, component, `{"category":"9999"}`, 422, "category-unknown", "category", nil},
		{patch, component, `{"category":"01"}`, 422, "category-unknown", "category", nil},
		{patch, component, `{"category":null}`, 422, "category-unknown", "category", nil},
		{patch, component, `{"owner":"nobody"}`, 422, impossible, "owner", nil},
		{patch, component, `{"cell":"nowhere"}`, 422, impossible, "cell", nil},
		{patch, component, `{"lon":114.3}`, 400, malformed, "lat", nil},
		{patch, component, `{"crs":"gcj02"}`, 400, malformed, "", nil},
		{patch, component, `{"lon":"114.3","lat":34.8}`, 400, malformed, "lon", nil},
		{patch, component, `{"lon":1e999,"lat":34.8}`, 400, malformed, "lon", nil},
		{patch, component, `{"lon":34.8,"lat":114.3}`, 400, "coordinate-out-of-range", "lon,lat", nil},
		{patch, component, `{` + position + `,"crs":"mars"}`, 400, "crs-unknown", "crs", nil},
		{patch, component, `{"lon":121.5,"lat":31.2}`, 422, impossible, "lon,lat", nil},
		{patch, line, `{` + position + `}`, 422, impossible, "lon,lat", nil},
		{patch, component, `{"placed_on":"1.2.2020"}`, 400, malformed, "placed_on", nil},
		{patch, component, `{"valid_to":"soon"}`, 400, malformed, "valid_to", nil},
		{patch, component, `{"attributes":[]}`, 400, malformed, "attributes", nil},
		{patch, component, `{"attributes":{"a":"` + long + `"}}`, 400, malformed, "attributes", nil},
		{patch, component, `{"attributes":` + strings.Repeat(`{"a":`, 20) + `1` + strings.Repeat(`}`, 21), 400, malformed, "body", nil},
		{patch, component, `{"attributes":{"a":"` + strings.Repeat("x", 2<<20) + `"}}`, 413, "too-large", "body", nil},
		{patch, component, `{}`, 415, "unsupported-media-type", "Content-Type", []string{"Content-Type", "text/csv"}},
		{patch, component, `{}`, 400, malformed, "Idempotency-Key", []string{"Idempotency-Key", "a b"}},
		{patch, component, `{}`, 400, malformed, "Idempotency-Key", []string{"Idempotency-Key", strings.Repeat("k", 256)}},
		{patch, component + "?x=1", `{}`, 400, malformed, "x", nil},
		{patch, "/v1/components/none", `{}`, 404, "not-found", "code", nil},
		{patch, "/v1/components/none", `{}`, 404, "not-found", "code", []string{"If-Match", "1"}},
		{post, "/v1/components", `{}`, 400, malformed, "category", nil},
		{post, "/v1/components", `{"category":"0101"}`, 400, malformed, "lon", nil},
		{post, "/v1/components", `{` + position + `,"category":"0101","code":""}`, 400, malformed, "code", nil},
		{post, "/v1/components", `{` + position + `,"category":"0101","code":"a/b"}`, 400, malformed, "code", nil},
		{post, "/v1/components", `{` + position + `,"category":"0101"}`, 400, malformed, "If-Match", []string{"If-Match", "1"}},
		{post, "/v1/components", `{` + position + `,"category":"0101","valid_to":"2000-01-01"}`, 422, impossible, "valid_to", nil},
		{patch, "/v1/zones/Z1", `{"unit":"nobody"}`, 422, impossible, "unit", nil},
		{patch, "/v1/zones/Z1", `{"staff":"李四"}`, 400, malformed, "staff", nil},
		{patch, "/v1/zones/Z1", `{"on_duty":1}`, 400, malformed, "on_duty", nil},
		{patch, "/v1/zones/Z1", `{"street":"x"}`, 400, malformed, "street", nil},
		{patch, "/v1/zones/Z9", `{}`, 404, "not-found", "code", nil},
		{put, "/v1/resources/R1/position", `{}`, 400, malformed, "lon", nil},
		{put, "/v1/resources/R9/position", `{` + position + `}`, 404, "not-found", "code", nil},
		{put, "/v1/resources/R1/position", `{` + position + `,"at":"yesterday"}`, 400, malformed, "at", nil},
	} {
		name := fmt.Sprintf("%d: %s %s %.60s", n, c.method, c.target, c.body)
		head := append([]string{"Authorization", "Bearer " + clerkToken}, c.head...)
		r := o.ask(t, c.method, c.target, c.body, head...)
		p := r.problem(t)
		where := ""
		if len(p.Errors) > 0 {
			where = p.Errors[0].Location
		}
		if p.Status != c.status || p.Code != c.code || c.location != "" && where != c.location {
			t.Errorf("%s: %d %s at %q: %s", name, p.Status, p.Code, where, p.Detail)
		}
	}
	if v := o.live.Current().City.Version; v != 1 {
		t.Errorf("the version is %d", v)
	}
}

func TestTheFeedGoesOnWhereItWasLeft(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	const edits = 25
	for n := range edits {
		o.write(t, http.MethodPatch, "/v1/zones/Z1", fmt.Sprintf(`{"name":"%d"}`, n)).written(t, 200)
	}
	feed := func(query string) reply {
		return o.ask(t, http.MethodGet, "/v1/changes"+query, "", "Authorization", "Bearer "+clerkToken)
	}
	next, got := "", 0
	for page := 0; ; page++ {
		var c api.Changes
		feed("?limit=10&after="+next).read(t, &c)
		for _, e := range c.Changes {
			got++
			if e.Seq != int64(got) || e.Version != int64(got+1) || e.Kind != "zone" || e.Key != "Z1" {
				t.Errorf("change %d: %+v", got, e)
			}
		}
		if next = c.Next; len(c.Changes) == 0 {
			break
		}
	}
	if got != edits {
		t.Errorf("%d changes", got)
	}
	for query, want := range map[string]refusal{
		"?after=x":              {"", 400, "malformed", "after"},
		"?after=abc--1":         {"", 400, "malformed", "after"},
		"?after=0123456789ab-3": {"", 409, "conflict", "after"},
		"?limit=0":              {"", 400, "malformed", "limit"},
		"?limit=10001":          {"", 400, "malformed", "limit"},
		"?since=1":              {"", 400, "malformed", "since"},
	} {
		want.target = query
		o.refused(t, feed(query), want)
	}
}
