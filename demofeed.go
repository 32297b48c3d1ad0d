package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// feedDesk is where the demo's live feed brings its cases: reports go through the
// server's own API, so that each is placed, decided and, where the rules are sure,
// dispatched like anybody's; steps go to the store.
type feedDesk struct {
	*cases.City
	handler http.Handler
	tokens  map[cases.Role]string
}

// newFeedTokens makes tokens that nobody else knows for those who report.
func newFeedTokens() (tokens map[cases.Role]string, list []config.Token) {
	tokens = map[cases.Role]string{}
	for _, role := range cases.Roles() {
		tokens[role] = rand.Text()
		list = append(list, config.NewToken(tokens[role], cityfile.Actor{ID: demoToken + "-" + string(role), Role: string(role)}))
	}
	return tokens, list
}

// Append takes a report over the API and any other step into the store.
func (d *feedDesk) Append(ctx context.Context, r cases.Request) (cases.Receipt, error) {
	if r.Kind != cases.Report || r.Report == nil {
		return d.City.Append(ctx, r)
	}
	draft := r.Report
	body, err := json.Marshal(map[string]any{
		"lon": draft.At.Lon(), "lat": draft.At.Lat(), "accuracy_m": draft.AccuracyM, "kind": draft.Kind, "category": draft.Category,
		"condition": draft.Condition, "component": draft.Component, "description": draft.Description, "source": draft.Source,
		"source_system": draft.System, "external_id": draft.ExternalID, "reported_at": draft.ReportedAt,
	})
	if err != nil {
		return cases.Receipt{}, err
	}
	ask, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://demo/v1/cases", bytes.NewReader(body))
	if err != nil {
		return cases.Receipt{}, err
	}
	ask.Header.Set("Authorization", "Bearer "+d.tokens[r.Actor.Role])
	ask.Header.Set("Content-Type", "application/json")
	answer := &answered{head: http.Header{}}
	d.handler.ServeHTTP(answer, ask)
	var made struct {
		Case struct {
			ID      cases.ID `json:"id"`
			Version int      `json:"version"`
		} `json:"case"`
	}
	if answer.status != http.StatusCreated {
		return cases.Receipt{}, fmt.Errorf("%d: %s", answer.status, answer.body.String())
	}
	err = json.Unmarshal(answer.body.Bytes(), &made)
	return cases.Receipt{ID: made.Case.ID, Version: made.Case.Version}, err
}

// answered keeps what the API answers.
type answered struct {
	head   http.Header
	status int
	body   bytes.Buffer
}

// Header, WriteHeader and Write implement http.ResponseWriter.
func (a *answered) Header() http.Header    { return a.head }
func (a *answered) WriteHeader(status int) { a.status = status }
func (a *answered) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.body.Write(b)
}
