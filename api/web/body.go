package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/grids/batch"
)

// ReadJSON reads a JSON body of at most maxBytes into a struct. Members it does
// not have are refused. What encoding/json says is put into words that name no
// Go type.
func ReadJSON(c echo.Context, maxBytes int64, into any) error {
	body, err := ReadBody(c, maxBytes, TypeJSON)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return JSONFault(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return Refuse("body", "", "more than one JSON value", ErrMalformed)
	}
	return nil
}

// ReadBody reads a JSON body of one of the types, of which it has at most
// maxBytes and MaxJSONDepth.
func ReadBody(c echo.Context, maxBytes int64, types ...string) ([]byte, error) {
	if kind := c.Request().Header.Get("Content-Type"); kind != "" {
		if name, _, err := mime.ParseMediaType(kind); err != nil || !slices.Contains(types, name) {
			return nil, Refuse("Content-Type", kind, "only "+strings.Join(types, " and ")+" is read here", ErrMediaType)
		}
	}
	if packed := c.Request().Header.Get("Content-Encoding"); packed != "" && packed != "identity" {
		return nil, Refuse("Content-Encoding", packed, "a body is read as it is, not compressed", ErrMediaType)
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxBytes))
	var tooLarge *http.MaxBytesError
	var network net.Error
	switch {
	case errors.As(err, &tooLarge):
		return nil, Refuse("body", "", fmt.Sprintf("at most %d bytes", maxBytes), ErrTooLarge)
	case errors.As(err, &network) && network.Timeout():
		return nil, Refuse("body", "", "it did not come in time", ErrTimeout)
	case err != nil:
		return nil, Refuse("body", "", "it ended early", ErrMalformed)
	case batch.Depth(body) > MaxJSONDepth:
		return nil, Refuse("body", "", fmt.Sprintf("nested more than %d deep", MaxJSONDepth), ErrMalformed)
	}
	return body, nil
}

// JSONFault says what is wrong with a body and where.
func JSONFault(err error) error {
	var ours *InputError
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	switch {
	case errors.As(err, &ours):
		return err
	case errors.Is(err, io.EOF):
		return Refuse("body", "", "it is empty", ErrMalformed)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return Refuse("body", "", "no JSON, it ends early", ErrMalformed)
	case errors.As(err, &syntax):
		return Refuse("body", "", fmt.Sprintf("no JSON at byte %d: %v", syntax.Offset, syntax), ErrMalformed)
	case errors.As(err, &typed):
		where := typed.Field
		if where == "" {
			where = "body"
		}
		return Refuse(where, "", "not "+wanted(typed.Type.Kind()), ErrMalformed)
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return Refuse(Clip(strings.Trim(name, `"`)), "", "unknown member", ErrMalformed)
	}
	return Refuse("body", "", "no JSON that can be read here", ErrMalformed)
}

func wanted(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Slice, reflect.Array:
		return "a list"
	}
	return "a number"
}
