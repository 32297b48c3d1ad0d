package tiler

import (
	"fmt"
	"slices"
	"strconv"
)

// Single points of a prepared layer. Their bytes go straight into the layer:
// nothing of a feature is looked up by its text.

// maxPointFields bounds the fields of a prepared layer, so that a feature of it
// fits pointRoom and its length takes one byte: 11 bytes of id, 2 and 6 a field
// of tags, 2 of type and 13 of geometry.
const (
	maxPointFields = 16
	pointRoom      = 128
)

// draw implements [Prepared].
func (v *PointView) draw(e *encoder, l *Layer, asked []string) {
	if l.Sums != nil && e.id.Z < l.Sums.Below {
		e.sums(v, l.Sums, asked)
		return
	}
	if len(l.Fields) > maxPointFields {
		panic(fmt.Sprintf("tiler: layer %s is prepared and has %d fields", l.Name, len(l.Fields)))
	}
	e.columns = chooseColumns(e.columns[:0], l.Fields, asked)
	for i := range e.columns {
		e.columns[i].whole = slices.Contains(l.Numbers, e.columns[i].name)
	}
	v.collect(&e.shown, e.id, e.window, false)
	e.singles(v)
	if v.Shapes != nil {
		v.Shapes(e.window, func(row int32, f *Feature) bool {
			if kind := e.fit(f); kind != typeNone {
				e.shape(v, row, f, kind)
			}
			return true
		})
	}
}

// shape writes a feature that is drawn already.
func (e *encoder) shape(v *PointView, row int32, f *Feature, kind int) {
	var end int
	if k, ok := v.Points.place(row); ok {
		_, code := v.Points.own(row)
		end = e.pointPairs(&e.pairs, 0, v.Points, k, code)
	} else {
		end = e.addedPairs(&e.pairs, 0, v, row)
	}
	e.tags = append(e.tags[:0], e.pairs[:end]...)
	e.append(f.ID, kind)
}

// singles writes the points collected, thinned if they are too many or take too
// many bytes.
func (e *encoder) singles(v *PointView) {
	all, p := e.shown.refs, v.Points
	step := -1
	refs := all
	for room := e.room; ; {
		for len(refs) > room && step < len(thinSteps)-1 {
			if step++; e.shown.left(p, e.id, thinSteps[step]) <= room || step == len(thinSteps)-1 {
				refs = e.shown.thin(p, e.id, thinSteps[step])
			}
		}
		refs = refs[:min(len(refs), e.room)]
		e.points(v, refs)
		size := len(e.features) + len(e.values.encoded)
		if size <= maxLayerBytes || step == len(thinSteps)-1 {
			break
		}
		e.restart()
		room = min(len(refs)-1, int(int64(len(refs))*maxLayerBytes/int64(size)))
	}
	e.room -= len(refs)
	e.stats.Features += len(refs)
	e.stats.Dropped += len(all) - len(refs)
	if step >= 0 {
		e.stats.Kept += len(refs)
		e.stats.Total += len(all)
	}
}

// points writes the points as features.
func (e *encoder) points(v *PointView, refs []int32) {
	e.stamps.begin(len(v.Points.values))
	if n := v.Points.setCount; n > len(e.sets) {
		e.sets = make([]setPairs, n)
	} else if e.stamps.epoch == 1 { // the first, or went round
		clear(e.sets)
	}
	for len(refs) > 0 {
		n := min(len(refs), len(e.owns))
		e.readAhead(v.Points, refs[:n])
		for k, ref := range refs[:n] {
			e.onePoint(v, ref, &e.owns[k])
		}
		refs = refs[n:]
	}
	clear(e.owns[:]) // lets go of the texts
}

// ownText is what a point has for itself.
type ownText struct {
	id   uint64
	code string
}

// readAhead gets what the points have for themselves. Rows and codes lie all
// over the memory: asked for one after the other without anything to do in
// between, the processor waits for many at a time. That halves the tile's time.
func (e *encoder) readAhead(p *Points, refs []int32) {
	for k, ref := range refs {
		if ref >= 0 {
			e.owns[k].id, e.owns[k].code = p.own(p.row[ref]) // no shape
		}
	}
	touched := byte(0)
	for k := range refs {
		if code := e.owns[k].code; code != "" {
			touched |= code[0]
		}
	}
	e.touched = touched
}

// onePoint writes a point.
func (e *encoder) onePoint(v *PointView, ref int32, own *ownText) {
	if cap(e.features)-len(e.features) < pointRoom {
		e.features = append(e.features, make([]byte, pointRoom+len(e.features)/2)...)[:len(e.features)]
	}
	n := len(e.features)
	f := (*[pointRoom]byte)(e.features[n : n+pointRoom])
	i := e.idAndTags(f, v, ref, own)
	x, y := e.shown.at(v.Points, ref)
	f[i], f[i+1] = keyFeatureType, typePoint
	f[i+2], f[i+4] = keyFeatureGeometry, byte(moveTo|1<<3)
	end := put(f, i+5, uint32(e.along(x, e.west))<<1)
	end = put(f, end, uint32(e.along(y, e.north))<<1)
	f[i+3] = byte(end - i - 4)
	f[0], f[1] = keyLayerFeatures, byte(end-2)
	e.features = e.features[:n+end]
}

