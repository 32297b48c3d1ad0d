package api

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

// maxJSONDepth is how deeply a body's lists and objects may nest.
const maxJSONDepth = 16

// readJSON reads a JSON body of at most maxBytes into a struct. Members it does
// not have are refused. What encoding/json says is put into words that name no
// Go type.
func readJSON(c echo.Context, maxBytes int64, into any) error {
	body, err := readBody(c, maxBytes, typeJSON)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return jsonFault(err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return &inputError{"body", "", "more than one JSON value", errMalformed}
	}
	return nil
}

// readBody reads a JSON body of one of the types, of which it has at most
// maxBytes and maxJSONDepth.
func readBody(c echo.Context, maxBytes int64, types ...string) ([]byte, error) {
	if kind := c.Request().Header.Get("Content-Type"); kind != "" {
		if name, _, err := mime.ParseMediaType(kind); err != nil || !slices.Contains(types, name) {
			return nil, &inputError{"Content-Type", kind, "only " + strings.Join(types, " and ") + " is read here", errMediaType}
		}
	}
	if packed := c.Request().Header.Get("Content-Encoding"); packed != "" && packed != "identity" {
		return nil, &inputError{"Content-Encoding", packed, "a body is read as it is, not compressed", errMediaType}
	}
	body, err := io.ReadAll(http.MaxBytesReader(c.Response(), c.Request().Body, maxBytes))
	var tooLarge *http.MaxBytesError
	var network net.Error
	switch {
	case errors.As(err, &tooLarge):
		return nil, &inputError{"body", "", fmt.Sprintf("at most %d bytes", maxBytes), errTooLarge}
	case errors.As(err, &network) && network.Timeout():
		return nil, &inputError{"body", "", "it did not come in time", errTimeout}
	case err != nil:
		return nil, &inputError{"body", "", "it ended early", errMalformed}
	case batch.Depth(body) > maxJSONDepth:
		return nil, &inputError{"body", "", fmt.Sprintf("nested more than %d deep", maxJSONDepth), errMalformed}
	}
	return body, nil
}

// jsonFault says what is wrong with a body and where.
func jsonFault(err error) error {
	var ours *inputError
	var syntax *json.SyntaxError
	var typed *json.UnmarshalTypeError
	switch {
	case errors.As(err, &ours):
		return err
	case errors.Is(err, io.EOF):
		return &inputError{"body", "", "it is empty", errMalformed}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &inputError{"body", "", "no JSON, it ends early", errMalformed}
	case errors.As(err, &syntax):
		return &inputError{"body", "", fmt.Sprintf("no JSON at byte %d: %v", syntax.Offset, syntax), errMalformed}
	case errors.As(err, &typed):
		where := typed.Field
		if where == "" {
			where = "body"
		}
		return &inputError{where, "", "not " + wanted(typed.Type.Kind()), errMalformed}
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return &inputError{clip(strings.Trim(name, `"`)), "", "unknown member", errMalformed}
	}
	return &inputError{"body", "", "no JSON that can be read here", errMalformed}
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
