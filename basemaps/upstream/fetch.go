package upstream

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/wanmi-gis/wanmi/basemaps/stored"
	"github.com/wanmi-gis/wanmi/egress"
	"github.com/wanmi-gis/wanmi/tiler"
)

const (
	// MaxAnswer is how long an answer may be, packed and unpacked.
	MaxAnswer = 4 << 20
	// fetchTime is how long all of an answer may take.
	fetchTime = 15 * time.Second
	// atOnce is how many requests a server gets at a time.
	atOnce        = 8
	maxHeadBytes  = 16 << 10
	maxFlights    = 256 // that wait or are under way
	longestQueue  = 3 * time.Second
	acceptTiles   = "image/*, application/vnd.mapbox-vector-tile, application/x-protobuf, */*;q=0.1"
	acceptTheText = "application/json, application/xml, text/xml, */*;q=0.1"
)

// errOverTime is why a request was cut off.
var errOverTime = errors.New("over its time")

func (m *Map) failure(kind error, wait time.Duration, reason, detail string) *Failure {
	return &Failure{Map: m.source.ID, Reason: reason, RetryAfter: max(wait, time.Second), kind: kind, detail: detail}
}

// fetch asks the server once, if it is to be asked now; the body is nil where the
// server says that there is nothing.
func (m *Map) fetch(ctx context.Context, address, accept string, read func(body []byte) error) *Failure {
	now := m.maps.now()
	if wait, ok := m.breaker.allow(now); !ok {
		return m.failure(ErrDown, wait, "its own server failed and is left alone for a while", "")
	}
	turn := m.limiter.ReserveN(now, 1)
	wait := turn.DelayFrom(now)
	if wait > longestQueue {
		turn.CancelAt(now)
		m.breaker.letGo()
		return m.failure(ErrBusy, wait, ErrBusy.Error(), "")
	}
	if wait > 0 {
		select {
		case <-m.maps.after(wait):
		case <-ctx.Done():
			m.breaker.letGo()
			return m.failure(ErrDown, 0, "the server stops", "")
		}
	}
	body, told, f := m.ask(ctx, address, accept)
	if f == nil {
		if err := read(body); err != nil {
			f = m.failure(ErrContent, 0, "its own server answers what is no tile", err.Error())
		}
	}
	if f != nil && ctx.Err() != nil {
		m.breaker.letGo() // not the server's fault
		return f
	}
	again, fails := m.breaker.done(m.maps.now(), f == nil, told)
	if f != nil {
		f.RetryAfter = max(f.RetryAfter, again)
	}
	if f == nil || fails {
		m.maps.tell(m, f)
	}
	return f
}

// ask sends a request and reads the answer.
func (m *Map) ask(ctx context.Context, address, accept string) (body []byte, told time.Duration, _ *Failure) {
	ctx, cut := context.WithCancelCause(ctx)
	defer cut(nil)
	late := m.maps.after(fetchTime)
	ended := make(chan struct{})
	var watch sync.WaitGroup
	defer func() { close(ended); watch.Wait() }()
	watch.Go(func() {
		select {
		case <-late:
			cut(errOverTime)
		case <-ended:
		}
	})
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, 0, m.failure(ErrDown, 0, "its address makes no sense", "")
	}
	r.Header.Set("User-Agent", "wanmi")
	r.Header.Set("Accept", accept)
	r.Header.Set("Accept-Encoding", "gzip")
	answer, err := m.client.Do(r)
	if err != nil {
		return nil, 0, m.unreached(ctx, err)
	}
	defer answer.Body.Close()
	switch code := answer.StatusCode; {
	case code == http.StatusOK:
		body, f := m.readBody(ctx, answer)
		return body, 0, f
	case code == http.StatusNoContent || code == http.StatusNotFound || code == http.StatusGone:
		return nil, 0, nil
	case code >= 300 && code < 400:
		return nil, 0, m.failure(ErrDown, 0, "its own server redirects, which is not followed", "")
	case code == http.StatusUnauthorized || code == http.StatusForbidden:
		return nil, 0, m.failure(ErrDown, 0, fmt.Sprintf("its own server refuses (%d): the key may be wrong or used up", code), "")
	default:
		return nil, retryAfter(answer.Header.Get("Retry-After"), m.maps.now()), m.failure(ErrDown, 0, fmt.Sprintf("its own server answers %d", code), "")
	}
}

// unreached is the failure of a request without an answer, or with half of one.
func (m *Map) unreached(ctx context.Context, err error) *Failure {
	var timeout interface{ Timeout() bool }
	detail := plainCause(err)
	switch {
	case errors.Is(context.Cause(ctx), errOverTime) || (errors.As(err, &timeout) && timeout.Timeout()):
		return m.failure(ErrSlow, 0, "its own server does not answer in time", detail)
	case errors.Is(err, egress.ErrNotPublic):
		return m.failure(ErrDown, 0, "its own server is at an address that is not public and not listed", detail)
	}
	return m.failure(ErrDown, 0, "its own server cannot be reached", detail)
}

// readBody reads the answer within its limits and unpacks it.
func (m *Map) readBody(ctx context.Context, answer *http.Response) ([]byte, *Failure) {
	coding := stored.Plain
	switch said := strings.ToLower(answer.Header.Get("Content-Encoding")); said {
	case "", "identity":
	case "gzip", "x-gzip":
		coding = stored.GZIP
	default:
		return nil, m.failure(ErrContent, 0, "its own server packs answers in a way that was not asked for", "")
	}
	tooLong := m.failure(ErrContent, 0, fmt.Sprintf("its own server answers more than %d bytes", MaxAnswer), "")
	if answer.ContentLength > MaxAnswer {
		return nil, tooLong
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, MaxAnswer+1))
	switch {
	case err != nil:
		return nil, m.unreached(ctx, err)
	case len(body) > MaxAnswer:
		return nil, tooLong
	case len(body) == 0:
		return nil, nil
	}
	plain, err := stored.Inflate(coding, body, MaxAnswer)
	if errors.Is(err, stored.ErrTooLong) {
		return nil, tooLong
	}
	if err != nil {
		return nil, m.failure(ErrContent, 0, "its own server's answer cannot be unpacked", err.Error())
	}
	return plain, nil
}

// retryAfter reads the header of that name, in seconds or as a date.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(text, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

// tileOf takes an answer for what its bytes say: a picture, or a vector tile that is
// kept packed.
func tileOf(body []byte, vector bool) (*record, error) {
	if len(body) == 0 {
		return &record{}, nil
	}
	if kind := stored.Sniff(body); kind.Picture() && !vector {
		return &record{kind: kind, coding: stored.Plain, body: body}, nil
	}
	if !vector {
		// Not its first bytes, which may be some of a key.
		return nil, fmt.Errorf("no picture but %s", http.DetectContentType(body))
	}
	coding := stored.SniffCoding(body)
	plain, err := stored.Inflate(coding, body, MaxAnswer)
	if err != nil {
		return nil, err
	}
	if err := stored.CheckVector(plain); err != nil {
		return nil, err
	}
	switch {
	case len(plain) == 0:
		return &record{}, nil
	case coding != stored.GZIP:
		body = tiler.Gzip(nil, plain, tiler.GzipLevel)
	}
	return &record{kind: stored.MVT, coding: stored.GZIP, body: body}, nil
}