// along is a world coordinate on the tile's grid.
func (f *frame) along(w uint32, corner int64) int64 {
	return (int64(w)<<f.up - corner) >> f.frac
}

// idAndTags writes what stands before the geometry and returns where it ends.
func (e *encoder) idAndTags(f *[pointRoom]byte, v *PointView, ref int32, own *ownText) int {
	const head = 2 // the tags' key and length
	if ref < 0 {
		a := &e.shown.added[^ref]
		i := putID(f, a.id)
		return tagsEnd(f, i, e.addedPairs(f, i+head, v, a.row))
	}
	i := putID(f, own.id)
	return tagsEnd(f, i, e.pointPairs(f, i+head, v.Points, int(ref), own.code))
}

// pointPairs writes the key and value numbers of the point at place k.
func (e *encoder) pointPairs(f *[pointRoom]byte, i int, p *Points, k int, code string) int {
	columns := e.columns
	if len(columns) > 0 && columns[0].field == 0 {
		if code != "" {
			i = e.pair(f, i, &columns[0], e.values.own(code, p.dirtyCode))
		}
		columns = columns[1:]
	}
	if len(columns) > 0 && columns[0].field == 1 {
		i = e.valuePair(f, i, p, &columns[0], p.name[k])
		columns = columns[1:]
	}
	if len(columns) == 0 {
		return i
	}
	set := &e.sets[p.set[k]]
	if set.epoch == e.stamps.epoch {
		copy(f[i:i+len(set.pairs)], set.pairs[:])
		return i + int(set.n)
	}
	shared := p.shared[int(p.set[k])*p.width:]
	start := i
	for c := range columns {
		i = e.valuePair(f, i, p, &columns[c], shared[columns[c].field-2])
	}
	if n := copy(set.pairs[:], f[start:i]); start+n == i {
		set.epoch, set.n = e.stamps.epoch, uint8(n)
	}
	return i
}

// setPairs has the key and value numbers that a set's points have in common, of
// the tile whose epoch it bears.
type setPairs struct {
	epoch uint32
	n     uint8
	pairs [27]byte // more are written anew each time
}

// valuePair writes the numbers of a key and a value of the layer.
func (e *encoder) valuePair(f *[pointRoom]byte, i int, p *Points, col *column, value uint32) int {
	if value == 0 {
		return i
	}
	number, known := e.stamps.find(value)
	if !known {
		number = e.firstUse(p, value)
	}
	return e.pair(f, i, col, number)
}

// firstUse gives a value of the layer its number in the tile. Where features were
// added, whose values are texts, it takes the way of texts, so that one text
// has one number.
func (e *encoder) firstUse(p *Points, value uint32) uint32 {
	var number uint32
	if e.shown.mixed {
		number = e.values.number(p.values[value])
	} else {
		number = e.values.append(p.values[value])
	}
	e.stamps.set(value, number)
	return number
}

// addedPairs is pointPairs for an added feature.
func (e *encoder) addedPairs(f *[pointRoom]byte, i int, v *PointView, row int32) int {
	e.texts = v.Values(row, e.texts[:0])
	for c := range e.columns {
		col := &e.columns[c]
		if col.field >= len(e.texts) || e.texts[col.field] == "" {
			continue
		}
		i = e.pair(f, i, col, e.addedValue(col, e.texts[col.field]))
	}
	clear(e.texts)
	return i
}

// addedValue gives a value of an added feature its number in the tile.
func (e *encoder) addedValue(col *column, text string) uint32 {
	if col.field == 0 {
		return e.values.own(text, true)
	}
	if col.whole {
		if n, err := strconv.ParseUint(text, 10, 32); err == nil {
			return e.values.whole(uint32(n))
		}
	}
	return e.values.number(text)
}

// putID writes the feature's id behind the two bytes of its key and length.
func putID(f *[pointRoom]byte, id uint64) int {
	if id == 0 {
		return 2
	}
	f[2] = keyFeatureID
	if id < 1<<32 {
		return put(f, 3, uint32(id))
	}
	return 3 + len(appendVarint(f[3:3], id))
}

// pair writes the numbers of a key and a value.
func (e *encoder) pair(f *[pointRoom]byte, i int, col *column, value uint32) int {
	if !col.used {
		e.useKey(col)
	}
	f[i] = byte(col.key) // of maxPointFields
	return put(f, i+1, value)
}

// tagsEnd puts the length before the tags, which are two bytes behind start, or
// takes them back if there are none.
func tagsEnd(f *[pointRoom]byte, start, end int) int {
	if end == start+2 {
		return start
	}
	f[start], f[start+1] = keyFeatureTags, byte(end-start-2)
	return end
}

// put writes a varint and returns where it ends.
func put(f *[pointRoom]byte, i int, v uint32) int {
	if v < 0x80 {
		f[i] = byte(v)
		return i + 1
	}
	return putLong(f, i, v)
}

func putLong(f *[pointRoom]byte, i int, v uint32) int {
	if v < 0x4000 {
		f[i], f[i+1] = byte(v)|0x80, byte(v>>7)
		return i + 2
	}
	return i + len(appendVarint(f[i:i], uint64(v)))
}
