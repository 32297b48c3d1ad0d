package api_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/paulmach/orb/encoding/mvt"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// office is a desk that takes edits, and the file behind it.
type office struct {
	*desk
	path   string
	keeper *cityfile.Keeper
}

const (
	clerkToken  = "clerk-token-0123456789"
	secondToken = "second-token-012345678"
)

func openOffice(tb testing.TB, plan townPlan) *office {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "town.gpkg")
	if err := cityfile.Create(tb.Context(), path, town(tb, plan)); err != nil {
		tb.Fatal(err)
	}
	return reopen(tb, path)
}

// reopen starts a server on the file.
func reopen(tb testing.TB, path string) *office {
	tb.Helper()
	store, err := cityfile.Open(tb.Context(), path)
	if err != nil {
		tb.Fatal(err)
	}
	keeper, err := cityfile.NewKeeper(tb.Context(), store, time.Now)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := keeper.Close(); err != nil {
			tb.Error(err)
		}
	})
	tokens := []config.Token{
		config.NewToken(clerkToken, cityfile.Actor{ID: "0017", Role: "operator", Unit: "U1"}),
		config.NewToken(secondToken, cityfile.Actor{ID: "0018", Role: "operator", Unit: "U2"}),
	}
	handler := api.New(api.Options{Keeper: keeper, Tokens: tokens, Log: quiet()})
	return &office{&desk{handler, keeper.Live().Current(), keeper.Live()}, path, keeper}
}

// write sends a write as the clerk; head has header names and values in turn.
func (o *office) write(tb testing.TB, method, target, body string, head ...string) reply {
	tb.Helper()
	head = append([]string{"Content-Type", "application/json", "Authorization", "Bearer " + clerkToken}, head...)
	return o.ask(tb, method, target, body, head...)
}

// written is the part of an answer to a write that tests look at.
type written struct {
	ID          int64
	CityVersion int64 `json:"city_version"`
	Properties  struct {
		Code, Name, State, Category, Cell, Owner string
		RecordedCell                             string `json:"recorded_cell"`
		ChangedOn                                string `json:"changed_on"`
		Version                                  int64
		Point                                    [2]float64
		Attributes                               json.RawMessage
		Staff                                    json.RawMessage
		OnDuty                                   bool      `json:"on_duty"`
		MovedAt                                  time.Time `json:"moved_at"`
		Valid                                    struct{ From, To *time.Time }
	}
}

func (r reply) written(tb testing.TB, status int) (w written) {
	tb.Helper()
	if r.status != status {
		tb.Fatalf("status %d, want %d: %s", r.status, status, r.body)
	}
	if err := json.Unmarshal(r.body, &w); err != nil {
		tb.Fatalf("%v in %s", err, r.body)
	}
	return w
}

