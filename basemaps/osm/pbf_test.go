package osm

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"math"
)

// extract is a file in the making: what the tests write.
type extract struct {
	nodes     []testNode
	ways      []testWay
	relations []testRelation

	// perBlock objects go into one block; 0 is all of a kind.
	perBlock int
	plain    bool // not packed, and nodes one by one
	box      [4]float64
	written  uint64
	required []string
}

type testNode struct {
	id       int64
	lon, lat float64
	tags     tags
}

type testWay struct {
	id   int64
	refs []int64
	tags tags
}

type testRelation struct {
	id      int64
	members []testMember
	tags    tags
}

type testMember struct {
	id   int64
	role string
	kind uint64 // 0 node, 1 way, 2 relation
}

func tagged(pairs ...string) (t tags) {
	for i := 0; i < len(pairs); i += 2 {
		t = append(t, tag{pairs[i], pairs[i+1]})
	}
	return t
}

func pbVarint(b []byte, field, v uint64) []byte {
	return binary.AppendUvarint(binary.AppendUvarint(b, field<<3), v)
}

func pbBytes(b []byte, field uint64, data []byte) []byte {
	b = binary.AppendUvarint(b, field<<3|2)
	return append(binary.AppendUvarint(b, uint64(len(data))), data...)
}

func zig(v int64) uint64 { return uint64(v)<<1 ^ uint64(v>>63) }

func frame(kind string, content []byte, plain bool) []byte {
	var body []byte
	if plain {
		body = pbBytes(nil, 1, content)
	} else {
		var z bytes.Buffer
		w := zlib.NewWriter(&z)
		_, err := w.Write(content)
		if err != nil || w.Close() != nil {
			panic("a buffer refused bytes")
		}
		body = pbBytes(pbVarint(nil, 2, uint64(len(content))), 3, z.Bytes())
	}
	head := pbVarint(pbBytes(nil, 1, []byte(kind)), 3, uint64(len(body)))
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(len(head))), head...), body...)
}

// texts numbers the texts of one block.
type texts struct {
	numbers map[string]uint64
	table   []byte
}

func newTexts() *texts { return &texts{map[string]uint64{"": 0}, pbBytes(nil, 1, nil)} }

func (t *texts) number(s string) uint64 {
	n, ok := t.numbers[s]
	if !ok {
		n = uint64(len(t.numbers))
		t.numbers[s] = n
		t.table = pbBytes(t.table, 1, []byte(s))
	}
	return n
}

func (t *texts) pairs(b []byte, all tags) []byte {
	var keys, values []byte
	for _, p := range all {
		keys = binary.AppendUvarint(keys, t.number(p.key))
		values = binary.AppendUvarint(values, t.number(p.value))
	}
	if len(keys) > 0 {
		b = pbBytes(pbBytes(b, 2, keys), 3, values)
	}
	return b
}

func quanta(degrees float64) int64 { return int64(math.Round(degrees * 1e7)) }

func (t *texts) dense(nodes []testNode) []byte {
	var ids, lons, lats, pairs []byte
	var id, lon, lat int64
	for _, n := range nodes {
		ids = binary.AppendUvarint(ids, zig(n.id-id))
		lons = binary.AppendUvarint(lons, zig(quanta(n.lon)-lon))
		lats = binary.AppendUvarint(lats, zig(quanta(n.lat)-lat))
		id, lon, lat = n.id, quanta(n.lon), quanta(n.lat)
		for _, p := range n.tags {
			pairs = binary.AppendUvarint(binary.AppendUvarint(pairs, t.number(p.key)), t.number(p.value))
		}
		pairs = append(pairs, 0)
	}
	return pbBytes(nil, 2, pbBytes(pbBytes(pbBytes(pbBytes(nil, 1, ids), 8, lats), 9, lons), 10, pairs))
}

func (t *texts) one(n testNode) []byte {
	b := t.pairs(pbVarint(nil, 1, zig(n.id)), n.tags)
	return pbBytes(nil, 1, pbVarint(pbVarint(b, 8, zig(quanta(n.lat))), 9, zig(quanta(n.lon))))
}

