package api_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/dispatch"
	"github.com/wanmi-gis/wanmi/spatial"
)

// officeRules are the rules of the usual town.
const officeRules = `
version: office-1
scheme: gbt30428.2-2013
components: {order: [ruling, record, owner, territory]}
events: {order: [ruling, territory]}
default: {unit: U3}
`

// openBureau is the usual town with its rules. Units have an ownership area, and
// each class of components one condition.
func openBureau(tb testing.TB) (*office, *api.Dispatcher) {
	tb.Helper()
	city := town(tb, townPlan{planned: true})
	f := feature(1, "OA1", "区域", city.Cells[14].Shape)
	city.OwnershipAreas = []grids.OwnershipArea{{Feature: f, Category: "01", Unit: "U2"}}
	for _, c := range city.Categories {
		if c.Kind == grids.ComponentKind && c.Major != "" {
			city.Conditions = append(city.Conditions, grids.Condition{
				Scheme: city.Scheme, Kind: c.Kind, Minor: c.Code, Code: "1", Stage: "handle", Limit: 4, Unit: "urgent-hour",
			})
		}
	}
	return openDispatch(tb, city, officeRules, dispatch.Book{})
}

// about is a report of a component, at its place.
func about(o *office, i int32, more string) string {
	c := o.live.Current().Component(i)
	return fmt.Sprintf(`{"lon":%.7f,"lat":%.7f,"accuracy_m":3,"kind":"component","category":%q,"component":%q%s}`,
		c.At.Lon(), c.At.Lat(), c.Category, c.Code, more)
}

func eventAt(at spatial.Coord, more string) string {
	return fmt.Sprintf(`{"lon":%.7f,"lat":%.7f,"accuracy_m":3,"kind":"event","category":"0102"%s}`, at.Lon(), at.Lat(), more)
}

func ofComponent(code, unit string) string {
	return fmt.Sprintf(`{"subject":{"component":%q},"unit":%q,"evidence":"确权〔2026〕1号","decided_by":"住建局"}`, code, unit)
}

func TestARecordDecidesTheVeryNextCaseIsListedAndOutlivesARestart(t *testing.T) {
	t.Parallel()
	o, _ := openBureau(t)
	code := o.snap.Component(7).Code
	before := o.decide(t, about(o, 7, ""))
	if before.Unit != "U1" || before.Basis != dispatch.StepOwner || before.UnitName != "单位1" || before.Chain.Cell == nil {
		t.Fatalf("%+v", before)
	}
	made := o.claim(t, "ownership", ofComponent(code, "U2"))
	after := o.decide(t, about(o, 7, ""))
	if after.Unit != "U2" || after.Basis != dispatch.StepRecord || after.Claim != made.ID || after.BookVersion != made.CityVersion ||
		made.CityVersion <= before.BookVersion {
		t.Errorf("after %+v: %+v", made, after)
	}
	ruled := o.claim(t, "rulings", ofComponent(code, "U3"))
	last := o.decide(t, about(o, 7, ""))
	if last.Unit != "U3" || last.Basis != dispatch.StepRuling || last.Claim != ruled.ID {
		t.Errorf("after the ruling: %+v", last)
	}
	// What held before counts for a case from before.
	if then := o.decide(t, about(o, 7, `,"at":"2026-02-01"`)); then.Unit != "U1" {
		t.Errorf("before both: %+v", then)
	}
	var changes api.Changes
	o.ask(t, http.MethodGet, "/v1/changes", "", "Authorization", "Bearer "+clerkToken).read(t, &changes)
	if len(changes.Changes) != 2 || changes.Changes[0].Kind != "ownership" || !strings.Contains(string(changes.Changes[1].Body), `"0017"`) {
		t.Errorf("feed %+v", changes)
	}
	if err := o.keeper.Close(); err != nil {
		t.Fatal(err)
	}
	anew, _ := reopenDispatch(t, o.path, officeRules, nil)
	if again := anew.decide(t, about(anew, 7, "")); again.Unit != "U3" || again.BookVersion != ruled.CityVersion {
		t.Errorf("after a restart: %+v", again)
	}
	for _, kind := range []string{"ownership", "rulings"} {
		var list api.ClaimList
		anew.get(t, "/v1/"+kind).read(t, &list)
		if len(list.Claims) != 1 || list.Claims[0].Subject.Component != code || list.Claims[0].DecidedBy != "住建局" || list.Claims[0].Valid.From == nil || list.Next != "" {
			t.Errorf("%s: %+v", kind, list)
		}
	}
}

