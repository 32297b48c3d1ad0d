// Package egress is how the server goes out to other systems: to public addresses
// and those that were listed, and nowhere else.
//
// Whoever makes the server fetch or post something may want it to reach what only
// the server can (SSRF). So [Dialer] looks at the address when it is connected to:
// what a name meant a moment before is no matter, and a name that changes its
// meaning (rebinding) is refused. [Client] adds that no redirect is followed and no
// proxy used.
package egress

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"
)

// ErrNotPublic is returned for an address that is neither public nor allowed.
var ErrNotPublic = errors.New("not a public address; allow_addresses can allow it")

// Options say where to and how long.
type Options struct {
	// Allow lists networks that may be connected to though they are not public.
	Allow []netip.Prefix
	// Timeout bounds connecting, and a whole request of [Client].
	Timeout time.Duration
	// AtOnce bounds the connections to a host.
	AtOnce int
	// MaxHeaderBytes bounds the head of an answer.
	MaxHeaderBytes int64
	// Resolver finds the addresses of names; nil is the system's.
	Resolver *net.Resolver
}

// Dialer returns a dialer that connects only to where it may.
func Dialer(o *Options) *net.Dialer {
	return &net.Dialer{Timeout: o.Timeout, Resolver: o.Resolver, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return MayConnect(at.Addr(), o.Allow)
	}}
}

// Client returns a client that connects only to where it may, hands on redirects
// as answers, and leaves bodies compressed.
func Client(o *Options) *http.Client {
	return &http.Client{
		Timeout: o.Timeout,
		Transport: &http.Transport{
			DialContext: Dialer(o).DialContext, ForceAttemptHTTP2: true, TLSHandshakeTimeout: o.Timeout, DisableCompression: true,
			MaxIdleConnsPerHost: o.AtOnce, MaxConnsPerHost: o.AtOnce, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: o.MaxHeaderBytes,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// closedNetworks are those that are not private by name and lead inside all the
// same, or nowhere.
var closedNetworks = func() (out []netip.Prefix) {
	for _, text := range []string{
		"0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4",
		"64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32",
	} {
		out = append(out, netip.MustParsePrefix(text))
	}
	return out
}()

// MayConnect refuses addresses that are not public unless they are allowed. An
// error is around [ErrNotPublic].
func MayConnect(addr netip.Addr, allowed []netip.Prefix) error {
	addr = addr.Unmap().WithZone("")
	holds := func(p netip.Prefix) bool { return p.Contains(addr) }
	if slices.ContainsFunc(allowed, holds) {
		return nil
	}
	if !addr.IsGlobalUnicast() || addr.IsPrivate() || slices.ContainsFunc(closedNetworks, holds) {
		return fmt.Errorf("%s: %w", addr, ErrNotPublic)
	}
	return nil
}