func TestAnEditIsInTheAnswerTheNextReadTheTileTheFeedAndTheFile(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	old := o.snap.City.Components[7]
	target := "/v1/components/" + old.Code
	tag := o.get(t, target).header.Get("ETag")
	cell := o.snap.City.Cells[14]
	r := o.write(t, http.MethodPatch, target, fmt.Sprintf(
		`{"state":"破损","lon":%.7f,"lat":%.7f,"crs":"cgcs2000","owner":"U2","attributes":{"n":null,"lamp":{"watt":40}},"placed_on":"2020-02-29"}`,
		cell.At.Lon(), cell.At.Lat()), "If-Match", tag)
	w := r.written(t, http.StatusOK)
	p := w.Properties
	if w.CityVersion != 2 || p.Version != 2 || p.State != "破损" || p.Owner != "U2" || w.ID != old.FID || p.Name != old.Name ||
		p.Cell != cell.Code || p.RecordedCell != cell.Code || string(p.Attributes) != `{"lamp":{"watt":40}}` || p.ChangedOn == "" {
		t.Errorf("answer %s", r.body)
	}
	next := o.get(t, target)
	if !bytes.Equal(next.body, r.body) || next.header.Get("ETag") != r.header.Get("ETag") || next.header.Get("ETag") == tag {
		t.Errorf("the next read is\n%s\nnot\n%s", next.body, r.body)
	}
	id, _ := tiler.At(cell.At, 18)
	if tile := o.get(t, tileURL("components", id)); tile.header.Get("X-City-Version") != "2" || inTile(t, tile)[old.Code]["state"] != "破损" {
		t.Errorf("the tile of version %s has %v", tile.header.Get("X-City-Version"), inTile(t, tile)[old.Code])
	}
	city, err := cityfile.Read(t.Context(), o.path)
	if err != nil {
		t.Fatal(err)
	}
	if got := city.Components[7]; got.State != "破损" || got.At != cell.At || city.Version != 2 || got.Attributes != `{"lamp":{"watt":40}}` {
		t.Errorf("the file has %+v", got)
	}
	var feed api.Changes
	o.ask(t, http.MethodGet, "/v1/changes", "", "Authorization", "Bearer "+secondToken).read(t, &feed)
	if len(feed.Changes) != 1 || feed.Changes[0].Kind != "component" || feed.Changes[0].Key != old.Code || feed.Changes[0].Version != 2 {
		t.Fatalf("feed %+v", feed)
	}
	var body struct {
		Actor    cityfile.Actor
		FID      int64
		Set, Was map[string]any
	}
	if err := json.Unmarshal(feed.Changes[0].Body, &body); err != nil || body.Actor.ID != "0017" || body.FID != old.FID ||
		body.Set["state"] != "破损" || body.Was["state"] != "完好" || body.Set["name"] != nil {
		t.Errorf("%v, %s", err, feed.Changes[0].Body)
	}
}

func TestAnswersToWritesAreWhatTheDescriptionSays(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	doc := openAPI(t, o.desk)
	at := o.snap.City.Cells[3].At
	position := fmt.Sprintf(`"lon":%.7f,"lat":%.7f`, at.Lon(), at.Lat())
	for _, c := range [][4]string{
		{http.MethodPost, "/v1/components", "/v1/components", `{` + position + `,"category":"0101"}`},
		{http.MethodPatch, "/v1/components/" + o.snap.City.Components[0].Code, "/v1/components/{code}", `{"name":"x"}`},
		{http.MethodPatch, "/v1/zones/Z1", "/v1/zones/{code}", `{"name":"x"}`},
		{http.MethodPut, "/v1/resources/R1/position", "/v1/resources/{code}/position", `{` + position + `}`},
		{http.MethodPut, "/v1/resources/R9/position", "/v1/resources/{code}/position", `{` + position + `}`},
		{http.MethodGet, "/v1/changes", "/v1/changes", ``},
	} {
		r := o.write(t, c[0], c[1], c[3])
		responses := doc["paths"].(object)[c[2]].(object)[strings.ToLower(c[0])].(object)["responses"].(object)
		response, ok := responses[fmt.Sprint(r.status)].(object)
		if !ok {
			response = responses["default"].(object)
		}
		conforms(t, c[0]+" "+c[1], doc, response, r)
	}
}

// inTile returns the features of a tile of components by code.
func inTile(tb testing.TB, r reply) map[string]map[string]any {
	tb.Helper()
	layers, err := mvt.Unmarshal(r.body)
	if err != nil || r.status != http.StatusOK && r.status != http.StatusNoContent {
		tb.Fatalf("status %d, %v", r.status, err)
	}
	out := map[string]map[string]any{}
	for _, l := range layers {
		for _, f := range l.Features {
			out[f.Properties["code"].(string)] = f.Properties
		}
	}
	return out
}

