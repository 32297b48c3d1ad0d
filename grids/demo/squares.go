package demo

// squares is the set of squares of the plan on which something stands: open
// addressing on 8 bytes a square, since a map would take 40 for each of five
// million things.
type squares struct {
	keys []uint64
	n    int
}

// apartCm is the side of the squares of which no two components share one.
const apartCm = 100

// squareKey is never 0, which marks an empty slot: bit 63 is always set, and
// 31 bits are enough for the metres of any city.
func squareKey(p pt) uint64 {
	return 1<<63 | uint64(uint32(p.x/apartCm)&0x7fffffff)<<32 | uint64(uint32(p.y/apartCm))
}

// slot is where the key is or would go.
func (q *squares) slot(key uint64) int {
	mask := len(q.keys) - 1
	i := int(key*0x9e3779b97f4a7c15>>20) & mask
	for q.keys[i] != 0 && q.keys[i] != key {
		i = (i + 1) & mask
	}
	return i
}

// taken tells whether something stands on the square of p.
func (q *squares) taken(p pt) bool {
	return q.n > 0 && q.keys[q.slot(squareKey(p))] != 0
}

// take marks the square of p.
func (q *squares) take(p pt) {
	if 4*q.n >= 3*len(q.keys) {
		old := q.keys
		q.keys = make([]uint64, max(2*len(old), 1<<12))
		for _, k := range old {
			if k != 0 {
				q.keys[q.slot(k)] = k
			}
		}
	}
	if i := q.slot(squareKey(p)); q.keys[i] == 0 {
		q.keys[i] = squareKey(p)
		q.n++
	}
}
