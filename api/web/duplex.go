package web

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// Duplex reads a request while its answer is written. The server's deadlines
// are for whole requests; here each Read and Write has its own.
//
// It holds no echo.Context, which belongs to the next request as soon as this
// one has been answered, when a Read may still be under way.
type Duplex struct {
	// Body is the request's.
	Body     io.Reader
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
}

// NewDuplex begins to answer a request that still comes.
func NewDuplex(c echo.Context) *Duplex {
	w := c.Response().Writer
	d := &Duplex{w: w, control: http.NewResponseController(w), patience: ReadTimeout}
	if srv, ok := c.Request().Context().Value(http.ServerContextKey).(*http.Server); ok && srv.ReadTimeout > 0 {
		d.patience = srv.ReadTimeout
	}
	// A recorder in a test knows neither this nor deadlines, and HTTP/2 needs
	// no permission.
	_ = d.control.EnableFullDuplex()
	d.Body = &patientBody{c.Request().Body, d.control, d.patience}
	return d
}

// KeepReading lifts the deadline of a request that has been read: it would else
// count as the client having left.
func (d *Duplex) KeepReading() {
	_ = d.control.SetReadDeadline(time.Time{}) // see NewDuplex
}

// patientBody gives each Read its own deadline.
type patientBody struct {
	body     io.Reader
	control  *http.ResponseController
	patience time.Duration
}

// Read implements io.Reader.
func (p *patientBody) Read(b []byte) (int, error) {
	_ = p.control.SetReadDeadline(time.Now().Add(p.patience)) // see NewDuplex
	return p.body.Read(b)
}

// Write implements io.Writer: a block of rows goes out at once.
func (d *Duplex) Write(b []byte) (int, error) {
	_ = d.control.SetWriteDeadline(time.Now().Add(d.patience))
	n, err := d.w.Write(b)
	if err == nil {
		err = d.control.Flush()
	}
	if err != nil && !errors.Is(err, http.ErrNotSupported) {
		return n, fmt.Errorf("answer not taken: %w", err)
	}
	return n, nil
}