func TestTheSameQuestionWithTheSameVersionsGetsTheSameBytes(t *testing.T) {
	t.Parallel()
	o, _ := openBureau(t)
	body := about(o, 7, `,"at":"2026-07-01T08:00:00+08:00","condition":"1","nearest":[{"kind":"car","k":2},{"kind":""}]`)
	first := o.post(t, "/v1/dispatch", body)
	if second := o.post(t, "/v1/dispatch", body); first.status != 200 || !bytes.Equal(first.body, second.body) {
		t.Errorf("%s\n%s", first.body, second.body)
	}
	if d := o.decide(t, body); len(d.Nearest) != 5 || d.Nearest[0].Kind != "car" || d.RulesVersion != "office-1" || d.CityVersion != 1 {
		t.Errorf("%+v", d)
	}
	if err := o.keeper.Close(); err != nil {
		t.Fatal(err)
	}
	anew, _ := reopenDispatch(t, o.path, officeRules, nil)
	if again := anew.post(t, "/v1/dispatch", body); !bytes.Equal(first.body, again.body) {
		t.Errorf("after a restart\n%s\nbefore\n%s", again.body, first.body)
	}
}

func TestAnEditIsInTheVeryNextDecision(t *testing.T) {
	t.Parallel()
	o, _ := openBureau(t)
	o.decide(t, about(o, 7, "")) // the engine is there
	r := o.write(t, http.MethodPatch, "/v1/components/"+o.snap.Component(7).Code, `{"owner":"U3"}`).written(t, 200)
	if d := o.decide(t, about(o, 7, "")); d.Unit != "U3" || d.CityVersion != r.CityVersion {
		t.Errorf("%+v", d)
	}
}

func TestAPlannedDateIsDecidedByTheCityAsItHoldsThen(t *testing.T) {
	t.Parallel()
	o, _ := openBureau(t)
	at := o.snap.City.Cells[0].At
	now, then := o.decide(t, eventAt(at, "")), o.decide(t, eventAt(at, `,"at":"2031-01-01"`))
	if now.Chain.Cell.Code == then.Chain.Cell.Code || now.Unit != "U1" || then.Unit != "U1" {
		t.Errorf("now %+v, then %+v", now.Chain.Cell, then.Chain.Cell)
	}
	code := o.snap.Component(7).Code
	o.claim(t, "ownership", ofComponent(code, "U2"))
	if d := o.decide(t, about(o, 7, `,"at":"2031-01-01"`)); d.Unit != "U2" {
		t.Errorf("a claim made since: %+v", d)
	}
	o.refused(t, o.post(t, "/v1/dispatch", eventAt(at, `,"at":"1753-01-01"`)), refusal{"1753", 404, "not-found", "at"})
}

func TestARepeatedClaimIsStoredOnceAndAnsweredAlike(t *testing.T) {
	t.Parallel()
	o, _ := openBureau(t)
	body := ofComponent(o.snap.Component(7).Code, "U2")
	post := func(kind, body string) reply {
		return o.write(t, http.MethodPost, "/v1/"+kind, body, "Idempotency-Key", "k")
	}
	first := post("ownership", body)
	if again := post("ownership", body); first.status != 201 || again.status != 201 || !bytes.Equal(first.body, again.body) {
		t.Errorf("%s\n%s", first.body, again.body)
	}
	o.refused(t, post("ownership", strings.Replace(body, "U2", "U3", 1)), refusal{"another body", 409, "conflict", "Idempotency-Key"})
	o.refused(t, post("rulings", body), refusal{"another path", 409, "conflict", "Idempotency-Key"})
	var list api.ClaimList
	o.get(t, "/v1/ownership").read(t, &list)
	if len(list.Claims) != 1 {
		t.Errorf("%+v", list)
	}
}

func TestClaimsAreListedPageByPageWithoutLossWhileMoreAreAdded(t *testing.T) {
	t.Parallel()
	o, _ := openBureau(t)
	add := func(i int32) { o.claim(t, "rulings", ofComponent(o.snap.Component(i).Code, "U2")) }
	for i := range int32(5) {
		add(i)
	}
	var seen []int64
	for target := "/v1/rulings?limit=2"; target != ""; {
		var list api.ClaimList
		o.get(t, target).read(t, &list)
		for _, c := range list.Claims {
			seen = append(seen, c.ID)
		}
		target = ""
		if list.Next != "" {
			target = "/v1/rulings?limit=2&cursor=" + list.Next
		}
		if len(seen) == 2 {
			add(6)
		}
	}
	if fmt.Sprint(seen) != "[1 2 3 4 5 6]" {
		t.Errorf("%v", seen)
	}
}

