package cases

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

// ID names a case: a ULID, 48 bits of milliseconds since 1970 and 80 random
// bits, so that ids sort by the time they were made.
type ID [16]byte

// ErrID is returned for a text that is no id.
var ErrID = errors.New("not the id of a case")

// crockford is the alphabet of ULIDs: no I, L, O and U.
const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// idLength is the length of an id as text: 128 bits by 5, rounded up.
const idLength = 26

// String writes the id in 26 characters.
func (id ID) String() string {
	hi, lo := binary.BigEndian.Uint64(id[:8]), binary.BigEndian.Uint64(id[8:])
	var out [idLength]byte
	for i := idLength - 1; i >= 0; i-- {
		out[i] = crockford[lo&31]
		lo = lo>>5 | hi<<59
		hi >>= 5
	}
	return string(out[:])
}

// ParseID reads an id as String writes it; lower case is accepted.
func ParseID(text string) (ID, error) {
	var id ID
	if len(text) != idLength || text[0] > '7' {
		return id, fmt.Errorf("%w: %.40q", ErrID, text)
	}
	var hi, lo uint64
	for i := range len(text) {
		v := digitOf(text[i])
		if v < 0 {
			return id, fmt.Errorf("%w: %q", ErrID, text)
		}
		hi = hi<<5 | lo>>59
		lo = lo<<5 | uint64(v)
	}
	binary.BigEndian.PutUint64(id[:8], hi)
	binary.BigEndian.PutUint64(id[8:], lo)
	return id, nil
}

func digitOf(c byte) int {
	if c >= 'a' && c <= 'z' {
		c -= 'a' - 'A'
	}
	for i := range len(crockford) {
		if crockford[i] == c {
			return i
		}
	}
	return -1
}

// MarshalText and UnmarshalText make JSON have the id as text.
func (id ID) MarshalText() ([]byte, error) { return []byte(id.String()), nil }

// UnmarshalText is the inverse of MarshalText.
func (id *ID) UnmarshalText(text []byte) (err error) {
	*id, err = ParseID(string(text))
	return err
}

// At returns the millisecond the id was made in.
func (id ID) At() time.Time {
	return time.UnixMilli(int64(binary.BigEndian.Uint64(id[:8]) >> 16)).UTC()
}

// Generator makes ids that grow: two of the same millisecond, or of a clock that
// went back, follow each other by one. Safe for concurrent use.
type Generator struct {
	now    func() time.Time
	random io.Reader

	mu   sync.Mutex
	last ID
}

// NewGenerator makes ids by a clock and a source of random bytes, such as
// crypto/rand.Reader.
func NewGenerator(now func() time.Time, random io.Reader) *Generator {
	return &Generator{now: now, random: random}
}

// Next returns the next id.
func (g *Generator) Next() (ID, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var id ID
	binary.BigEndian.PutUint64(id[:8], uint64(max(0, g.now().UnixMilli()))<<16)
	if id.At().After(g.last.At()) || g.last == (ID{}) {
		if _, err := io.ReadFull(g.random, id[6:]); err != nil {
			return ID{}, fmt.Errorf("make the id of a case: %w", err)
		}
	} else {
		id = g.last
		for i := len(id) - 1; i >= 0; i-- { // carries into the time after 2⁸⁰ of one millisecond
			id[i]++
			if id[i] != 0 {
				break
			}
		}
	}
	g.last = id
	return id, nil
}
