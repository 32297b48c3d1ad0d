package web

// Limits of lists.
const (
	DefaultLimit = 100
	MaxLimit     = 10_000
)

// Limits before work (reliability.md).
const (
	MaxBodyBytes = 1 << 20
	MaxText      = 4 << 10 // bytes of one text in a body
	MaxMembers   = 128     // of one object in a body
	MaxNames     = 50      // in a list in a URL, without repetitions
)