func TestAnswersOfDispatchAreWhatTheDescriptionSays(t *testing.T) {
	t.Parallel()
	o, _ := openBureau(t)
	doc := openAPI(t, o.desk)
	line := fmt.Sprintf(`{"subject":{"line":[[%.7f,%.7f]],"within_m":12.5,"kind":"event","category":"01,0203"},"unit":"U2","evidence":"e","valid":{"from":null,"to":"2030-01-01"}}`,
		o.snap.City.Cells[9].At.Lon(), o.snap.City.Cells[9].At.Lat())
	border := o.snap.City.Zones[0].Shape.Coords[1]
	for _, c := range [][3]string{
		{http.MethodPost, "/v1/ownership", ofComponent(o.snap.Component(7).Code, "U2")},
		{http.MethodPost, "/v1/rulings", line},
		{http.MethodPost, "/v1/rulings", `{}`},
		{http.MethodGet, "/v1/rulings", ``},
		{http.MethodGet, "/v1/ownership", ``},
		{http.MethodGet, "/v1/ownership?limit=x", ``},
		{http.MethodPost, "/v1/dispatch", about(o, 7, `,"nearest":[{}]`)},
		{http.MethodPost, "/v1/dispatch", eventAt(border, `,"accuracy_m":100`)},
		{http.MethodPost, "/v1/dispatch", strings.Replace(eventAt(border, ``), `"accuracy_m":3`, `"accuracy_m":100`, 1)},
		{http.MethodPost, "/v1/dispatch", `{"lon":0,"lat":0,"kind":"event","category":"0102"}`},
	} {
		r := o.write(t, c[0], c[1], c[2])
		path, _, _ := strings.Cut(c[1], "?")
		responses := doc["paths"].(object)[path].(object)[strings.ToLower(c[0])].(object)["responses"].(object)
		response, ok := responses[fmt.Sprint(r.status)].(object)
		if !ok {
			response = responses["default"].(object)
		}
		conforms(t, c[0]+" "+c[1]+" "+c[2], doc, response, r)
	}
}

func TestACityWithoutRulesSaysSoAndStillKeepsClaims(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	o.refused(t, o.post(t, "/v1/dispatch", about(o, 7, "")), refusal{"no dispatcher", 409, "conflict", "rules"})
	d, err := api.NewDispatcher(t.Context(), api.DispatcherOptions{Keeper: o.keeper, Log: quiet()})
	if err != nil {
		t.Fatal(err)
	}
	o.Handler = api.New(api.Options{Keeper: o.keeper, Dispatcher: d, Log: quiet()})
	o.refused(t, o.post(t, "/v1/dispatch", about(o, 7, "")), refusal{"no rules", 409, "conflict", "rules"})
	var list api.ClaimList
	o.get(t, "/v1/ownership").read(t, &list)
	if list.Claims == nil || len(list.Claims) != 0 {
		t.Errorf("%+v", list)
	}
}

