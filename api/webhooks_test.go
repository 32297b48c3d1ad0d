package api_test

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// rush is a clock on which nobody waits: who asks to be woken later is woken at
// once, and it is later.
type rush struct {
	mu  sync.Mutex
	now time.Time
}

func (r *rush) read() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.now
}

func (r *rush) after(d time.Duration) <-chan time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
	c := make(chan time.Time, 1)
	c <- r.now
	return c
}

// receiver is another system that is told.
type receiver struct {
	t      *testing.T
	secret []byte
	// refuse returns the status for a message, 0 to take it.
	refuse func(m *message) int

	mu       sync.Mutex
	taken    []message
	attempts int
	arrived  chan struct{}
}

type message struct {
	id, signature string
	at            time.Time
	Type          string
	Timestamp     time.Time
	Data          struct {
		ID, Event string
		Seq       int
		Alarm     json.RawMessage
		Case      terms.CaseSummary
	}
}

func (rc *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		rc.t.Error(err)
	}
	m := message{id: r.Header.Get("Webhook-Id"), signature: r.Header.Get("Webhook-Signature")}
	seconds, err := strconv.ParseInt(r.Header.Get("Webhook-Timestamp"), 10, 64)
	if err != nil || r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
		rc.t.Errorf("%s %v", r.Method, r.Header)
	}
	m.at = time.Unix(seconds, 0)
	if err := json.Unmarshal(body, &m); err != nil {
		rc.t.Error(err)
	}
	if want := api.SignWebhook(rc.secret, m.id, m.at, body); m.signature != want {
		rc.t.Errorf("signed %s, not %s", m.signature, want)
	}
	rc.mu.Lock()
	defer rc.mu.Unlock()
	rc.attempts++
	if rc.refuse != nil {
		if status := rc.refuse(&m); status != 0 {
			w.WriteHeader(status)
			return
		}
	}
	rc.taken = append(rc.taken, m)
	rc.arrived <- struct{}{}
}

func newReceiver(t *testing.T) (*receiver, config.Webhook) {
	t.Helper()
	rc := &receiver{t: t, secret: []byte("0123456789abcdef0123456789"), arrived: make(chan struct{}, 10_000)}
	srv := httptest.NewServer(rc)
	t.Cleanup(srv.Close)
	return rc, config.Webhook{URL: srv.URL + "/hook", Secret: rc.secret, Events: []string{"case", "alarm"}}
}

// wait returns once n more messages were taken.
func (rc *receiver) wait(n int) {
	for range n {
		<-rc.arrived
	}
}

// posting runs the hooks until the returned function is called.
func (h *boardroom) posting(t *testing.T, clock *rush, hooks ...config.Webhook) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	o := api.WebhooksOptions{Hooks: hooks, Board: h.board, Store: h.keeper.Store(), Live: h.live, Log: quiet()}
	w, err := api.NewWebhooks(ctx, o.Clock(clock.read, clock.after, http.DefaultClient))
	if err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() { cancel(); w.Wait() })
	t.Cleanup(stop)
	return stop
}

// inOrder holds what was taken against what happened: every step of every case once
// and in its order.
func (rc *receiver) inOrder(want map[cases.ID]int) {
	rc.t.Helper()
	rc.mu.Lock()
	defer rc.mu.Unlock()
	seen, ids := map[string]int{}, map[string]bool{}
	for _, m := range rc.taken {
		if ids[m.id] {
			rc.t.Errorf("%s was sent again though it was taken", m.id)
		}
		ids[m.id] = true
		if m.Type != "case" {
			continue
		}
		if seen[m.Data.ID]++; m.Data.Seq != seen[m.Data.ID] || m.Data.Case.Version != m.Data.Seq {
			rc.t.Errorf("case %s: event %d comes as number %d", m.Data.ID, m.Data.Seq, seen[m.Data.ID])
		}
	}
	for id, n := range want {
		if seen[id.String()] != n {
			rc.t.Errorf("case %s: %d events of %d", id, seen[id.String()], n)
		}
	}
	if len(seen) != len(want) {
		rc.t.Errorf("%d cases of %d", len(seen), len(want))
	}
}

