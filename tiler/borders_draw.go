package tiler

import "slices"

// Areas is a layer of polygons drawn from shared borders, for one version of a
// city and one filter: a [Prepared].
type Areas struct {
	Borders *Borders
	// Keep reports whether a feature is shown, by its place in the AreaLayer; nil
	// shows all.
	Keep func(row int) bool
	// Values returns the values of a feature by its place in the AreaLayer, in
	// place of those the borders were built with. May be nil.
	Values func(row int, dst []string) []string
	// MeshBelow is the zoom below which not the polygons are drawn but the
	// borders of all layers of Borders, each arc once, as lines with the one
	// attribute [MeshField]. A border is no feature's: with Keep there is no mesh
	// and the polygons are drawn.
	MeshBelow uint8
}

// MeshField is the attribute of the mesh's lines: district, street, community,
// zone, cell or edge.
const MeshField = "level"

// draw implements Prepared.
func (a *Areas) draw(e *encoder, l *Layer, asked []string) {
	e.columns = chooseColumns(e.columns[:0], l.Fields, asked)
	if a.Keep == nil && e.frame.id.Z < a.MeshBelow {
		e.mesh(a.Borders)
		return
	}
	for i := range a.Borders.layers {
		if bl := &a.Borders.layers[i]; bl.name == l.Name {
			e.areas(a, bl)
		}
	}
}

// worldWindow is what the tile and its buffer show.
func (f *frame) worldWindow() worldBox {
	clamp := func(v int64) uint32 { return uint32(min(max(v>>f.up, 0), worldSize-1)) }
	return worldBox{clamp(f.west + f.lo), clamp(f.north + f.lo), clamp(f.west + f.hi), clamp(f.north + f.hi)}
}

// areas writes the polygons of a layer in ascending ID.
func (e *encoder) areas(from *Areas, l *borderLayer) {
	b, values := from.Borders, from.Values
	if len(l.areas) == 0 {
		return
	}
	e.numbers.begin(&l.texts)
	e.found = l.index.find(e.found[:0], e.frame.worldWindow())
	items := l.index.levels[0]
	for _, k := range e.found {
		a := &l.areas[k]
		if from.Keep != nil && !from.Keep(int(a.row)) {
			continue
		}
		if len(a.rings) == 0 {
			e.plainArea(l, k, values)
			continue
		}
		if e.room == 0 {
			e.stats.Dropped++
			continue
		}
		e.pen.reset()
		e.polygons(b, a, e.frame.cuts(&items[k]))
		if e.pen.empty() {
			continue
		}
		e.room--
		e.stats.Features++
		if values == nil {
			e.tagTexts(&l.texts, int(a.row))
		} else {
			e.texts = values(int(a.row), e.texts[:0])
			e.tag(e.texts)
		}
		e.appendDrawn(a.id, typePolygon)
	}
}

// plainArea draws a feature that shares no borders.
func (e *encoder) plainArea(l *borderLayer, k int32, values func(int, []string) []string) {
	f, ok := l.plain[k]
	if !ok {
		return // it fell together
	}
	if values != nil {
		e.texts = values(int(l.areas[k].row), e.texts[:0])
		f.Values = e.texts
	}
	e.feature(&f)
}

// cuts reports whether something of the box lies outside the window.
func (f *frame) cuts(box *worldBox) bool {
	return int64(box.x0)<<f.up-f.west < f.lo || int64(box.y0)<<f.up-f.north < f.lo ||
		int64(box.x1)<<f.up-f.west > f.hi || int64(box.y1)<<f.up-f.north > f.hi
}

// polygons writes the rings of an area. As in drawPolygon, a shell that
// vanishes takes its holes along, and holes that leave nothing take their shell.
func (e *encoder) polygons(b *Borders, a *area, cut bool) {
	var left int64
	length, at := e.pen.mark()
	for i := range a.rings {
		r := &a.rings[i]
		switch {
		case !r.hole:
			length, at = e.pen.mark()
			left = e.ringOf(b, r, cut, len(a.rings) == 1)
		case left > 0:
			if left -= e.ringOf(b, r, cut, len(a.rings) == 1); left <= 0 {
				e.pen.rewind(length, at)
			}
		}
	}
}

// ringOf writes one ring and returns twice its area; of one that is alone, only
// whether it has one.
func (e *encoder) ringOf(b *Borders, r *ringRef, cut, alone bool) int64 {
	if !cut {
		e.ringUnits(b, r)
		if alone && e.frame.id.Z >= r.solid && e.pen.solidRing(e.units, r.positive) {
			return 1
		}
		return e.pen.ring(closedUp(slices.Compact(e.units)), r.hole)
	}
	e.path = e.path[:0]
	for _, ref := range r.arcs {
		e.arcPath(b, ref)
	}
	var clipped bool
	e.path, e.spare, clipped = clipRing(&e.frame, e.path, e.spare)
	e.units = e.units[:0]
	for _, v := range e.path {
		e.addUnit(v)
	}
	if clipped {
		e.units = dropAlongLimits(e.units)
	}
	return e.pen.ring(closedUp(e.units), r.hole)
}