func TestRulesThatNameWhatTheCityHasNotAreRefusedAtTheStart(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	rules, err := dispatch.ReadRules([]byte(strings.Replace(officeRules, "U3", "U9", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.NewDispatcher(t.Context(), api.DispatcherOptions{Keeper: o.keeper, Rules: rules, Log: quiet()}); err == nil || !strings.Contains(err.Error(), "U9") {
		t.Errorf("%v", err)
	}
}

// Readers, edits, claims and reloads go on at once: no decision fails, whoever
// was answered for a claim finds it in the next decision, and the same versions
// give the same bytes.
func TestDecisionsGoOnWhileClaimsEditsAndReloadsAreMade(t *testing.T) {
	t.Parallel()
	o, d := openBureau(t)
	const writers, each = 4, 12
	var writing, reading sync.WaitGroup
	done := make(chan struct{})
	body := about(o, 7, `,"at":"2026-07-01"`)
	var mu sync.Mutex
	answers := map[string]string{}
	for range 4 {
		reading.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				r := o.post(t, "/v1/dispatch", body)
				var got api.Decision
				if err := json.Unmarshal(r.body, &got); err != nil || r.status != 200 {
					t.Errorf("%d %s", r.status, r.body)
					return
				}
				key := fmt.Sprint(got.CityVersion, " ", got.BookVersion)
				mu.Lock()
				if was, ok := answers[key]; ok && was != string(r.body) {
					t.Errorf("versions %s: %s\nand %s", key, was, r.body)
				}
				answers[key] = string(r.body)
				mu.Unlock()
			}
		})
	}
	for w := range int32(writers) {
		writing.Go(func() {
			for n := range each {
				i := 20 + w // a component of its own
				unit := fmt.Sprintf("U%d", n%3+1)
				made := o.claim(t, "rulings", ofComponent(o.snap.Component(i).Code, unit))
				if got := o.decide(t, about(o, i, "")); got.Claim != made.ID || got.Unit != unit || got.BookVersion < made.CityVersion {
					t.Errorf("claim %d for %s is followed by %s, claim %d", made.ID, unit, got.Unit, got.Claim)
				}
			}
		})
	}
	writing.Go(func() {
		for n := range each {
			o.write(t, http.MethodPatch, "/v1/components/"+o.snap.Component(7).Code, fmt.Sprintf(`{"owner":"U%d"}`, n%3+1)).written(t, 200)
		}
	})
	writing.Go(func() {
		for range 4 {
			if _, err := o.keeper.Reload(t.Context(), "test"); err != nil {
				t.Error(err)
			}
		}
	})
	writing.Wait()
	d.Wait() // the last reload's engine
	if got := o.decide(t, body); got.CityVersion != o.live.Current().City.Version {
		t.Errorf("decided by version %d, served is %d", got.CityVersion, o.live.Current().City.Version)
	}
	close(done)
	reading.Wait()
	if len(answers) < 2 {
		t.Errorf("%d versions were seen", len(answers))
	}
	var list api.ClaimList
	o.get(t, "/v1/rulings").read(t, &list)
	if len(list.Claims) != writers*each {
		t.Errorf("%d rulings of %d", len(list.Claims), writers*each)
	}
	for i, c := range list.Claims {
		if c.ID != int64(i+1) {
			t.Errorf("ruling %d has number %d", i, c.ID)
		}
	}
}

func TestClaimsOfAnotherProgramCountAfterTheReload(t *testing.T) {
	t.Parallel()
	o, d := openBureau(t)
	before := o.decide(t, about(o, 7, ""))
	other, err := cityfile.Open(t.Context(), o.path)
	if err != nil {
		t.Fatal(err)
	}
	claim := grids.Claim{Subject: grids.Subject{Component: o.snap.Component(7).Code}, Unit: "U3", Evidence: "e"}
	if _, err := other.AddRulings(t.Context(), cityfile.NewClaims{Claims: []grids.Claim{claim}, At: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.keeper.Reload(t.Context(), "another program"); err != nil {
		t.Fatal(err)
	}
	d.Wait()
	_ = other.Close() // it cannot leave the log that the server has open
	if got := o.decide(t, about(o, 7, "")); got.Unit != "U3" || got.BookVersion <= before.BookVersion {
		t.Errorf("%+v", got)
	}
}

// A row that means nothing is not passed over: what was decided must not be
// forgotten. The server goes on by what it knew, and takes the rest when the
// row is gone.
func TestAClaimThatCannotBeReadLeavesTheEngineAsItWas(t *testing.T) {
	t.Parallel()
	o, d := openBureau(t)
	o.claim(t, "rulings", ofComponent(o.snap.Component(7).Code, "U2"))
	run := func(statement string) {
		t.Helper()
		change := cityfile.Change{Kind: "city", Body: "{}", At: time.Now()}
		if _, err := o.keeper.Store().Write(t.Context(), change, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(t.Context(), statement)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := o.keeper.Reload(t.Context(), "test"); err != nil {
			t.Fatal(err)
		}
		d.Wait()
	}
	before := o.decide(t, about(o, 7, ""))
	run("INSERT INTO rulings (what, unit, version) VALUES ('{}', 'U3', 1)")
	if got := o.decide(t, about(o, 7, "")); got.Unit != "U2" || got.CityVersion != before.CityVersion {
		t.Errorf("with the row: %+v", got)
	}
	run("DELETE FROM rulings WHERE what = '{}'")
	if got := o.decide(t, about(o, 7, "")); got.Unit != "U2" || got.CityVersion != o.live.Current().City.Version {
		t.Errorf("without it: %+v", got)
	}
}