func TestAReceiverThatIsDownForAMinuteGetsEverythingInOrder(t *testing.T) {
	t.Parallel()
	h := newBoardroom(t, api.Options{})
	rc, to := newReceiver(t)
	clock := &rush{now: time.Now()}
	up := clock.now.Add(time.Minute)
	downFor := 0
	rc.refuse = func(*message) int {
		if clock.read().Before(up) {
			downFor++
			return http.StatusServiceUnavailable
		}
		return 0
	}
	h.posting(t, clock, to)
	want, n := map[cases.ID]int{}, 0
	for k := range 40 {
		id := h.do(t, h.report(k))
		h.step(t, id, cases.Register, officer)
		h.step(t, id, cases.Open, officer)
		want[id], n = 3, n+3
	}
	rc.wait(n)
	rc.inOrder(want)
	if downFor < downAttempts || downFor > 60 {
		t.Errorf("%d attempts in the minute", downFor)
	}
}

// downAttempts are as many as show that it was tried again.
const downAttempts = 5

func TestACaseThatIsRefusedHoldsUpItselfOnly(t *testing.T) {
	t.Parallel()
	h := newBoardroom(t, api.Options{})
	rc, to := newReceiver(t)
	clock := &rush{now: time.Now()}
	bad := h.do(t, h.report(0)) // before the hook is there: it is not told of
	refused := 0
	rc.refuse = func(m *message) int {
		if m.Data.ID == bad.String() && refused < 4 {
			refused++
			return http.StatusBadRequest
		}
		return 0
	}
	if err := h.board.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop := h.posting(t, clock, to)
	h.step(t, bad, cases.Register, officer)
	h.step(t, bad, cases.Open, officer)
	want := map[cases.ID]int{}
	for k := range 20 {
		want[h.do(t, h.report(k))] = 1
	}
	rc.wait(22)
	stop()
	rc.mu.Lock()
	defer rc.mu.Unlock()
	at := func(seq int) int {
		return slices.IndexFunc(rc.taken, func(m message) bool { return m.Data.ID == bad.String() && m.Data.Seq == seq })
	}
	if at(1) >= 0 || at(2) < 0 || at(3) < at(2) || refused != 4 || len(rc.taken) != 22 {
		t.Errorf("taken %d, refused %d, the case's at %d and %d", len(rc.taken), refused, at(2), at(3))
	}
}

func TestAHookGoesOnWhereItWasWhenTheServerIsStartedAnew(t *testing.T) {
	t.Parallel()
	path := newTownFile(t)
	h := openBoardroom(t, path, nil, api.Options{})
	rc, to := newReceiver(t)
	clock := &rush{now: time.Now()}
	var stuck cases.ID
	closed := false
	rc.refuse = func(m *message) int {
		if closed && m.Data.ID == stuck.String() {
			return http.StatusInternalServerError
		}
		return 0
	}
	stop := h.posting(t, clock, to)
	want := map[cases.ID]int{}
	stuck = h.do(t, h.report(0))
	rc.wait(1)
	rc.mu.Lock()
	closed = true
	rc.mu.Unlock()
	h.step(t, stuck, cases.Register, officer)
	for k := range 5 {
		want[h.do(t, h.report(k))] = 1
	}
	rc.wait(5) // one hangs, the others are through
	stop()
	h.close()
	h = openBoardroom(t, path, nil, api.Options{})
	for k := range 5 { // with no hook running
		want[h.do(t, h.report(k))] = 1
	}
	rc.mu.Lock()
	closed = false
	rc.mu.Unlock()
	h.posting(t, clock, to)
	rc.wait(6)
	want[stuck] = 2
	rc.inOrder(want)
}

