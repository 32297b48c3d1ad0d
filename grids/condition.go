package grids

// Condition is a condition for opening a case (立案条件): what exactly is wrong
// with something of a minor category, and how long one stage of the case may
// take then.
type Condition struct {
	Scheme string
	Kind   Kind
	// Minor is the code of the minor category in the scheme.
	Minor string
	// Code tells the conditions of one minor apart.
	Code string
	Text string
	// Stage is the stage of the case that the limit is for.
	Stage string
	// Limit is how long that may take, in Unit: urgent_hour, urgent_day,
	// work_hour, work_day or natural_day.
	Limit float64
	Unit  string
}

// CalendarDay says of one date whether it is a working day, where that is not
// what its day of the week says or needs saying.
type CalendarDay struct {
	Date    string // 2026-02-14
	Working bool
	Name    string // of the holiday
}
