//go:build peers

package peers

import (
	"syscall"
	"time"
)

// Made is a tile and what making it took.
type Made struct {
	Body      []byte
	Wall, CPU time.Duration
}

// Rounds is how often each is measured, by turns.
const Rounds = 5

// Measured takes the time of this process.
func Measured(work func() ([]byte, error)) (m Made, err error) {
	before, start := ProcessTime(), time.Now()
	m.Body, err = work()
	m.Wall, m.CPU = time.Since(start), ProcessTime()-before
	return m, err
}

// ProcessTime is how long this process was on processors.
func ProcessTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
