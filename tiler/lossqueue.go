package tiler

// none stands in lossQueue.current where a vertex is not in line.
const none = -1

// loss is a vertex and how far its border is off once it is gone.
type loss struct {
	err    float64
	vertex int32
}

func (l loss) less(o loss) bool { return l.err < o.err || (l.err == o.err && l.vertex < o.vertex) }

// lossQueue hands out the smallest loss first, ties by vertex: a binary heap.
// A loss whose error is not the current one of its vertex is out of date.
type lossQueue struct {
	heap    []loss
	current []float64 // by vertex
}

func (q *lossQueue) push(l loss) {
	q.heap = append(q.heap, l)
	i := len(q.heap) - 1
	for i > 0 {
		up := (i - 1) / 2
		if !l.less(q.heap[up]) {
			break
		}
		q.heap[i] = q.heap[up]
		i = up
	}
	q.heap[i] = l
}

func (q *lossQueue) pop() (least loss, ok bool) {
	n := len(q.heap) - 1
	if n < 0 {
		return loss{}, false
	}
	least = q.heap[0]
	last := q.heap[n]
	q.heap = q.heap[:n]
	i := 0
	for {
		down := 2*i + 1
		if down >= n {
			break
		}
		if down+1 < n && q.heap[down+1].less(q.heap[down]) {
			down++
		}
		if !q.heap[down].less(last) {
			break
		}
		q.heap[i] = q.heap[down]
		i = down
	}
	if n > 0 {
		q.heap[i] = last
	}
	return least, true
}
