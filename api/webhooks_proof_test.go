//go:build proof

package api_test

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/api"
	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// TestProof_AReceiverDownForAMinuteGetsEverythingInOrder by real clocks and
// connections: nobody listens at the receiver's address for a minute, while ten
// events a second happen.
func TestProof_AReceiverDownForAMinuteGetsEverythingInOrder(t *testing.T) {
	down := time.Minute
	if testing.Short() {
		down = 10 * time.Second
	}
	h := newBoardroom(t, api.Options{})
	first, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := first.Addr().String()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	rc := &receiver{t: t, secret: []byte("0123456789abcdef0123456789"), arrived: make(chan struct{}, 100_000)}
	ctx, stop := context.WithCancel(t.Context())
	w, err := api.NewWebhooks(ctx, api.WebhooksOptions{
		Hooks: []config.Webhook{{
			URL: "http://" + address + "/hook", Secret: rc.secret, Events: []string{"case"},
			AllowAddresses: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")},
		}},
		Board: h.board, Store: h.keeper.Store(), Live: h.live, Log: quiet(),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { stop(); w.Wait() }()
	want, n, began := map[cases.ID]int{}, 0, time.Now()
	for time.Since(began) < down {
		id := h.do(t, h.report(n))
		h.step(t, id, cases.Register, officer)
		h.step(t, id, cases.Open, officer)
		want[id], n = 3, n+3
		<-time.After(300 * time.Millisecond)
	}
	again, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: rc, ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(again) }()
	up := time.Now()
	<-rc.arrived
	found := time.Since(up)
	rc.wait(n - 1)
	t.Logf("%d events of %d cases in %v of nobody there: the first came %v after the receiver did, the last %v", n, len(want), down, found.Round(time.Millisecond), time.Since(up).Round(time.Millisecond))
	rc.inOrder(want)
	if err := srv.Close(); err != nil {
		t.Error(err)
	}
	<-served
}