func (t *texts) way(w testWay) []byte {
	b, last, refs := t.pairs(pbVarint(nil, 1, uint64(w.id)), w.tags), int64(0), []byte(nil)
	for _, r := range w.refs {
		refs, last = binary.AppendUvarint(refs, zig(r-last)), r
	}
	return pbBytes(nil, 3, pbBytes(b, 8, refs))
}

func (t *texts) relation(r testRelation) []byte {
	b, last := t.pairs(pbVarint(nil, 1, uint64(r.id)), r.tags), int64(0)
	var roles, ids, kinds []byte
	for _, m := range r.members {
		roles = binary.AppendUvarint(roles, t.number(m.role))
		ids, last = binary.AppendUvarint(ids, zig(m.id-last)), m.id
		kinds = binary.AppendUvarint(kinds, m.kind)
	}
	return pbBytes(nil, 4, pbBytes(pbBytes(pbBytes(b, 8, roles), 9, ids), 10, kinds))
}

func (t *texts) block(group []byte) []byte { return pbBytes(pbBytes(nil, 1, t.table), 2, group) }

// pieces cuts objects into blocks.
func pieces[T any](all []T, n int, put func([]T)) {
	if n <= 0 {
		n = len(all)
	}
	for len(all) > 0 {
		k := min(n, len(all))
		put(all[:k])
		all = all[k:]
	}
}

func (x *extract) header() []byte {
	var b []byte
	if x.box != [4]float64{} {
		var box []byte
		for i, side := range x.box { // left, right, top, bottom
			box = pbVarint(box, uint64(i+1), zig(quanta(side)*100))
		}
		b = pbBytes(b, 1, box)
	}
	for _, f := range append([]string{"OsmSchema-V0.6", "DenseNodes"}, x.required...) {
		b = pbBytes(b, 4, []byte(f))
	}
	if x.written > 0 {
		b = pbVarint(b, 32, x.written)
	}
	return b
}

// bytes is the file.
func (x *extract) bytes() []byte {
	out := frame("OSMHeader", x.header(), x.plain)
	add := func(t *texts, group []byte) { out = append(out, frame("OSMData", t.block(group), x.plain)...) }
	pieces(x.nodes, x.perBlock, func(some []testNode) {
		t := newTexts()
		if !x.plain {
			add(t, t.dense(some))
			return
		}
		var group []byte
		for _, n := range some {
			group = append(group, t.one(n)...)
		}
		add(t, group)
	})
	pieces(x.ways, x.perBlock, func(some []testWay) {
		t, group := newTexts(), []byte(nil)
		for _, w := range some {
			group = append(group, t.way(w)...)
		}
		add(t, group)
	})
	pieces(x.relations, x.perBlock, func(some []testRelation) {
		t, group := newTexts(), []byte(nil)
		for _, r := range some {
			group = append(group, t.relation(r)...)
		}
		add(t, group)
	})
	return out
}

// node adds a node and returns its id.
func (x *extract) node(lon, lat float64, pairs ...string) int64 {
	id := int64(len(x.nodes) + 1)
	x.nodes = append(x.nodes, testNode{id, lon, lat, tagged(pairs...)})
	return id
}

// way adds a way of nodes and returns its id.
func (x *extract) way(refs []int64, pairs ...string) int64 {
	id := int64(len(x.ways) + 1001)
	x.ways = append(x.ways, testWay{id, refs, tagged(pairs...)})
	return id
}

func (x *extract) relation(members []testMember, pairs ...string) int64 {
	id := int64(len(x.relations) + 2001)
	x.relations = append(x.relations, testRelation{id, members, tagged(pairs...)})
	return id
}

// square adds the nodes of a closed way around a place.
func (x *extract) square(lon, lat, half float64) []int64 {
	a := x.node(lon-half, lat-half)
	return []int64{a, x.node(lon+half, lat-half), x.node(lon+half, lat+half), x.node(lon-half, lat+half), a}
}

func outer(id int64) testMember { return testMember{id, "outer", 1} }
func inner(id int64) testMember { return testMember{id, "inner", 1} }
