package web

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/basemaps"
	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
	"github.com/wanmi-gis/wanmi/basemaps/upstream"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
	"github.com/wanmi-gis/wanmi/tiler"
)

// Within names the member that holds the one at fault.
func Within(name string, err error) error {
	if at, ok := errors.AsType[*InputError](err); ok {
		if at.Param == "body" { // its own
			return Refuse(name, at.Value, at.Reason, at.Err)
		}
		return Refuse(name+"."+at.Param, at.Value, at.Reason, at.Err)
	}
	return err
}

// Problem is an RFC 9457 problem document.
type Problem struct {
	Type   string          `json:"type" doc:"A name for the kind of problem"`
	Title  string          `json:"title"`
	Status int             `json:"status"`
	Detail string          `json:"detail"`
	Code   string          `json:"code" doc:"Stable, for programs"`
	Errors []ProblemDetail `json:"errors,omitempty"`

	// Of cases.
	Reason  string   `json:"reason,omitempty" doc:"With event-not-allowed: why, for programs"`
	State   string   `json:"state,omitempty" doc:"With event-not-allowed: the case's"`
	Allowed []string `json:"allowed,omitempty" doc:"With event-not-allowed: the events that this actor may do now"`
	Case    string   `json:"case,omitempty" doc:"With conflict: the case that has the external_id"`
}

// ProblemDetail names one thing at fault.
type ProblemDetail struct {
	Location string `json:"location,omitempty" doc:"The parameter, or the row or member of the body"`
	Message  string `json:"message"`
	Value    string `json:"value,omitempty"`
}

// Error implements error.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType makes huma answer with the type of problems.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// What is wrong, for who branches on it: [InputError] wraps one of them, and the
// table says which status and code it has.
var (
	ErrMalformed  = errors.New("the request cannot be read")
	ErrNotFound   = errors.New("there is nothing here")
	ErrTooMany    = errors.New("too many at once")
	ErrTooLarge   = errors.New("the body is too large")
	ErrCategory   = errors.New("the category does not exist")
	ErrScheme     = errors.New("the category is of another scheme")
	ErrImpossible = errors.New("this cannot be done")
	ErrNotReady   = errors.New("not ready")
	ErrMediaType  = errors.New("the body is of a kind that is not read")
	ErrTimeout    = errors.New("the request took too long")
	ErrPolygon    = errors.New("the polygon is not valid")
	ErrConflict   = errors.New("this contradicts what is there")
	ErrVersion    = errors.New("it was changed since")
	ErrNoActor    = errors.New("writing needs a token")
	ErrRole       = errors.New("the actor's role may not do this")
	ErrRules      = errors.New("the rules cannot be followed")
	ErrReadOnly   = errors.New("this server takes no writes")
	ErrBusy       = errors.New("too much at once")
	ErrDiskFull   = errors.New("the disk is full")
	ErrStore      = errors.New("the city file cannot be written")
)

// CodeNotAllowed is the code of an event that the state machine refuses.
const CodeNotAllowed = "event-not-allowed"

