package cityfile

import "strings"

// texts keeps one copy of each text of a column whose texts recur, as units,
// states and classes do by the hundred thousand.
type texts struct {
	last  string
	seen  map[string]string
	asked int
	found int
}

// A column of which fewer than one text in recurEvery was there before, after
// the first recurTrial, does not recur: it is no longer looked up.
const (
	recurTrial = 1 << 12
	recurEvery = 8
)

func (t *texts) of(b []byte, room *textBlock) string {
	if len(b) == 0 {
		return ""
	}
	if string(b) == t.last { // rows come by kind and street
		return t.last
	}
	if t.asked >= recurTrial && t.found*recurEvery < t.asked {
		t.seen = nil
		return room.text(b)
	}
	t.asked++
	s, ok := t.seen[string(b)]
	if ok {
		t.found++
	} else {
		if t.seen == nil {
			t.seen = map[string]string{}
		}
		s = room.text(b)
		t.seen[s] = s
	}
	t.last = s
	return s
}

// textBlock makes strings that stand one after the other in blocks: the
// collector meets one object where there were thousands.
type textBlock struct{ b strings.Builder }

const textBlockBytes = 1 << 16

func (t *textBlock) text(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	if len(b) > textBlockBytes/8 {
		return string(b)
	}
	if t.b.Cap()-t.b.Len() < len(b) {
		t.b.Reset() // the texts in it keep the block
		t.b.Grow(textBlockBytes)
	}
	from := t.b.Len()
	t.b.Write(b)
	return t.b.String()[from:]
}