func TestANewComponentGetsTheNextSerialOfItsDistrictAndCategory(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	at, category := o.snap.City.Cells[3].At, o.snap.City.Components[0].Category
	body := func(more string) string {
		return fmt.Sprintf(`{"lon":%.7f,"lat":%.7f,"category":%q%s}`, at.Lon(), at.Lat(), category, more)
	}
	fid := int64(0)
	for n, want := range []string{"000001", "000002", "000018"} {
		if n == 2 {
			given := o.write(t, http.MethodPost, "/v1/components", body(`,"code":"990104`+category+`000017","state":"废弃"`)).written(t, http.StatusCreated)
			if given.Properties.State != "废弃" {
				t.Errorf("state %s", given.Properties.State)
			}
			fid = given.ID
		}
		r := o.write(t, http.MethodPost, "/v1/components", body(""))
		w := r.written(t, http.StatusCreated)
		code := "990104" + category + want
		if w.Properties.Code != code || r.header.Get("Location") != "/v1/components/"+code || w.ID <= fid || w.Properties.State != "完好" ||
			w.Properties.Valid.From == nil || w.Properties.RecordedCell != o.snap.City.Cells[3].Code {
			t.Errorf("%s: %s", r.header.Get("Location"), r.body)
		}
		fid = w.ID
		if got := o.get(t, r.header.Get("Location")); !bytes.Equal(got.body, r.body) {
			t.Errorf("the next read is %s", got.body)
		}
		// Yesterday it was not there.
		yesterday := time.Now().AddDate(0, 0, -1).UTC().Format("2006-01-02T15:04:05Z")
		o.refuses(t, refusal{"/v1/components/" + code + "?at=" + yesterday, 404, "not-found", "code"})
	}
	o.refused(t, o.write(t, http.MethodPost, "/v1/components", body(`,"code":"990104`+category+`000017"`)),
		refusal{"the same code", http.StatusConflict, "conflict", "code"})
	// One that has ended keeps its code.
	code := "990104" + category + "000018"
	ended := time.Now().AddDate(0, 0, 1).Format(time.RFC3339)
	o.write(t, http.MethodPatch, "/v1/components/"+code, `{"valid_to":"`+ended+`"}`).written(t, http.StatusOK)
	o.get(t, "/v1/components/"+code).written(t, http.StatusOK)
	o.refuses(t, refusal{"/v1/components/" + code + "?at=" + time.Now().AddDate(0, 0, 3).UTC().Format("2006-01-02"), 404, "not-found", "code"})
	o.write(t, http.MethodPost, "/v1/components", body(`,"code":"last`+`999"`)).written(t, http.StatusCreated)
	o.write(t, http.MethodPost, "/v1/components", body(`,"code":"990104`+category+`999999"`)).written(t, http.StatusCreated)
	o.refused(t, o.write(t, http.MethodPost, "/v1/components", body("")), refusal{"serials", 422, "not-possible", "code"})
}

func TestZonesAndResourcesAreEdited(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	r := o.write(t, http.MethodPatch, "/v1/zones/Z2", `{"name":"新名","unit":"U3","staff":["李四", {"post":"夜班"}],"on_duty":true,"attributes":{"tel":"1"}}`)
	w := r.written(t, http.StatusOK)
	if p := w.Properties; p.Name != "新名" || !p.OnDuty || string(p.Staff) != `["李四",{"post":"夜班"}]` || p.Version != 2 {
		t.Errorf("%s", r.body)
	}
	if next := o.get(t, "/v1/zones/Z2"); !bytes.Equal(next.body, r.body) {
		t.Errorf("the next read is %s", next.body)
	}
	var a struct{ Zone struct{ Name, Unit string } }
	o.get(t, "/v1/geocode?"+lonLat(o.snap.City.Cells[2].At)).read(t, &a)
	if a.Zone.Name != "新名" || a.Zone.Unit != "U3" {
		t.Errorf("geocode says %+v", a.Zone)
	}
	at := o.snap.City.Cells[30].At
	body := fmt.Sprintf(`{"lon":%.7f,"lat":%.7f,"state":"busy","at":"2026-05-01T08:00:00+08:00"}`, at.Lon(), at.Lat())
	r = o.write(t, http.MethodPut, "/v1/resources/R3/position", body)
	if w := r.written(t, http.StatusOK); w.Properties.State != "busy" || w.Properties.Point != [2]float64{at.Lon(), at.Lat()} ||
		!w.Properties.MovedAt.Equal(time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%s", r.body)
	}
	var near struct{ Features []written }
	o.get(t, "/v1/nearest?layer=resources&k=1&"+lonLat(at)).read(t, &near)
	if len(near.Features) != 1 || near.Features[0].Properties.Code != "R3" {
		t.Errorf("nearest is %+v", near)
	}
	earlier := strings.Replace(body, "2026-05-01", "2026-04-30", 1)
	o.refused(t, o.write(t, http.MethodPut, "/v1/resources/R3/position", earlier), refusal{"earlier", 409, "conflict", "at"})
	later := strings.Replace(body, "2026-05-01", "2126-04-30", 1)
	o.refused(t, o.write(t, http.MethodPut, "/v1/resources/R3/position", later), refusal{"later", 422, "not-possible", "at"})
}