// problems is the one table of errors: the first sentinel that an error wraps
// gives status, code and title.
var problems = []struct {
	sentinel error
	status   int
	code     string
}{
	{crs.ErrUnknown, http.StatusBadRequest, "crs-unknown"},
	{crs.ErrOutOfRange, http.StatusBadRequest, "coordinate-out-of-range"},
	{spatial.ErrNotFinite, http.StatusBadRequest, "coordinate-out-of-range"},
	{tiler.ErrTileRange, http.StatusBadRequest, "tile-out-of-range"},
	{tiler.ErrUnknownLayer, http.StatusNotFound, "not-found"},
	{tiler.ErrUnknownColumn, http.StatusBadRequest, "malformed"},
	{tiler.ErrTooMany, http.StatusBadRequest, "too-many"},
	{grids.ErrAccuracy, http.StatusBadRequest, "malformed"},
	{ErrTooMany, http.StatusBadRequest, "too-many"},
	{ErrMalformed, http.StatusBadRequest, "malformed"},
	{ErrNotFound, http.StatusNotFound, "not-found"},
	{ErrTooLarge, http.StatusRequestEntityTooLarge, "too-large"},
	{ErrPolygon, http.StatusUnprocessableEntity, "polygon-invalid"},
	{ErrVersion, http.StatusPreconditionFailed, "version-mismatch"},
	{ErrCategory, http.StatusUnprocessableEntity, "category-unknown"},
	{ErrScheme, http.StatusUnprocessableEntity, "scheme-mismatch"},
	{ErrImpossible, http.StatusUnprocessableEntity, "not-possible"},
	{cases.ErrNotAllowed, http.StatusUnprocessableEntity, CodeNotAllowed},
	{ErrNotReady, http.StatusServiceUnavailable, "not-ready"},
	{ErrMediaType, http.StatusUnsupportedMediaType, "unsupported-media-type"},
	{ErrTimeout, http.StatusRequestTimeout, "timeout"},
	{ErrConflict, http.StatusConflict, "conflict"},
	{ErrVersion, http.StatusPreconditionFailed, "version-mismatch"},
	{ErrNoActor, http.StatusUnauthorized, "unauthenticated"},
	{ErrRole, http.StatusForbidden, "forbidden"},
	{ErrRules, http.StatusUnprocessableEntity, "rules-invalid"},
	{ErrReadOnly, http.StatusForbidden, "read-only"},
	{basemaps.ErrChanged, http.StatusServiceUnavailable, "not-ready"},
	{glyphs.ErrChanged, http.StatusServiceUnavailable, "not-ready"},
	{glyphs.ErrBusy, http.StatusServiceUnavailable, "overloaded"},
	{upstream.ErrDown, http.StatusServiceUnavailable, "upstream-down"},
	{upstream.ErrContent, http.StatusServiceUnavailable, "upstream-invalid"},
	{upstream.ErrSlow, http.StatusGatewayTimeout, "upstream-slow"},
	{upstream.ErrBusy, http.StatusServiceUnavailable, "overloaded"},
	{ErrBusy, http.StatusServiceUnavailable, "overloaded"},
	{ErrDiskFull, http.StatusInsufficientStorage, "disk-full"},
	{ErrStore, http.StatusServiceUnavailable, "not-writable"},
	{context.Canceled, http.StatusRequestTimeout, "timeout"}, // the client left: nobody reads it
	{context.DeadlineExceeded, http.StatusRequestTimeout, "timeout"},
}

// InputError names the parameter at fault.
type InputError struct {
	Param, Value, Reason string
	Err                  error
}

// Refuse names what is at fault, as it was sent, says why, and which error it is.
func Refuse(param, value, reason string, err error) *InputError {
	return &InputError{Param: param, Value: value, Reason: reason, Err: err}
}

func (e *InputError) Error() string { return fmt.Sprintf("%s: %s", e.Param, e.Reason) }

func (e *InputError) Unwrap() error { return e.Err }

// ProblemOf makes the document for an error. What is in no table is the
// server's own fault and is not told to the outside.
func ProblemOf(err error) *Problem {
	if ready, ok := errors.AsType[*Problem](err); ok {
		return ready
	}
	p := &Problem{Status: http.StatusInternalServerError, Code: "internal", Detail: "the server failed; its log says more"}
	for _, row := range problems {
		if errors.Is(err, row.sentinel) {
			p.Status, p.Code, p.Detail = row.status, row.code, err.Error()
			break
		}
	}
	var http *echo.HTTPError
	if p.Code == "internal" && errors.As(err, &http) {
		p.Status, p.Code, p.Detail = http.Code, codeOf(http.Code), fmt.Sprint(http.Message)
	}
	var input *InputError
	var tile *tiler.ParamError
	switch {
	case errors.As(err, &input):
		p.Errors = []ProblemDetail{{Location: input.Param, Message: input.Reason, Value: Clip(input.Value)}}
	case errors.As(err, &tile):
		p.Errors = []ProblemDetail{{Location: tile.Param, Message: tile.Reason, Value: Clip(tile.Value)}}
	}
	return p.Named()
}

