package stats

// Work is what an area, a department or a post did in a period, as the log counts
// it.
type Work struct {
	// Dispatched counts first dispatches, Accurate those that stood: neither
	// returned nor disputed nor ruled otherwise.
	Dispatched, Accurate int
	// Due counts those due to be closed in the period, those on hold left out,
	// OnTime of these those closed in time.
	Due, OnTime int
	// Opened and Closed count the cases of the period.
	Opened, Closed int
	// Reworked, Extended and Recurred count closed cases that were done again, had
	// their time lengthened, came back.
	Reworked, Extended, Recurred int
	// Unwatched of the closed cases were closed so short a time ago that what comes
	// back of them is not known yet: they are left out of recurrence, and none of
	// them is among Recurred.
	Unwatched int
	// HandlingS sums the seconds from dispatch to feedback over Handled cases.
	HandlingS float64
	Handled   int
	// Surveyed counts answers, Satisfied those of 4 or 5.
	Surveyed, Satisfied int
}

// Share is k of n, with Wilson's interval at 95 %.
type Share struct {
	K        int      `json:"k"`
	N        int      `json:"n"`
	Share    *float64 `json:"share"` // null of nothing
	Interval Interval `json:"interval"`
}

// ShareOf returns k of n.
func ShareOf(k, n int) Share {
	out := Share{K: k, N: n, Interval: WilsonInterval(k, n, 0.95)}
	if n > 0 {
		share := float64(k) / float64(n)
		out.Share = &share
	}
	return out
}

// Appraisal has the indices of GB/T 30428.4.
type Appraisal struct {
	Accuracy     Share    `json:"dispatch_accuracy"` // 派遣准确率
	OnTime       Share    `json:"on_time"`           // 按期结案率
	Closed       Share    `json:"closed"`            // 结案率
	Rework       Share    `json:"rework"`            // 返工率
	Extension    Share    `json:"extension"`         // 延期率
	Recurrence   Share    `json:"recurrence"`        // 反复率
	Satisfaction Share    `json:"satisfaction"`      // 回访满意度
	HandlingH    *float64 `json:"handling_h"`        // 平均处置时长, hours; null of nothing
}

var appraisalMethod = Method{
	ID: "appraisal-gbt-30428-4",
	Chinese: "评价指标按 GB/T 30428.4：派遣准确率、按期结案率（挂账除外）、结案率、返工率、延期率、反复率、回访满意度（4、5 分），" +
		"平均处置时长自派遣至反馈；各率附 Wilson 95% 区间。",
	English: "Indices of GB/T 30428.4: accuracy of first dispatch, closed in time (held cases left out), closed, reworked, extended, recurred, " +
		"satisfied in the survey (4 or 5), mean time from dispatch to feedback; shares with Wilson's interval at 95 %.",
}

// AppraisalMethod returns the method of [Appraise] in words.
func AppraisalMethod() Method { return appraisalMethod }

// Appraise returns the indices.
func Appraise(w *Work) Appraisal {
	out := Appraisal{
		Accuracy: ShareOf(w.Accurate, w.Dispatched), OnTime: ShareOf(w.OnTime, w.Due), Closed: ShareOf(w.Closed, w.Opened),
		Rework: ShareOf(w.Reworked, w.Closed), Extension: ShareOf(w.Extended, w.Closed), Recurrence: ShareOf(w.Recurred, w.Closed-w.Unwatched),
		Satisfaction: ShareOf(w.Satisfied, w.Surveyed),
	}
	if w.Handled > 0 {
		hours := w.HandlingS / 3600 / float64(w.Handled)
		out.HandlingH = &hours
	}
	return out
}