// TestEveryAnswerIsThatOfAServerStartedAnew holds the server that took edits
// against one that reads the file, byte by byte.
func TestEveryAnswerIsThatOfAServerStartedAnew(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	rnd := rand.New(rand.NewPCG(41, 1))
	for round := range 3 {
		for range 30 {
			o.randomEdit(t, rnd)
		}
		if round == 1 {
			if _, err := o.keeper.Reload(t.Context(), "for the test"); err != nil {
				t.Fatal(err)
			}
		}
		city, err := cityfile.Read(t.Context(), o.path)
		if err != nil {
			t.Fatal(err)
		}
		anew, err := grids.NewSnapshot(city, time.Now())
		if err != nil {
			t.Fatal(err)
		}
		other := &desk{api.New(api.Options{Live: grids.NewLive(anew), Log: quiet()}), anew, nil}
		targets := []string{"/v1/city", "/tiles/components,zones,resources.json", "/v1/components/nothing"}
		for range 25 {
			at := somewhere(rnd)
			id, _ := tiler.At(at, uint8(12+rnd.IntN(7)))
			targets = append(targets, tileURL("components,zones,resources,cells", id),
				fmt.Sprintf("/v1/nearest?layer=components&k=%d&radius_m=400&%s", 1+rnd.IntN(30), lonLat(at)),
				"/v1/nearest?layer=resources&k=3&"+lonLat(at), "/v1/geocode?"+lonLat(at))
		}
		for i := range anew.All(grids.Components) {
			if rnd.IntN(4) > 0 {
				continue
			}
			targets = append(targets, "/v1/components/"+anew.Component(i).Code)
		}
		for _, z := range anew.City.Zones {
			targets = append(targets, "/v1/zones/"+z.Code)
		}
		for _, r := range anew.City.Resources {
			targets = append(targets, "/v1/resources/"+r.Code)
		}
		for _, target := range targets {
			got, want := o.get(t, target), other.get(t, target)
			if got.status != want.status || !bytes.Equal(got.body, want.body) || got.header.Get("ETag") != want.header.Get("ETag") {
				t.Fatalf("round %d: %s: %d %s\n%.500s\nanew: %d %s\n%.500s", round, target,
					got.status, got.header.Get("ETag"), got.body, want.status, want.header.Get("ETag"), want.body)
			}
		}
	}
}

// randomEdit makes an edit that must succeed.
func (o *office) randomEdit(t *testing.T, rnd *rand.Rand) {
	t.Helper()
	snap := o.live.Current()
	in := func() spatial.Coord { return snap.City.Cells[rnd.IntN(len(snap.City.Cells))].At }
	position := func() string { at := in(); return fmt.Sprintf(`"lon":%.7f,"lat":%.7f`, at.Lon(), at.Lat()) }
	name := fmt.Sprintf("%x", rnd.Uint64())
	switch rnd.IntN(8) {
	case 0:
		o.write(t, http.MethodPatch, "/v1/zones/Z"+strconv.Itoa(1+rnd.IntN(3)), `{"name":"`+name+`"}`).written(t, 200)
		return
	case 1, 2:
		o.write(t, http.MethodPut, "/v1/resources/R"+strconv.Itoa(rnd.IntN(5))+"/position", `{`+position()+`}`).written(t, 200)
		return
	case 3:
		category := snap.City.Components[rnd.IntN(12)].Category
		o.write(t, http.MethodPost, "/v1/components", `{`+position()+`,"category":"`+category+`","name":"`+name+`"}`).written(t, 201)
		return
	}
	var code string
	for i := range snap.All(grids.Components) { // a random one, edited or not
		if c := snap.Component(i); c.Shape == nil && (code == "" || rnd.IntN(200) == 0) {
			code = c.Code
		}
	}
	body := `{` + position() + `,"name":"` + name + `","state":"丢失"}`
	switch rnd.IntN(5) {
	case 0:
		body = `{"valid_to":"2020-01-01"}`
		if i := snap.Find(grids.Components, code); !snap.Component(i).Valid.From.IsZero() {
			body = `{"valid_to":null}`
		}
	case 1:
		body = `{"attributes":{"` + name + `":` + strconv.Itoa(rnd.IntN(100)) + `}}`
	}
	o.write(t, http.MethodPatch, "/v1/components/"+code, body).written(t, 200)
}