func TestAHookIsToldWhatItAskedFor(t *testing.T) {
	t.Parallel()
	h := newBoardroom(t, api.Options{})
	alarms, toAlarms := newReceiver(t)
	units, toUnits := newReceiver(t)
	toAlarms.Events, toUnits.Events, toUnits.Units = []string{"alarm"}, []string{"case"}, []string{"U1"}
	h.posting(t, &rush{now: time.Now()}, toAlarms, toUnits)
	r := h.report(1)
	r.Actor, r.Report.Source, r.Alarm = probe, cases.Sensor, json.RawMessage(`{"level":3}`)
	id := h.do(t, r)
	alarms.wait(1)
	h.step(t, id, cases.Register, officer)
	h.step(t, id, cases.Open, officer)
	h.do(t, cases.Request{Case: id, Kind: cases.Dispatch, Actor: sender, Details: cases.Details{Unit: "U1", Level: cases.UnitLevel}})
	units.wait(1)
	h.do(t, cases.Request{Case: id, Kind: cases.Return, Actor: cases.Actor{ID: "qian", Role: cases.Handler, Unit: "U1"}})
	units.wait(1)
	if m := alarms.taken; len(m) != 1 || m[0].Type != "alarm" || string(m[0].Data.Alarm) != `{"level":3}` || !strings.HasSuffix(m[0].id, ".1") {
		t.Errorf("%+v", m)
	}
	if m := units.taken; len(m) != 2 || m[0].Data.Event != "dispatch" || m[1].Data.Event != "return" || m[1].Data.Case.Unit != "" {
		t.Errorf("%+v", m)
	}
}

// The vector is the one of the Standard Webhooks libraries.
func TestMessagesAreSignedAsStandardWebhooksSays(t *testing.T) {
	t.Parallel()
	secret, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := api.SignWebhook(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("%s, not %s", got, want)
	}
}

// TestAReceiverInsideIsRefusedUnlessAllowed dials for real, and follows no
// redirect.
func TestAReceiverInsideIsRefusedUnlessAllowed(t *testing.T) {
	t.Parallel()
	h := newBoardroom(t, api.Options{})
	inside, toInside := newReceiver(t)
	elsewhere, toElsewhere := newReceiver(t)
	redirects := make(chan struct{}, 100)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, toElsewhere.URL, http.StatusTemporaryRedirect)
		redirects <- struct{}{}
	}))
	t.Cleanup(srv.Close)
	allowed, toAllowed := newReceiver(t)
	here := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	toAllowed.AllowAddresses = here
	moved := config.Webhook{URL: srv.URL, Secret: toInside.Secret, Events: toInside.Events, AllowAddresses: here}
	ctx, cancel := context.WithCancel(t.Context())
	clock := &rush{now: time.Now()}
	w, err := api.NewWebhooks(ctx, api.WebhooksOptions{
		Hooks: []config.Webhook{toInside, toAllowed, moved}, Board: h.board, Store: h.keeper.Store(), Live: h.live, Log: quiet(),
	}.Clock(clock.read, clock.after, nil))
	if err != nil {
		t.Fatal(err)
	}
	h.do(t, h.report(1))
	allowed.wait(1)
	for range 3 { // it is tried again
		<-redirects
	}
	cancel()
	w.Wait()
	if inside.attempts != 0 || elsewhere.attempts != 0 {
		t.Errorf("%d messages came to a receiver inside, %d to where a redirect leads", inside.attempts, elsewhere.attempts)
	}
}

func ExampleSignWebhook() {
	// What the receiver does with the three headers and the body as it came.
	id, timestamp := "4f1c9a-1027", int64(1767225600)
	body := []byte(`{"type":"case","timestamp":"2026-01-01T08:00:00+08:00","data":{}}`)
	secret, _ := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw") // behind whsec_
	fmt.Println(api.SignWebhook(secret, id, time.Unix(timestamp, 0), body))
	// Output: v1,8IbO+iz0VnZ1GWbToLbN6bYfmLGS2HCKOgxK9QoS4rc=
}
