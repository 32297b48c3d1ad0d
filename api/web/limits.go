package web

import "time"

// Limits before work (reliability.md).
const (
	// ReadTimeout and AnswerTimeout are how long a request may come and an answer
	// may be made and taken.
	ReadTimeout   = 30 * time.Second
	AnswerTimeout = 30 * time.Second

	MaxBodyBytes  = 1 << 20  // of JSON, unless a route has its own
	MaxText       = 4 << 10  // bytes of one text in a body
	MaxMembers    = 128      // of one object in a body
	MaxAttributes = 64 << 10 // bytes of what a row has in attributes
	MaxJSONDepth  = 16       // of lists and objects in each other
	MaxNames      = 50       // in a list in a URL, without repetitions

	// DefaultLimit and MaxLimit are how many rows a page of a list has unless
	// asked, and at most.
	DefaultLimit = 100
	MaxLimit     = 10_000
)
