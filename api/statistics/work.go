package statistics

import (
	"math"
	"time"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/grids/cases"
	"github.com/wanmi-gis/wanmi/grids/stats"
)

// unixOf is a time in seconds, 0 for none.
func unixOf(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// satisfied is the least answer to a survey that says so, of 5.
const satisfied = 4

// workOf is what one case adds to the indices of GB/T 30428.4, the deadline aside.
func workOf(l *cases.Log) (w stats.Work) {
	o := cases.OutcomeOf(l.Events)
	if o.First != "" {
		w.Dispatched = 1
		if o.Returns == 0 && o.Disputes == 0 && (!o.Ruled || o.Last == o.First) {
			w.Accurate = 1
		}
	}
	var feedback time.Time
	for i := range l.Events {
		switch e := &l.Events[i]; e.Kind {
		case cases.Open:
			w.Opened = 1
		case cases.Extend:
			w.Extended = 1
		case cases.Feedback:
			feedback = e.At
		case cases.Survey:
			if w.Surveyed++; e.Score >= satisfied {
				w.Satisfied++
			}
		}
	}
	if l.State == cases.Closed {
		w.Closed = 1
		w.Opened = 1 // what came from elsewhere may tell no more than its closing
		w.Reworked = min(1, o.Reworks)
	} else {
		w.Extended = 0 // of closed cases
	}
	if o.First != "" && !feedback.IsZero() && !feedback.Before(o.FirstAt) {
		w.Handled, w.HandlingS = 1, feedback.Sub(o.FirstAt).Seconds()
	}
	return w
}

func sum(into, w *stats.Work) {
	for _, n := range [...]struct {
		into *int
		more int
	}{
		{&into.Dispatched, w.Dispatched},
		{&into.Accurate, w.Accurate},
		{&into.Due, w.Due},
		{&into.OnTime, w.OnTime},
		{&into.Opened, w.Opened},
		{&into.Closed, w.Closed},
		{&into.Reworked, w.Reworked},
		{&into.Extended, w.Extended},
		{&into.Handled, w.Handled},
		{&into.Unwatched, w.Unwatched},
		{&into.Surveyed, w.Surveyed},
		{&into.Satisfied, w.Satisfied},
	} {
		*n.into += n.more
	}
	into.HandlingS += w.HandlingS
}

// Indices are those of GB/T 30428.4.
type Indices struct {
	Accuracy     terms.StatShare `json:"dispatch_accuracy" doc:"派遣准确率"`
	OnTime       terms.StatShare `json:"on_time" doc:"按期结案率"`
	Closed       terms.StatShare `json:"closed" doc:"结案率"`
	Rework       terms.StatShare `json:"rework" doc:"返工率"`
	Extension    terms.StatShare `json:"extension" doc:"延期率"`
	Recurrence   terms.StatShare `json:"recurrence" doc:"反复率"`
	Satisfaction terms.StatShare `json:"satisfaction" doc:"回访满意度"`
	HandlingH    terms.Figure    `json:"handling_h" doc:"平均处置时长, hours; null of nothing"`
}

func indices(w *stats.Work) Indices {
	a := stats.Appraise(w)
	hours := math.NaN()
	if a.HandlingH != nil {
		hours = *a.HandlingH
	}
	return Indices{
		terms.ShareOf(a.Accuracy), terms.ShareOf(a.OnTime), terms.ShareOf(a.Closed), terms.ShareOf(a.Rework), terms.ShareOf(a.Extension), terms.ShareOf(a.Recurrence),
		terms.ShareOf(a.Satisfaction), terms.Figure(hours),
	}
}
