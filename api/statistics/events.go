package statistics

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
)

// StatProgress is how far a statistic is.
type StatProgress struct {
	ID    string `json:"id"`
	State string `json:"state" enum:"queued,running,done,failed"`
	Done  int64  `json:"done" doc:"Cases that were read so far"`
	Total int64  `json:"total" doc:"Of so many; 0 until they are counted"`
	Fault string `json:"fault,omitempty" doc:"Why it failed"`
}

// looksEvery is how often it is told how far a statistic is.
const looksEvery = 200 * time.Millisecond

// statEvents is GET /v1/stats/jobs/{id}/events: progress until it is done or failed.
func (s *server) events(c echo.Context) error {
	all, j, err := s.find(c)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Type", web.TypeEvents)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // a proxy that buffers would tell in lumps
	c.Response().WriteHeader(http.StatusOK)
	if web.WantsHead(c) {
		return nil
	}
	s.tellProgress(c, all, j)
	return nil
}

// tellProgress tells what changed until the job is over, the client leaves or the
// server stops.
func (s *server) tellProgress(c echo.Context, all *Jobs, j *job) {
	d := web.NewDuplex(c)
	d.KeepReading()
	look, beat := time.NewTicker(looksEvery), time.NewTicker(s.heartbeat)
	defer look.Stop()
	defer beat.Stop()
	var told StatProgress
	write := func(text []byte) bool {
		_, err := d.Write(text)
		return err == nil // else gone, or too slow
	}
	for {
		over := j.isOver() // before it is looked at: what is told last is the end
		if now := all.progress(j); now != told {
			told = now
			if !write(progressText(now, over)) {
				return
			}
		}
		if over {
			return
		}
		select {
		case <-j.over:
		case <-look.C:
		case <-beat.C:
			if !write([]byte(":\n\n")) {
				return
			}
		case <-c.Request().Context().Done():
			return
		case <-s.until.Done():
			return
		}
	}
}

// progressText is an event: progress, and at the end done or failed.
func progressText(p StatProgress, over bool) []byte {
	name := "progress"
	if over {
		name = p.State
	}
	body, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts and numbers
	}
	return fmt.Appendf(nil, "event: %s\ndata: %s\n\n", name, body)
}

// progress is how far a job is.
func (s *Jobs) progress(j *job) StatProgress {
	out := StatProgress{ID: j.id, State: string(web.Queued), Done: j.done.Load(), Total: j.total.Load()}
	switch {
	case !j.isOver():
		if j.running.Load() {
			out.State = string(web.Running)
		}
	case j.err != nil:
		out.State, out.Fault = string(web.Failed), s.fault(j.err)
	default:
		out.State = string(web.Done)
	}
	return out
}

func (s *server) describeStatEvents(api huma.API, id *huma.Param) {
	schema := huma.SchemaFromType(api.OpenAPI().Components.Schemas, reflect.TypeFor[StatProgress]())
	s.doc.AddOperation(&huma.Operation{
		OperationID: "stats-job-events", Method: http.MethodGet, Path: "/v1/stats/jobs/{id}/events", Tags: []string{"statistics"},
		Summary: "Server-sent events: how far a statistic is",
		Description: "`progress` at most five times a second while it waits and is worked out, then `done` or `failed` and the end; each with a StatProgress as data. " +
			"DELETE /v1/stats/jobs/{id} cancels it: it has then failed.",
		Parameters: []*huma.Param{id},
		Responses: map[string]*huma.Response{
			"200":     {Description: "Events, until it is over", Content: map[string]*huma.MediaType{web.TypeEvents: {Schema: schema}}},
			"default": web.ProblemResponse(api),
		},
	})
}
