package api

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
)

// streamed says which function answers a kind of body, nil for none.
func streamed(kind string) func(context.Context, io.Writer, io.Reader, *grids.Snapshot, batch.Options) (batch.Stats, error) {
	switch kind {
	case web.TypeCSV:
		return batch.CSV
	case web.TypeNDJSON:
		return batch.NDJSON
	}
	return nil
}

// geocodeStream answers rows while they come. There is no limit on how many:
// memory does not depend on it, and a client that stops reading or sending is
// hung up on after the server's usual patience.
func (s *server) geocodeStream(c echo.Context, kind string, media map[string]string) error {
	params, err := web.Parameters(c, "crs", "at", "border", "lon", "lat", "accuracy")
	if err != nil {
		return err
	}
	o := batch.Options{Lon: params.Get("lon"), Lat: params.Get("lat")}
	if o.Accuracy, err = streamAccuracy(params.Get("accuracy")); err != nil {
		return err
	}
	switch params.Get("border") {
	case "", "false":
	case "true":
		o.Border = true
	default:
		return web.Refuse("border", params.Get("border"), "write true or false", web.ErrMalformed)
	}
	if name := media["charset"]; name != "" {
		if o.Encoding, err = batch.ParseEncoding(name); err != nil {
			return web.Refuse("Content-Type", name, err.Error(), web.ErrMediaType)
		}
	}
	if packed := c.Request().Header.Get("Content-Encoding"); packed != "" && packed != "identity" {
		return web.Refuse("Content-Encoding", packed, "a streamed body is read as it is, not compressed", web.ErrMediaType)
	}
	snap, err := s.at(params.Get("at"))
	if err != nil {
		return err
	}
	if o.System, err = terms.System(snap.City, "crs", params.Get("crs")); err != nil {
		return err
	}
	return s.stream(c, snap, kind, o)
}

func (s *server) stream(c echo.Context, snap *grids.Snapshot, kind string, o batch.Options) error {
	d := web.NewDuplex(c)
	o.Begin = func(enc batch.Encoding) {
		h := c.Response().Header()
		h.Set("Content-Type", kind+"; charset="+enc.String())
		h.Set("X-Accel-Buffering", "no") // a proxy that buffers would make the client wait for nothing
		c.Response().WriteHeader(http.StatusOK)
	}
	stats, err := streamed(kind)(c.Request().Context(), d, d.Body, snap, o)
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
		return web.Refuse("body", "", "it did not come in time", web.ErrTimeout)
	case errors.Is(err, batch.ErrTable):
		return web.Refuse("body", "", err.Error(), web.ErrMalformed)
	case errors.Is(err, batch.ErrRead):
		return web.Refuse("body", "", "it ended early", web.ErrMalformed)
	}
	return err
}
