package batch

import (
	"bytes"

	"github.com/wanmi-gis/wanmi/spatial"
)

// csvRows answers the rows of a table. Nearly all have no quote, two plain
// decimals for coordinates and a position inside a cell: of these, many are read,
// then all looked up and then all answered. All others are left to csvTable,
// which is told apart by nothing but the time it takes.
type csvRows struct {
	*csvTable

	shift shifted
	read  [rowsAtOnce]usualRow
	at    [rowsAtOnce]spatial.Coord
	cells [rowsAtOnce]int32

	// usualChain says that what is appended to a row inside depends on its cell
	// alone. tails has it by cell, where it is in bytes, once there were so many
	// rows that it pays.
	usualChain bool
	rows       int
	tails      []span
	bytes      []byte
}

// rowsAtOnce are enough to wait for memory together, and few enough that their
// text is still in the processor's cache when they are answered.
const rowsAtOnce = 64

// usualRow is where a row ends, without its line end and with it.
type usualRow struct{ text, end int }

// span is a piece of bytes; none is empty.
type span struct{ from, to uint32 }

// The tails of a worker: so many rows pay for a place for every cell, and so
// many cells and bytes are worth the memory.
const (
	manyRows     = 2000
	maxTails     = 1 << 17
	maxTailBytes = 1 << 20
)

func (t *csvRows) usual(out, data []byte) (_ []byte, size, rows int) {
	if t.o.Accuracy != "" { // candidates differ from row to row
		return out, 0, 0
	}
	for ; rows < rowsAtOnce; rows++ {
		row, c, ok := t.readRow(data[size:])
		if !ok {
			break
		}
		row.text, row.end = size+row.text, size+row.end
		t.read[rows], t.at[rows], size = row, c, row.end
	}
	if t.usualChain {
		t.snap.CellsAt(t.cells[:rows], t.at[:rows])
	}
	start := 0
	for i := range t.read[:rows] {
		row := &t.read[i]
		out = append(out, data[start:row.text]...)
		out = t.tail(out, i)
		out = append(out, data[row.text:row.end]...)
		start = row.end
	}
	return out, size, rows
}

// readRow reads the first row of data, if it is a usual one.
func (t *csvRows) readRow(data []byte) (row usualRow, c spatial.Coord, ok bool) {
	end := bytes.IndexByte(data, '\n')
	if end <= 0 || end > maxRecord {
		return row, c, false
	}
	row = usualRow{end, end + 1}
	if data[end-1] == '\r' {
		row.text--
	}
	text := data[:row.text]
	if c, ok = t.position(text); !ok || bytes.Count(text, comma) != t.width-1 {
		return row, c, false
	}
	return row, c, true
}

var comma = []byte{','}

// position reads the coordinates of a row without quotes.
func (t *csvRows) position(text []byte) (c spatial.Coord, ok bool) {
	low, high := min(t.x, t.y), max(t.x, t.y)
	text, ok = after(text, low)
	if !ok {
		return c, false
	}
	a, n := readDecimal(text)
	if n == 0 {
		return c, false
	}
	text, ok = after(text[n:], high-low)
	if !ok {
		return c, false
	}
	b, n := readDecimal(text)
	if n == 0 {
		return c, false
	}
	if t.y < t.x {
		a, b = b, a
	}
	if t.degrees {
		if x, fits := a.lattice(180e7); fits {
			if y, fits := b.lattice(90e7); fits {
				return spatial.Coord{X: x, Y: y}, true
			}
		}
	}
	x, y := a.float(), b.float()
	if c, ok = t.shift.coord(&t.finder, x, y); ok {
		return c, true
	}
	c, err := t.coord(x, y)
	return c, err == nil
}

// after leaves out so many fields.
func after(text []byte, fields int) (rest []byte, ok bool) {
	for ; fields > 0; fields-- {
		k := bytes.IndexByte(text, ',')
		if k < 0 {
			return nil, false
		}
		text = text[k+1:]
	}
	return text, true
}

// tail appends the added columns of row i.
func (t *csvRows) tail(out []byte, i int) []byte {
	if !t.usualChain || t.cells[i] == spatial.None || !t.keepsTails() {
		p := t.snap.Locate(t.at[i])
		return t.answer(out, &p)
	}
	s := &t.tails[t.cells[i]]
	if s.to == 0 {
		p := t.snap.Locate(t.at[i])
		if len(t.bytes) > maxTailBytes {
			return t.answer(out, &p)
		}
		s.from = uint32(len(t.bytes))
		t.bytes = t.answer(t.bytes, &p)
		s.to = uint32(len(t.bytes))
	}
	return append(out, t.bytes[s.from:s.to]...)
}

// keepsTails counts the row, and reports whether there were enough.
func (t *csvRows) keepsTails() bool {
	if t.tails != nil {
		return true
	}
	if t.rows++; t.rows < manyRows || len(t.snap.City.Cells) > maxTails {
		return false
	}
	t.tails = make([]span, len(t.snap.City.Cells))
	return true
}
