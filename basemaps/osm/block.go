package osm

import (
	"errors"
	"fmt"

	"github.com/wanmi-gis/wanmi/spatial"
)

// Reasons for [ErrBlock].
var (
	errLists  = errors.New("lists of different lengths")
	errString = errors.New("a text that is not in its table")
)

// maxTexts bounds the table of one block, in which writers put 8,000 objects: a
// text of one byte takes 24 once it is read.
const maxTexts = 1 << 20

// ErrPosition says that an object is nowhere on the globe.
var ErrPosition = errors.New("is not on the globe")

// tags are the key and value pairs of one object. They are good while its block
// is being read.
type tags []tag

type tag struct{ key, value string }

// get returns the value of a key, "" for none.
func (t tags) get(key string) string {
	for i := range t {
		if t[i].key == key {
			return t[i].value
		}
	}
	return ""
}

// role is what a way is to a relation.
type role uint8

const (
	otherRole role = iota
	outerRole
	innerRole
)

type member struct {
	way  int64
	role role
}

// reader is told what is in a block. Slices are reused after the call; functions
// that are nil have nothing decoded for them.
type reader struct {
	node     func(id int64, at spatial.Coord, t tags) error
	way      func(id int64, refs []int64, t tags) error
	relation func(id int64, members []member, t tags) error

	texts   []string
	tags    tags
	refs    []int64
	members []member

	granularity, west, south int64
}

