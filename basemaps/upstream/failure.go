package upstream

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

// What a [Failure] is around.
var (
	// ErrDown is a server that cannot be reached, fails, or is left alone as it did.
	ErrDown = errors.New("the map's own server does not serve it now")
	// ErrSlow is a server that does not answer in time.
	ErrSlow = errors.New("the map's own server does not answer in time")
	// ErrContent is an answer that is no tile.
	ErrContent = errors.New("what the map's own server answers is no tile")
	// ErrBusy is more requests than are sent on or may wait.
	ErrBusy = errors.New("more is asked of the map's own server than it is sent")
)

// Failure is why there is no tile. Its text may be shown to anybody: it has no
// address and no key.
type Failure struct {
	// Map is its ID.
	Map    string
	Reason string
	// RetryAfter is when it makes sense to come again.
	RetryAfter time.Duration

	kind   error
	detail string
}

// Error says what failed, without addresses.
func (f *Failure) Error() string { return "basemap " + f.Map + ": " + f.Reason }

// Unwrap returns one of the errors of this package.
func (f *Failure) Unwrap() error { return f.kind }

// Detail is for those who run the server: it may have addresses of machines, and
// never the key.
func (f *Failure) Detail() string {
	if f.detail == "" {
		return f.Error()
	}
	return f.Error() + ": " + f.detail
}

// plainCause is what a client's error says where that is of the network or of
// certificates: what is of the answer may repeat parts of the key, and the error
// itself has the address.
func plainCause(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Error()
	}
	if name, ok := errors.AsType[*net.DNSError](err); ok {
		return name.Error()
	}
	if cert, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return cert.Error()
	}
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the connection ended before the answer did"
	}
	return ""
}