// closedUp drops the last vertices that are the first.
func closedUp(ring []unit) []unit {
	for n := len(ring); n > 1 && ring[n-1] == ring[0]; n-- {
		ring = ring[:n-1]
	}
	return ring
}

// ringUnits puts a ring on the tile's grid, without repeated vertices. Of each
// arc the last vertex is left to the next. Which vertices a zoom has is no
// pattern that a processor could guess: each is written, and the end moves on
// if it counts.
func (e *encoder) ringUnits(b *Borders, r *ringRef) {
	e.units = slices.Grow(e.units[:0], int(r.most))
	units, n := e.units[:r.most], 0
	z, frac, up, west, north := int32(e.frame.id.Z), e.frame.frac&63, e.frame.up&63, e.frame.west, e.frame.north
	for _, ref := range r.arcs {
		if ref >= 0 {
			a := &b.arcs[ref]
			levels := b.levels[a.from : a.to-1]
			for i, v := range b.vertices[a.from : a.to-1][:len(levels)] {
				units[n] = unit{int32((int64(v.x)<<up - west) >> frac), int32((int64(v.y)<<up - north) >> frac)}
				n += int(uint32(int32(levels[i])-z-1) >> 31) // 1 if the level is at most z
			}
			continue
		}
		a := &b.arcs[^ref]
		levels := b.levels[a.from+1 : a.to]
		vertices := b.vertices[a.from+1 : a.to][:len(levels)]
		for i, level := range slices.Backward(levels) {
			v := vertices[i]
			units[n] = unit{int32((int64(v.x)<<up - west) >> frac), int32((int64(v.y)<<up - north) >> frac)}
			n += int(uint32(int32(level)-z-1) >> 31)
		}
	}
	e.units = units[:n]
}

// arcPath appends an arc before rounding, without its last vertex. Of one that
// lies beyond one limit of the window, the ends are enough: what is between
// them is cut off.
func (e *encoder) arcPath(b *Borders, ref int32) {
	a := &b.arcs[max(ref, ^ref)]
	z := e.frame.id.Z
	if e.frame.beyond(&a.box) {
		z = 0
	}
	n := int(a.to - a.from)
	vertices, levels := b.vertices[a.from:a.to], b.levels[a.from:a.to]
	for i := range n - 1 {
		k := i
		if ref < 0 {
			k = n - 1 - i
		}
		if levels[k] <= z {
			e.path = append(e.path, e.frame.place(vertices[k]))
		}
	}
}

func (f *frame) place(p worldPoint) vertex {
	return vertex{int64(p.x)<<f.up - f.west, int64(p.y)<<f.up - f.north}
}

// beyond reports whether the box lies outside the window on one side.
func (f *frame) beyond(box *worldBox) bool {
	return int64(box.x1)<<f.up-f.west < f.lo || int64(box.y1)<<f.up-f.north < f.lo ||
		int64(box.x0)<<f.up-f.west > f.hi || int64(box.y0)<<f.up-f.north > f.hi
}

// tagTexts is tag for values that are encoded already.
func (e *encoder) tagTexts(t *texts, row int) {
	tags := e.tags[:0]
	numbers := t.numbers[row*t.fields:][:t.fields]
	for i := range e.columns {
		c := &e.columns[i]
		if c.field >= len(numbers) || numbers[c.field] == noText {
			continue
		}
		if !c.used {
			c.key, c.used = e.keyCount, true
			e.keyCount++
			e.keys = appendField(e.keys, keyLayerKeys, c.name)
		}
		tags = appendVarint(tags, uint64(c.key))
		tags = appendVarint(tags, uint64(e.numbers.in(&e.values, t, numbers[c.field])))
	}
	e.tags = tags
}

// appendDrawn appends the feature that was drawn, with the tags collected.
func (e *encoder) appendDrawn(id uint64, kind int) {
	size := 2 + fieldLen(len(e.pen.bytes))
	if id != 0 {
		size += 1 + varintLen(id)
	}
	if len(e.tags) > 0 {
		size += fieldLen(len(e.tags))
	}
	b := appendVarint(append(e.features, keyLayerFeatures), uint64(size))
	if id != 0 {
		b = appendVarint(append(b, keyFeatureID), id)
	}
	if len(e.tags) > 0 {
		b = appendField(b, keyFeatureTags, e.tags)
	}
	b = append(b, keyFeatureType, byte(kind))
	e.features = appendField(b, keyFeatureGeometry, e.pen.bytes)
}