// block decodes one block of data. Errors wrap ErrBlock or ErrPosition, or are
// those of the reader's functions.
func (r *reader) block(b []byte) error {
	r.texts, r.granularity, r.west, r.south = r.texts[:0], 100, 0, 0
	m := message{rest: b}
	for m.next() { // the table and the scale may stand after the groups
		switch {
		case m.is(1, wireBytes):
			table := message{rest: m.data}
			for table.next() {
				if len(r.texts) == maxTexts {
					return fmt.Errorf("%w: more than %d texts", ErrBlock, maxTexts)
				}
				if table.is(1, wireBytes) {
					r.texts = append(r.texts, string(table.data))
				}
			}
			if table.err != nil {
				return fmt.Errorf("%w: its texts: %w", ErrBlock, table.err)
			}
		case m.is(17, wireVarint):
			r.granularity = int64(int32(m.value))
		case m.is(19, wireVarint):
			r.south = int64(m.value)
		case m.is(20, wireVarint):
			r.west = int64(m.value)
		}
	}
	if m.err != nil {
		return fmt.Errorf("%w: %w", ErrBlock, m.err)
	}
	if r.granularity <= 0 {
		return fmt.Errorf("%w: positions in units of %d nanodegrees", ErrBlock, r.granularity)
	}
	for m = (message{rest: b}); m.next(); {
		if !m.is(2, wireBytes) {
			continue
		}
		if err := r.group(m.data); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) group(b []byte) error {
	m := message{rest: b}
	for m.next() {
		var err error
		switch {
		case m.kind != wireBytes:
		case m.field == 1 && r.node != nil:
			err = r.plainNode(m.data)
		case m.field == 2 && r.node != nil:
			err = r.denseNodes(m.data)
		case m.field == 3 && r.way != nil:
			err = r.oneWay(m.data)
		case m.field == 4 && r.relation != nil:
			err = r.oneRelation(m.data)
		}
		if err != nil {
			return err
		}
	}
	if m.err != nil {
		return fmt.Errorf("%w: %w", ErrBlock, m.err)
	}
	return nil
}

// coord turns the file's numbers into a position: nanodegrees, rounded to the
// lattice.
func (r *reader) coord(id, lon, lat int64) (spatial.Coord, error) {
	const eighth = int64(1) << 60 // of what int64 holds: no product below overflows
	limit := eighth / r.granularity
	small := func(v, limit int64) bool { return v >= -limit && v <= limit }
	if small(lon, limit) && small(lat, limit) && small(r.west, eighth) && small(r.south, eighth) {
		x, y := r.west+lon*r.granularity, r.south+lat*r.granularity
		if small(x, 180e9) && small(y, 90e9) {
			return spatial.Coord{X: onLattice(x), Y: onLattice(y)}, nil
		}
		return spatial.Coord{}, fmt.Errorf("node %d at longitude %.7f, latitude %.7f %w", id, float64(x)/1e9, float64(y)/1e9, ErrPosition)
	}
	return spatial.Coord{}, fmt.Errorf("node %d, position %d, %d in units of %d nanodegrees, %w", id, lon, lat, r.granularity, ErrPosition)
}

// onLattice rounds nanodegrees to the nearest lattice value, halves away from 0.
func onLattice(v int64) int32 {
	const perQuantum = 100
	if v < 0 {
		return int32((v - perQuantum/2) / perQuantum)
	}
	return int32((v + perQuantum/2) / perQuantum)
}

func (r *reader) plainNode(b []byte) error {
	var id, lon, lat int64
	var keys, values list
	m := message{rest: b}
	for m.next() {
		switch {
		case m.is(1, wireVarint):
			id = zigzag(m.value)
		case m.field == 2:
			keys.add(&m)
		case m.field == 3:
			values.add(&m)
		case m.is(8, wireVarint):
			lat = zigzag(m.value)
		case m.is(9, wireVarint):
			lon = zigzag(m.value)
		}
	}
	if err := r.setTags(m.err, keys, values); err != nil {
		return fmt.Errorf("%w: node %d: %w", ErrBlock, id, err)
	}
	at, err := r.coord(id, lon, lat)
	if err != nil {
		return err
	}
	return r.node(id, at, r.tags)
}

func (r *reader) denseNodes(b []byte) error {
	var ids, lons, lats, pairs list
	m := message{rest: b}
	for m.next() {
		switch m.field {
		case 1:
			ids.add(&m)
		case 8:
			lats.add(&m)
		case 9:
			lons.add(&m)
		case 10:
			pairs.add(&m)
		}
	}
	if m.err != nil {
		return fmt.Errorf("%w: nodes: %w", ErrBlock, m.err)
	}
	tagged := len(pairs) > 0
	var id, lon, lat int64
	for len(ids) > 0 {
		i, ok1 := ids.signed()
		x, ok2 := lons.signed()
		y, ok3 := lats.signed()
		if !ok1 || !ok2 || !ok3 {
			return fmt.Errorf("%w: nodes after %d: %w", ErrBlock, id, errLists)
		}
		id, lon, lat = id+i, lon+x, lat+y
		r.tags = r.tags[:0]
		if tagged {
			if err := r.denseTags(&pairs); err != nil {
				return fmt.Errorf("%w: node %d: %w", ErrBlock, id, err)
			}
		}
		at, err := r.coord(id, lon, lat)
		if err == nil {
			err = r.node(id, at, r.tags)
		}
		if err != nil {
			return err
		}
	}
	if len(lons)+len(lats)+len(pairs) > 0 {
		return fmt.Errorf("%w: nodes: %w", ErrBlock, errLists)
	}
	return nil
}

// denseTags takes one node's pairs, which a 0 ends.
func (r *reader) denseTags(pairs *list) error {
	for {
		k, ok := pairs.unsigned()
		switch {
		case !ok:
			return errLists
		case k == 0:
			return nil
		}
		v, ok := pairs.unsigned()
		if !ok {
			return errLists
		}
		if err := r.addTag(k, v); err != nil {
			return err
		}
	}
}

func (r *reader) addTag(k, v uint64) error {
	if k >= uint64(len(r.texts)) || v >= uint64(len(r.texts)) {
		return errString
	}
	r.tags = append(r.tags, tag{r.texts[k], r.texts[v]})
	return nil
}

// setTags takes an object's two lists of texts.
func (r *reader) setTags(err error, keys, values list) error {
	r.tags = r.tags[:0]
	for err == nil && len(keys) > 0 {
		k, ok1 := keys.unsigned()
		v, ok2 := values.unsigned()
		if !ok1 || !ok2 {
			return errLists
		}
		err = r.addTag(k, v)
	}
	return err
}

func (r *reader) oneWay(b []byte) error {
	var id int64
	var keys, values, refs list
	m := message{rest: b}
	for m.next() {
		switch {
		case m.is(1, wireVarint):
			id = int64(m.value)
		case m.field == 2:
			keys.add(&m)
		case m.field == 3:
			values.add(&m)
		case m.field == 8:
			refs.add(&m)
		}
	}
	if err := r.setTags(m.err, keys, values); err != nil {
		return fmt.Errorf("%w: way %d: %w", ErrBlock, id, err)
	}
	r.refs = r.refs[:0]
	for ref := int64(0); len(refs) > 0; {
		d, ok := refs.signed()
		if !ok {
			return fmt.Errorf("%w: way %d: %w", ErrBlock, id, errWire)
		}
		ref += d
		r.refs = append(r.refs, ref)
	}
	return r.way(id, r.refs, r.tags)
}

func (r *reader) oneRelation(b []byte) error {
	var id int64
	var keys, values, roles, ids, kinds list
	m := message{rest: b}
	for m.next() {
		switch {
		case m.is(1, wireVarint):
			id = int64(m.value)
		case m.field == 2:
			keys.add(&m)
		case m.field == 3:
			values.add(&m)
		case m.field == 8:
			roles.add(&m)
		case m.field == 9:
			ids.add(&m)
		case m.field == 10:
			kinds.add(&m)
		}
	}
	err := r.setTags(m.err, keys, values)
	if err == nil {
		err = r.setMembers(roles, ids, kinds)
	}
	if err != nil {
		return fmt.Errorf("%w: relation %d: %w", ErrBlock, id, err)
	}
	return r.relation(id, r.members, r.tags)
}

// setMembers keeps those members that are ways.
func (r *reader) setMembers(roles, ids, kinds list) error {
	const way = 1
	r.members = r.members[:0]
	id := int64(0)
	for len(ids) > 0 {
		d, ok1 := ids.signed()
		text, ok2 := roles.unsigned()
		kind, ok3 := kinds.unsigned()
		switch {
		case !ok1 || !ok2 || !ok3:
			return errLists
		case text >= uint64(len(r.texts)):
			return errString
		}
		id += d
		if kind != way {
			continue
		}
		m := member{way: id}
		switch r.texts[text] {
		case "outer":
			m.role = outerRole
		case "inner":
			m.role = innerRole
		}
		r.members = append(r.members, m)
	}
	if len(roles)+len(kinds) > 0 {
		return errLists
	}
	return nil
}
