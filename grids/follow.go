package grids

import "sort"

// Change is what a snapshot that is published differs in from the one before.
type Change struct {
	// Serial counts what was published, from 1 for what Live started with. It
	// orders snapshots where versions need not: see [Live.Served].
	Serial uint64
	// Epoch and Version are those of the city from then on.
	Epoch   string
	Version int64
	// Whole says that everything may be another: a city that was read anew, or
	// rows that started or ended to hold.
	Whole bool
	// Rows are what differs otherwise, each row once.
	Rows []RowChange
}

// RowChange is a row as it was drawn and as it is; nil where it is not.
type RowChange struct {
	Layer         Layer
	Before, After *Feature
}

// Follower is told of every change, in order and one at a time: Coming before
// a reader can have the new snapshot, so that what is noted then is known to
// whoever does, and Published after. Both hold up the next change and must not
// publish themselves.
type Follower struct {
	Coming, Published func(*Change)
}

// Follow tells the follower of all changes from now on.
func (l *Live) Follow(f Follower) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.followers = append(l.followers, f)
}

// served is a snapshot and its place among all that were published.
type served struct {
	*Snapshot
	serial uint64
}

// Served returns the snapshot that is served now and its serial: of two
// answers, the one from the higher serial is the later truth. A fold, which
// changes no row, keeps the serial.
func (l *Live) Served() (s *Snapshot, serial uint64) {
	now := l.current.Load()
	return now.Snapshot, now.serial
}

// swap publishes s. The caller holds mu.
func (l *Live) swap(s *Snapshot, c Change) {
	c.Serial = l.current.Load().serial + 1
	c.Epoch, c.Version = s.City.Epoch, s.City.Version
	for _, f := range l.followers {
		f.Coming(&c)
	}
	l.current.Store(&served{s, c.Serial})
	for _, f := range l.followers {
		f.Published(&c)
	}
}

// changes compares the edited rows of two snapshots.
func changes(before, after *Snapshot, edits []Edit) []RowChange {
	type row struct {
		layer Layer
		fid   int64
	}
	seen := make(map[row]bool, len(edits))
	out := make([]RowChange, 0, len(edits))
	for i := range edits {
		l, f := edits[i].Row()
		if seen[row{l, f.FID}] {
			continue
		}
		seen[row{l, f.FID}] = true
		c := RowChange{Layer: l, Before: before.held(l, f), After: after.held(l, f)}
		if c.Before != nil || c.After != nil {
			out = append(out, c)
		}
	}
	return out
}

// held returns the row with the FID and code of f if it holds, else nil.
func (s *Snapshot) held(l Layer, f *Feature) *Feature {
	x := s.layers[l]
	var gone bitset
	if o := x.over; o != nil {
		if at, known := o.search(f.FID); known {
			own := o.feature(o.base + o.byFID[at])
			if !own.Valid.Holds(s.at) {
				return nil
			}
			return own
		}
		gone = o.gone
	}
	i := sort.Search(x.n, func(i int) bool { return x.feature(int32(i)).Code >= f.Code })
	for ; i < x.n; i++ {
		row := x.feature(int32(i))
		if row.Code != f.Code {
			break
		}
		if row.FID == f.FID && !gone.has(i) {
			return row
		}
	}
	return nil
}
