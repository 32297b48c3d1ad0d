package web

// JobState is how far work is that goes on beside the requests.
type JobState string

// The states, in their order; of the last two one.
const (
	Queued  JobState = "queued"
	Running JobState = "running"
	Done    JobState = "done"
	Failed  JobState = "failed"
)
