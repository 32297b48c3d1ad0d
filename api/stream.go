package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
)

// The bodies of POST /v1/geocode that are streamed.
const (
	typeCSV    = "text/csv"
	typeNDJSON = "application/x-ndjson"
)

// streamed says which function answers a kind of body, nil for none.
func streamed(kind string) func(context.Context, io.Writer, io.Reader, *grids.Snapshot, batch.Options) (batch.Stats, error) {
	switch kind {
	case typeCSV:
		return batch.CSV
	case typeNDJSON:
		return batch.NDJSON
	}
	return nil
}

// geocodeStream answers rows while they come. There is no limit on how many:
// memory does not depend on it, and a client that stops reading or sending is
// hung up on after the server's usual patience.
func (s *server) geocodeStream(c echo.Context, kind string, media map[string]string) error {
	params, err := parameters(c, "crs", "at", "border", "lon", "lat", "accuracy")
	if err != nil {
		return err
	}
	o := batch.Options{Lon: params.get("lon"), Lat: params.get("lat")}
	if o.Accuracy, err = streamAccuracy(params.get("accuracy")); err != nil {
		return err
	}
	switch params.get("border") {
	case "", "false":
	case "true":
		o.Border = true
	default:
		return &inputError{"border", params.get("border"), "write true or false", errMalformed}
	}
	if name := media["charset"]; name != "" {
		if o.Encoding, err = batch.ParseEncoding(name); err != nil {
			return &inputError{"Content-Type", name, err.Error(), errMediaType}
		}
	}
	if packed := c.Request().Header.Get("Content-Encoding"); packed != "" && packed != "identity" {
		return &inputError{"Content-Encoding", packed, "a streamed body is read as it is, not compressed", errMediaType}
	}
	snap, err := s.at(params.get("at"))
	if err != nil {
		return err
	}
	if o.System, err = system(snap.City, "crs", params.get("crs")); err != nil {
		return err
	}
	return s.stream(c, snap, kind, o)
}

func (s *server) stream(c echo.Context, snap *grids.Snapshot, kind string, o batch.Options) error {
	d := newDuplex(c)
	o.Begin = func(enc batch.Encoding) {
		h := c.Response().Header()
		h.Set("Content-Type", kind+"; charset="+enc.String())
		h.Set("X-Accel-Buffering", "no") // a proxy that buffers would make the client wait for nothing
		c.Response().WriteHeader(http.StatusOK)
	}
	stats, err := streamed(kind)(c.Request().Context(), d, d.body, snap, o)
	switch {
	case err == nil:
		return nil
	case c.Response().Committed:
		s.log.Info("stream of rows broke off", "rows", stats.Rows, "error", err)
		panic(http.ErrAbortHandler) // else half a table ends like a whole one
	}
	c.Response().Header().Set("Connection", "close") // the rest of the body is not read
	return streamFault(err)
}

// streamFault says what is wrong with a body of which no row was answered.
func streamFault(err error) error {
	var network net.Error
	switch {
	case errors.As(err, &network) && network.Timeout():
		return &inputError{"body", "", "it did not come in time", errTimeout}
	case errors.Is(err, batch.ErrTable):
		return &inputError{"body", "", err.Error(), errMalformed}
	case errors.Is(err, batch.ErrRead):
		return &inputError{"body", "", "it ended early", errMalformed}
	}
	return err
}

// duplex reads a request while its answer is written. The server's deadlines
// are for whole requests; here each Read and Write has its own.
//
// It holds no echo.Context, which belongs to the next request as soon as this
// one has been answered, when a Read may still be under way.
type duplex struct {
	body     io.Reader
	w        http.ResponseWriter
	control  *http.ResponseController
	patience time.Duration
}

func newDuplex(c echo.Context) *duplex {
	w := c.Response().Writer
	d := &duplex{w: w, control: http.NewResponseController(w), patience: readTimeout}
	if srv, ok := c.Request().Context().Value(http.ServerContextKey).(*http.Server); ok && srv.ReadTimeout > 0 {
		d.patience = srv.ReadTimeout
	}
	// A recorder in a test knows neither this nor deadlines, and HTTP/2 needs
	// no permission.
	_ = d.control.EnableFullDuplex()
	d.body = &patientBody{c.Request().Body, d.control, d.patience}
	return d
}

// keepReading lifts the deadline of a request that has been read: it would else
// count as the client having left.
func (d *duplex) keepReading() {
	_ = d.control.SetReadDeadline(time.Time{}) // see newDuplex
}

// patientBody gives each Read its own deadline.
type patientBody struct {
	body     io.Reader
	control  *http.ResponseController
	patience time.Duration
}

// Read implements io.Reader.
func (p *patientBody) Read(b []byte) (int, error) {
	_ = p.control.SetReadDeadline(time.Now().Add(p.patience)) // see newDuplex
	return p.body.Read(b)
}

// Write implements io.Writer: a block of rows goes out at once.
func (d *duplex) Write(b []byte) (int, error) {
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

// mediaType reads Content-Type. What cannot be read is left to the one who
// reads the body.
func mediaType(c echo.Context) (kind string, params map[string]string) {
	kind, params, err := mime.ParseMediaType(c.Request().Header.Get("Content-Type"))
	if err != nil {
		return "", nil
	}
	return kind, params
}
