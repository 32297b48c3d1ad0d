package heat

import (
	"context"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// City is what all cases of a table share.
type City struct {
	// Plane is where metres are measured (crs.LocalPlane).
	Plane crs.TM
	// Zone is the time that hours and days are of; nil is UTC.
	Zone *time.Location
	// Areas are the cells that rows name, and what these lie in; nil is none.
	Areas *Areas
}

// Table has the cases of a city and takes their changes. Readers work on a
// [View] and never wait.
//
// It is three columns of cases, each some hundred times as many as the next:
//
//	base      all there were when the table was made or last folded
//	middle    what came since
//	newest    the last few of these
//
// A change of a case marks its row as dead and writes it anew to the newest,
// which are few and sorted again each time; full, they are merged into the
// middle. Fold merges all into a new base, beside the old.
type Table struct {
	city City
	view atomic.Pointer[View]

	mu      sync.Mutex // held by writers
	folding bool
	pending []Change // since folding began
}

// newestRows is how many rows are sorted anew at a change: 0.1 ms.
const newestRows = 1024

// Change is a case that is new or not as it was, or is there no more.
type Change struct {
	Row
	// Deleted takes the case away; of the row only FID is needed, and At helps
	// to find it.
	Deleted bool
}

// View is the cases as they were at one moment. Immutable.
type View struct {
	city     *City
	segments []segment
	serial   uint64
	rows     int
}

// segment is one of a table's columns, with the rows of it that count no more.
type segment struct {
	*columns
	dead []uint32 // ascending
}

// NewTable makes a table of rows, each with a FID of its own. An error wraps
// [ErrRow] or [ErrTooManyRows], or is the context's. Ten million rows take some
// second and a half and 21 bytes each, and while it works 35 bytes more.
func NewTable(ctx context.Context, city City, rows iter.Seq[Row]) (*Table, error) {
	if city.Zone == nil {
		city.Zone = time.UTC
	}
	if city.Areas == nil {
		city.Areas = &Areas{}
	}
	t := &Table{city: city}
	base, err := t.build(ctx, rows)
	if err != nil {
		return nil, err
	}
	t.publish([]segment{{columns: base}}, 1)
	return t, nil
}

func (t *Table) build(ctx context.Context, rows iter.Seq[Row]) (*columns, error) {
	return build(ctx, t.city.Plane, t.city.Zone, t.city.Areas, rows)
}

func (t *Table) publish(segments []segment, serial uint64) {
	v := &View{city: &t.city, segments: segments, serial: serial}
	for _, s := range segments {
		v.rows += len(s.at) - len(s.dead)
	}
	t.view.Store(v)
}

// View returns the cases as they are now.
func (t *Table) View() *View { return t.view.Load() }

// Serial is a number that rises with each change of the table.
func (v *View) Serial() uint64 { return v.serial }

// Len is the number of cases.
func (v *View) Len() int { return v.rows }

// Areas returns the areas that rows name.
func (v *View) Areas() *Areas { return v.city.Areas }

// Bytes is the memory the cases take.
func (v *View) Bytes() (n int) {
	for _, s := range v.segments {
		n += s.bytes() + 4*len(s.dead)
	}
	return n
}

// Tail is how many rows a fold would move or drop: it pays when they are more
// than a tenth of all, and 100,000.
func (t *Table) Tail() (n int) {
	for i, s := range t.View().segments {
		n += len(s.dead)
		if i > 0 {
			n += len(s.at)
		}
	}
	return n
}

// Apply makes the changes, all or, with an error, none. Of several for one case
// the last counts.
func (t *Table) Apply(ctx context.Context, changes []Change) error {
	for i := range changes {
		if changes[i].Deleted {
			continue
		}
		if err := changes[i].check(len(t.city.Areas.Codes(Cells))); err != nil {
			return err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	v := t.View()
	segments, err := t.changed(ctx, v.segments, changes)
	if err != nil {
		return err
	}
	if t.folding {
		t.pending = append(t.pending, changes...)
	}
	t.publish(segments, v.serial+1)
	return nil
}

// changed returns the segments with the changes.
func (t *Table) changed(ctx context.Context, old []segment, changes []Change) ([]segment, error) {
	segments := slices.Clone(old)
	last := make(map[uint32]int, len(changes))
	for i := range changes {
		last[changes[i].FID] = i
	}
	var added []Row
	for i := range changes {
		if last[changes[i].FID] != i {
			continue
		}
		if !changes[i].Deleted {
			added = append(added, changes[i].Row)
		}
	}
	for s := range segments {
		segments[s].bury(changes)
	}
	if len(added) == 0 {
		return segments, nil
	}
	for len(segments) < 3 {
		segments = append(segments, segment{columns: &columns{}})
	}
	merge := segments[2:]
	if len(segments[2].at)+len(added) > newestRows {
		merge = segments[1:]
	}
	built, err := t.build(ctx, func(yield func(Row) bool) {
		for _, s := range merge {
			if !s.each(yield) {
				return
			}
		}
		for _, r := range added {
			if !yield(r) {
				return
			}
		}
	})
	if err != nil {
		return nil, err
	}
	for i := range merge {
		merge[i] = segment{columns: &columns{}}
	}
	merge[0] = segment{columns: built}
	return segments, nil
}

// bury marks the rows of changed cases as dead.
func (s *segment) bury(changes []Change) {
	var dead, elsewhere []uint32
	for i := range changes {
		if row, ok := s.near(changes[i].FID, changes[i].At); ok {
			dead = append(dead, row)
		} else {
			elsewhere = append(elsewhere, changes[i].FID)
		}
	}
	dead = append(dead, s.search(elsewhere)...)
	if len(dead) == 0 {
		return
	}
	dead = append(dead, s.dead...)
	slices.Sort(dead)
	s.dead = slices.Compact(dead)
}

// each yields the rows that count.
func (s *segment) each(yield func(Row) bool) bool {
	dead := s.dead
	for i := range s.blocks {
		b := &s.blocks[i]
		for r := b.from; r < b.to; r++ {
			if len(dead) > 0 && dead[0] == r {
				dead = dead[1:]
				continue
			}
			if !yield(s.row(b, r)) {
				return false
			}
		}
	}
	return true
}

// Fold sorts all cases anew. Readers and writers go on meanwhile; a second fold
// at the same time does nothing.
func (t *Table) Fold(ctx context.Context) error {
	t.mu.Lock()
	if t.folding {
		t.mu.Unlock()
		return nil
	}
	t.folding = true
	v := t.View()
	t.mu.Unlock()
	base, err := t.build(ctx, func(yield func(Row) bool) {
		for i := range v.segments {
			if !v.segments[i].each(yield) {
				return
			}
		}
	})
	t.mu.Lock()
	defer t.mu.Unlock()
	pending := t.pending
	t.folding, t.pending = false, nil
	if err != nil {
		return err
	}
	segments, err := t.changed(ctx, []segment{{columns: base}}, pending)
	if err != nil {
		return err
	}
	t.publish(segments, t.View().serial+1)
	return nil
}

// Get returns a case as it is; at helps to find it.
func (v *View) Get(fid uint32, at spatial.Coord) (Row, bool) {
	for i := len(v.segments) - 1; i >= 0; i-- {
		s := &v.segments[i]
		row, ok := s.near(fid, at)
		if !ok {
			rows := s.search([]uint32{fid})
			if len(rows) == 0 {
				continue
			}
			row = rows[0]
		}
		if _, dead := slices.BinarySearch(s.dead, row); !dead {
			return s.row(s.blockOf(row), row), true
		}
	}
	return Row{}, false
}
