package api

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// caseFault puts what the store of cases says into words that name no file.
func caseFault(log *slog.Logger, c echo.Context, err error) error {
	if fault := refusalOf(err); fault != nil {
		return fault
	}
	if err = storeFault(log, err, "case"); errors.Is(err, errBusy) {
		c.Response().Header().Set("Retry-After", "1")
	}
	return err
}

// refusalOf is what is wrong with the request; nil where it is not at fault.
func refusalOf(err error) error {
	if r, ok := errors.AsType[*cases.Refusal](err); ok {
		p := &Problem{
			Status: http.StatusUnprocessableEntity, Code: codeNotAllowed, Detail: r.Error(), Reason: string(r.Reason), State: string(r.State),
			Allowed: kindsOf(r.Allowed), Errors: []ProblemDetail{{Location: "kind", Message: string(r.Reason), Value: string(r.Event)}},
		}
		return p.named()
	}
	if i, ok := errors.AsType[*cases.Invalid](err); ok {
		is := errImpossible
		if i.Unknown && i.Field == "category" {
			is = errCategory
		}
		return &inputError{i.Field, i.Value, i.Reason, is}
	}
	if x, ok := errors.AsType[*cases.ExternalTaken](err); ok {
		return taken(x.ID)
	}
	for _, row := range [...]struct {
		of    error
		param string
		is    error
	}{
		{cases.ErrNotFound, "id", errNotFound},
		{cases.ErrVersion, "If-Match", errVersion},
		{cases.ErrNumber, "number", errConflict},
		{cases.ErrKeyReused, "Idempotency-Key", errConflict},
		{cases.ErrTooMany, "id", errImpossible},
	} {
		if errors.Is(err, row.of) {
			reason := row.of.Error()
			if v, ok := errors.AsType[*cases.VersionMismatch](err); ok {
				reason = v.Error()
			}
			return &inputError{row.param, "", reason, row.is}
		}
	}
	return nil
}

// taken is an external id that another report had.
func taken(id cases.ID) *Problem {
	p := &Problem{
		Status: http.StatusConflict, Code: "conflict", Case: id.String(), Detail: "external_id: another report of this source system had it",
		Errors: []ProblemDetail{{Location: "external_id", Message: "it is that of case " + id.String()}},
	}
	return p.named()
}

func kindsOf(list []cases.EventKind) []string {
	out := make([]string, len(list))
	for i, k := range list {
		out[i] = string(k)
	}
	return out
}

// storeFault puts what is wrong with the store into words that name no file; what
// names the request's fault passes.
func storeFault(log *slog.Logger, err error, what string) error {
	for of, is := range map[error]error{
		cityfile.ErrDiskFull: errDiskFull, cityfile.ErrNotWritable: errStore, cityfile.ErrHeld: errBusy, cityfile.ErrClosed: errBusy,
	} {
		if errors.Is(err, of) {
			log.Error("not stored", "what", what, "error", err)
			return &inputError{"store", "", "nothing was changed: " + of.Error(), is}
		}
	}
	return err
}
