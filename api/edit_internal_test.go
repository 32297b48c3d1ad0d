package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

func TestWhatTheStoreSaysHasItsCodeAndNamesNoFile(t *testing.T) {
	s := &server{log: slog.New(slog.DiscardHandler)}
	for fault, want := range map[error]struct {
		status int
		code   string
	}{
		cityfile.ErrDiskFull:                   {http.StatusInsufficientStorage, "disk-full"},
		cityfile.ErrNotWritable:                {http.StatusServiceUnavailable, "not-writable"},
		cityfile.ErrHeld:                       {http.StatusServiceUnavailable, "overloaded"},
		cityfile.ErrClosed:                     {http.StatusServiceUnavailable, "overloaded"},
		cityfile.ErrNoRow:                      {http.StatusNotFound, "not-found"},
		cityfile.ErrExists:                     {http.StatusConflict, "conflict"},
		cityfile.ErrKeyReused:                  {http.StatusConflict, "conflict"},
		cityfile.ErrNoSerial:                   {http.StatusUnprocessableEntity, "not-possible"},
		errors.New("select * from components"): {http.StatusInternalServerError, "internal"},
	} {
		err := fmt.Errorf("edit: write to /srv/city.gpkg: %w: sqlite says so", fault)
		p := web.ProblemOf(s.editFault(err, &cityfile.Edit{Layer: grids.Components, Code: "c"}))
		if p.Status != want.status || p.Code != want.code || strings.Contains(p.Detail, "/srv") || strings.Contains(p.Detail, "sql") || strings.Contains(p.Detail, "select") {
			t.Errorf("%v: %+v", fault, p)
		}
	}
}