// Named fills type and title from the code.
func (p *Problem) Named() *Problem {
	p.Type = "urn:wanmi:problem:" + p.Code
	p.Title = strings.ReplaceAll(p.Code, "-", " ")
	return p
}

// statuses has the codes of what fails with a bare HTTP status.
var statuses = []struct {
	status  int
	code    string
	meaning string
}{
	{http.StatusNotFound, "not-found", "there is nothing here"},
	{http.StatusMethodNotAllowed, "method-not-allowed", "the path is asked for in another way; Allow says how"},
	{http.StatusRequestEntityTooLarge, "too-large", "the body is too large"},
	{http.StatusUnsupportedMediaType, "unsupported-media-type", "the body is of a kind that is not read"},
	{http.StatusTooManyRequests, "overloaded", "too much is asked for at this moment"},
	{http.StatusServiceUnavailable, "overloaded", "too much is asked for at this moment"},
	{http.StatusUnprocessableEntity, "not-possible", "this cannot be done"},
	{http.StatusRequestTimeout, "timeout", "the request took too long"},
	{http.StatusInternalServerError, "internal", "the server failed; its log says more"},
}

// codeOf gives the code of a bare HTTP status.
func codeOf(status int) string {
	for _, row := range statuses {
		if row.status == status {
			return row.code
		}
	}
	if status >= http.StatusInternalServerError {
		return "internal"
	}
	return "malformed"
}

// ProblemTable lists every code with its status, for the API's description.
func ProblemTable() string {
	var b strings.Builder
	b.WriteString("Errors are RFC 9457 problem documents (application/problem+json). Their code is stable:\n\n" +
		"| status | code | meaning |\n|---|---|---|\n")
	seen := map[string]bool{}
	row := func(status int, code, meaning string) {
		if key := fmt.Sprint(status, code); !seen[key] {
			seen[key] = true
			fmt.Fprintf(&b, "| %d | %s | %s |\n", status, code, meaning)
		}
	}
	for _, p := range problems {
		row(p.status, p.code, p.sentinel.Error())
	}
	for _, p := range statuses {
		row(p.status, p.code, p.meaning)
	}
	return b.String()
}

// maxRepeated bounds how much of a request a problem repeats.
const maxRepeated = 100

// Clip shortens what a problem repeats of a request.
func Clip(s string) string {
	if len(s) > maxRepeated {
		return strings.ToValidUTF8(s[:maxRepeated], "") + "…"
	}
	return s
}

// useProblems makes huma report its own findings (a missing parameter, a number
// that is none) as our problems. The hook is huma's package variable: it is set
// once, before the first handler exists.
var useProblems = sync.OnceFunc(func() {
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		if status >= http.StatusInternalServerError {
			return ProblemOf(errors.New(msg))
		}
		if status == http.StatusUnprocessableEntity {
			status = http.StatusBadRequest // what fails validation cannot be read; 422 is for what can
		}
		p := &Problem{Status: status, Code: codeOf(status), Detail: msg}
		for _, err := range errs {
			var detail huma.ErrorDetailer
			if !errors.As(err, &detail) {
				continue // not made to be shown
			}
			at := detail.ErrorDetail()
			d := ProblemDetail{Location: plainLocation(at.Location), Message: at.Message}
			if at.Value != nil {
				d.Value = Clip(fmt.Sprint(at.Value))
			}
			p.Errors = append(p.Errors, d)
		}
		if len(p.Errors) > 0 {
			p.Detail = p.Errors[0].Location + ": " + p.Errors[0].Message
		}
		return p.Named()
	}
})

// plainLocation names a parameter as the plain handlers do, by its name alone.
func plainLocation(location string) string {
	for _, in := range [...]string{"query.", "path."} {
		if name, ok := strings.CutPrefix(location, in); ok {
			return Clip(name)
		}
	}
	return Clip(location)
}

// Report makes the document for an error and logs what is the server's own fault.
func Report(log *slog.Logger, err error) *Problem {
	p := ProblemOf(err)
	if p.Code == "internal" {
		log.Error("request failed", "error", err)
	}
	return p
}
