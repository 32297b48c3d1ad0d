package tiler

import "sync"

// LayerSet is a set of layers, one bit each by their place in the catalogue.
type LayerSet uint64

// marks remember when tiles last changed, layer by layer. They are bounded:
// [Cache.forget] makes room.
type marks struct {
	mu sync.RWMutex
	// floor is the serial up to which every tile counts as changed; at has
	// those changed since.
	floor, last uint64
	at          map[mark]uint64
}

// mark names a tile of one layer.
type mark struct {
	id    ID
	layer uint8
}

// maxMarks bounds the map: at 11 zooms and two positions a move, some 3,000
// moves, and 4 MB.
const maxMarks = 1 << 16

// changed returns the serial of the last change of any of the layers in the
// tile. The caller holds mu.
func (m *marks) changed(k *Key) uint64 {
	last := m.floor
	if len(m.at) == 0 {
		return last
	}
	for layers, n := k.Layers, uint8(0); layers != 0; layers, n = layers>>1, n+1 {
		if layers&1 != 0 {
			last = max(last, m.at[mark{k.ID, n}])
		}
	}
	return last
}

// Dirty is what changed in one layer, given by its place in the catalogue.
type Dirty struct {
	Layer int
	Tiles []ID
}

// Touch notes that the snapshot with the serial differs from the one before in
// these tiles. It must be called once for the snapshot, before a reader can
// have it: whoever looks sees all of a change's tiles or none.
func (c *Cache) Touch(serial uint64, dirty []Dirty) {
	m, n := &c.marks, 0
	for i := range dirty {
		n += len(dirty[i].Tiles)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if n > maxMarks {
		c.touchAll(serial)
		return
	}
	if len(m.at)+n > maxMarks {
		c.forget()
	}
	for i := range dirty {
		for _, id := range dirty[i].Tiles {
			m.at[mark{id, uint8(dirty[i].Layer)}] = serial
		}
	}
	c.noted(serial)
}

// TouchAll notes that the snapshot with the serial may differ in everything.
func (c *Cache) TouchAll(serial uint64) {
	c.marks.mu.Lock()
	defer c.marks.mu.Unlock()
	c.touchAll(serial)
}

func (c *Cache) touchAll(serial uint64) {
	m := &c.marks
	m.floor = serial
	clear(m.at)
	c.noted(serial)
	if c.tiles != nil {
		c.tiles.InvalidateAll()
	}
}

// noted lets readers know that there is something to look up.
func (c *Cache) noted(serial uint64) {
	c.marks.last = serial
	c.last.Store(serial)
}

// forget drops all marks. What is kept and still true is confirmed first, so
// that nothing is lost but what is being made at this moment.
func (c *Cache) forget() {
	m := &c.marks
	if c.tiles != nil {
		for k, t := range c.tiles.All() {
			if asOf := t.asOf.Load(); m.changed(&k) > asOf {
				c.tiles.Invalidate(k)
			} else {
				raise(&t.asOf, m.last)
			}
		}
	}
	m.floor = m.last
	clear(m.at)
}
