package egress_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/wanmi-gis/wanmi/egress"
)

func ExampleMayConnect() {
	listed := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")}
	fmt.Println(egress.MayConnect(netip.MustParseAddr("10.1.2.3"), listed))
	fmt.Println(egress.MayConnect(netip.MustParseAddr("169.254.169.254"), listed))
	// Output:
	// <nil>
	// 169.254.169.254: not a public address; allow_addresses can allow it
}

func TestOnlyPublicAndListedAddressesAreConnectedTo(t *testing.T) {
	t.Parallel()
	listed := []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00:1::/32")}
	for addr, ok := range map[string]bool{
		"93.184.216.34": true, "2606:2800:220:1::1": true, "10.1.2.3": true, "fd00:1::5": true, "::ffff:10.1.2.3": true,
		"127.0.0.1": false, "::1": false, "10.2.0.1": false, "192.168.1.1": false, "172.16.0.1": false, "169.254.169.254": false,
		"fe80::1": false, "fe80::1%eth0": false, "fd00:2::1": false, "0.0.0.0": false, "::": false, "224.0.0.1": false, "255.255.255.255": false,
		"100.64.0.1": false, "198.18.0.1": false, "::ffff:127.0.0.1": false, "64:ff9b::7f00:1": false, "2002:7f00:1::": false, "240.0.0.1": false,
	} {
		if err := egress.MayConnect(netip.MustParseAddr(addr), listed); (err == nil) != ok || (err != nil && !errors.Is(err, egress.ErrNotPublic)) {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestAClientConnectsWhereItMayAndFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.RedirectHandler("http://127.0.0.1:1/", http.StatusFound))
	defer srv.Close()
	get := func(allow ...netip.Prefix) (int, error) {
		c := egress.Client(&egress.Options{Allow: allow, Timeout: time.Minute, AtOnce: 1, MaxHeaderBytes: 4096})
		defer c.CloseIdleConnections()
		answer, err := c.Get(srv.URL)
		if err != nil {
			return 0, err
		}
		return answer.StatusCode, answer.Body.Close()
	}
	if code, err := get(netip.MustParsePrefix("127.0.0.0/8")); err != nil || code != http.StatusFound {
		t.Errorf("a listed address: %d, %v", code, err)
	}
	if code, err := get(); !errors.Is(err, egress.ErrNotPublic) {
		t.Errorf("an address that is not: %d, %v", code, err)
	}
}
