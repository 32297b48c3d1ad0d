package terms

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// CaseFault puts what the store of cases says into words that name no file.
func CaseFault(log *slog.Logger, c echo.Context, err error) error {
	if fault := RefusalOf(err); fault != nil {
		return fault
	}
	if err = StoreFault(log, err, "case"); errors.Is(err, web.ErrBusy) {
		c.Response().Header().Set("Retry-After", "1")
	}
	return err
}

// RefusalOf is what is wrong with the request; nil where it is not at fault.
func RefusalOf(err error) error {
	if r, ok := errors.AsType[*cases.Refusal](err); ok {
		p := &web.Problem{
			Status: http.StatusUnprocessableEntity, Code: web.CodeNotAllowed, Detail: r.Error(), Reason: string(r.Reason), State: string(r.State),
			Allowed: KindsOf(r.Allowed), Errors: []web.ProblemDetail{{Location: "kind", Message: string(r.Reason), Value: string(r.Event)}},
		}
		return p.Named()
	}
	if i, ok := errors.AsType[*cases.Invalid](err); ok {
		is := web.ErrImpossible
		if i.Unknown && i.Field == "category" {
			is = web.ErrCategory
		}
		return web.Refuse(i.Field, i.Value, i.Reason, is)
	}
	if x, ok := errors.AsType[*cases.ExternalTaken](err); ok {
		return Taken(x.ID)
	}
	for _, row := range [...]struct {
		of    error
		param string
		is    error
	}{
		{cases.ErrNotFound, "id", web.ErrNotFound},
		{cases.ErrVersion, "If-Match", web.ErrVersion},
		{cases.ErrNumber, "number", web.ErrConflict},
		{cases.ErrKeyReused, "Idempotency-Key", web.ErrConflict},
		{cases.ErrTooMany, "id", web.ErrImpossible},
	} {
		if errors.Is(err, row.of) {
			reason := row.of.Error()
			if v, ok := errors.AsType[*cases.VersionMismatch](err); ok {
				reason = v.Error()
			}
			return web.Refuse(row.param, "", reason, row.is)
		}
	}
	return nil
}

// Taken is an external id that another report had.
func Taken(id cases.ID) *web.Problem {
	p := &web.Problem{
		Status: http.StatusConflict, Code: "conflict", Case: id.String(), Detail: "external_id: another report of this source system had it",
		Errors: []web.ProblemDetail{{Location: "external_id", Message: "it is that of case " + id.String()}},
	}
	return p.Named()
}

// KindsOf are the names of kinds of events.
func KindsOf(list []cases.EventKind) []string {
	out := make([]string, len(list))
	for i, k := range list {
		out[i] = string(k)
	}
	return out
}

// StoreFault puts what is wrong with the store into words that name no file; what
// names the request's fault passes.
func StoreFault(log *slog.Logger, err error, what string) error {
	for of, is := range map[error]error{
		cityfile.ErrDiskFull: web.ErrDiskFull, cityfile.ErrNotWritable: web.ErrStore, cityfile.ErrHeld: web.ErrBusy, cityfile.ErrClosed: web.ErrBusy,
	} {
		if errors.Is(err, of) {
			log.Error("not stored", "what", what, "error", err)
			return web.Refuse("store", "", "nothing was changed: "+of.Error(), is)
		}
	}
	return err
}
