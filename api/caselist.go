package api

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
)

// CaseList is a page of cases.
type CaseList struct {
	Cases       []terms.CaseSummary `json:"cases" doc:"The newest report first"`
	Next        string              `json:"next,omitempty" doc:"The cursor of the next page; none after the last"`
	CityVersion int64               `json:"city_version"`
}

// listCases is GET /v1/cases.
func (s *server) listCases(c echo.Context) error {
	params, err := web.Parameters(c, terms.CaseQueryWords()...)
	if err != nil {
		return err
	}
	d, err := s.takesCases()
	if err != nil {
		return err
	}
	snap := s.live.Current()
	q, err := terms.ReadCaseQuery(&params, snap)
	if err != nil {
		return err
	}
	page, err := d.store.List(c.Request().Context(), *q)
	if err != nil {
		return terms.CaseFault(s.log, c, err)
	}
	out := CaseList{Cases: make([]terms.CaseSummary, len(page.Cases)), Next: page.Next, CityVersion: snap.City.Version}
	now := d.now()
	for i := range page.Cases {
		out.Cases[i] = terms.SummaryOf(snap, &page.Cases[i], now)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	return c.JSON(http.StatusOK, out)
}