func TestEveryAnsweredEditIsInTheNextReadAndNoTileMixesVersions(t *testing.T) {
	t.Parallel()
	o := openOffice(t, townPlan{})
	id := o.middle(14)
	const writers, each = 8, 10
	var codes []string
	for code := range inTile(t, o.get(t, tileURL("components", id))) {
		if codes = append(codes, code); len(codes) == writers {
			break
		}
	}
	type made struct {
		version int64
		n       int
	}
	history := make([][]made, writers)
	type seen struct {
		version int64
		n       [writers]int
	}
	look := func() seen {
		r := o.get(t, tileURL("components", id))
		s := seen{}
		s.version, _ = strconv.ParseInt(r.header.Get("X-City-Version"), 10, 64)
		features := inTile(t, r)
		for k, code := range codes {
			s.n[k], _ = strconv.Atoi(features[code]["name"].(string))
		}
		return s
	}
	for k, code := range codes { // every name is a number from the start
		w := o.write(t, http.MethodPatch, "/v1/components/"+code, `{"name":"0"}`).written(t, 200)
		history[k] = []made{{w.CityVersion, 0}}
	}
	stop := make(chan struct{})
	var readers, wg sync.WaitGroup
	sights := make([][]seen, 3)
	for k := range sights {
		readers.Go(func() {
			for last := int64(0); ; {
				s := look()
				if s.version < last {
					t.Errorf("version %d after %d", s.version, last)
				}
				last = s.version
				sights[k] = append(sights[k], s)
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for k, code := range codes {
		wg.Go(func() {
			for n := 1; n <= each; n++ {
				w := o.write(t, http.MethodPatch, "/v1/components/"+code, fmt.Sprintf(`{"name":"%d"}`, n)).written(t, 200)
				history[k] = append(history[k], made{w.CityVersion, n})
				got := o.get(t, "/v1/components/"+code).written(t, 200)
				if got.Properties.Name != strconv.Itoa(n) || got.CityVersion < w.CityVersion || got.Properties.Version != w.CityVersion {
					t.Errorf("%s: edit %d of version %d, the next read has %s of %d", code, n, w.CityVersion, got.Properties.Name, got.CityVersion)
				}
				if s := look(); s.version < w.CityVersion || s.n[k] != n {
					t.Errorf("%s: edit %d of version %d, the next tile has %d of %d", code, n, w.CityVersion, s.n[k], s.version)
				}
			}
		})
	}
	wg.Wait()
	close(stop)
	readers.Wait()
	versions := map[int64]bool{}
	for _, list := range sights {
		for _, s := range list {
			versions[s.version] = true
			for k, n := range s.n {
				want := 0
				for _, m := range history[k] {
					if m.version <= s.version {
						want = m.n
					}
				}
				if n != want {
					t.Errorf("a tile of version %d has edit %d of %s, not %d", s.version, n, codes[k], want)
				}
			}
		}
	}
	if len(versions) < 3 {
		t.Errorf("only versions %v were seen", versions)
	}
	if o.live.Current().City.Version != 1+writers*(each+1) {
		t.Errorf("version %d in the end", o.live.Current().City.Version)
	}
}
