package tiler

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
)

// A decoder of its own that accepts nothing the specification (or this
// package's promises) would not have written. It shares no code with the
// encoder nor with Decode and Check, so that each can be judged by the others.

type tileDoc struct{ layers []layerDoc }

type layerDoc struct {
	name     string
	keys     []string
	values   []string
	features []featureDoc
}

type featureDoc struct {
	id    uint64
	kind  uint64
	tags  map[string]string
	parts [][]unit // points: one part; lines; rings in order
	areas []int64  // rings: twice the signed area
}

// scanner reads protobuf; the first fault stays in err.
type scanner struct {
	b   []byte
	err error
}

func (s *scanner) failf(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf(format, args...)
	}
	s.b = nil
}

func (s *scanner) varint() uint64 {
	v, n := binary.Uvarint(s.b)
	if n <= 0 || (n > 1 && s.b[n-1] == 0) {
		s.failf("bad or overlong varint")
		return 0
	}
	s.b = s.b[n:]
	return v
}

func (s *scanner) uint32() uint32 {
	v := s.varint()
	if v > 1<<32-1 {
		s.failf("%d does not fit 32 bits", v)
	}
	return uint32(v)
}

func (s *scanner) chunk() []byte {
	n := s.varint()
	if n > uint64(len(s.b)) {
		s.failf("length %d of %d", n, len(s.b))
		return nil
	}
	c := s.b[:n]
	s.b = s.b[n:]
	return c
}

func (s *scanner) text() string {
	c := s.chunk()
	if !utf8.Valid(c) {
		s.failf("not UTF-8: %q", c)
	}
	return string(c)
}

// decodeStrict decodes a tile or says what is wrong with it.
func decodeStrict(tile []byte) (tileDoc, error) {
	var doc tileDoc
	names := map[string]bool{}
	s := scanner{b: tile}
	for len(s.b) > 0 {
		if key := s.varint(); key != 3<<3|2 {
			s.failf("tile field %d", key)
			break
		}
		l, err := decodeLayer(s.chunk())
		if err != nil {
			s.failf("layer %d %q: %w", len(doc.layers), l.name, err)
		}
		if names[l.name] {
			s.failf("layer %q twice", l.name)
		}
		names[l.name] = true
		doc.layers = append(doc.layers, l)
	}
	return doc, s.err
}

func decodeLayer(b []byte) (layerDoc, error) {
	var (
		l        layerDoc
		raw      [][]byte
		seen     = map[uint64]int{}
		isKey    = map[string]bool{}
		isValue  = map[string]bool{}
		usedKeys = map[uint32]bool{}
		usedVals = map[uint32]bool{}
		ids      = map[uint64]bool{}
	)
	s := scanner{b: b}
	for len(s.b) > 0 {
		key := s.varint()
		seen[key]++
		switch key {
		case 1<<3 | 2:
			l.name = s.text()
		case 2<<3 | 2:
			raw = append(raw, s.chunk())
		case 3<<3 | 2:
			k := s.text()
			if isKey[k] {
				s.failf("key %q twice", k)
			}
			isKey[k] = true
			l.keys = append(l.keys, k)
		case 4<<3 | 2:
			v := scanner{b: s.chunk()}
			if v.varint() != 1<<3|2 {
				s.failf("value is no string")
			}
			text := v.text()
			if v.err != nil || len(v.b) > 0 {
				s.failf("value: %v, %d bytes left", v.err, len(v.b))
			}
			if isValue[text] {
				s.failf("value %q twice", text)
			}
			isValue[text] = true
			l.values = append(l.values, text)
		case 5 << 3:
			if e := s.uint32(); e != 4096 {
				s.failf("extent %d", e)
			}
		case 15 << 3:
			if v := s.uint32(); v != 2 {
				s.failf("version %d", v)
			}
		default:
			s.failf("layer field %d", key)
		}
	}
	if seen[15<<3] != 1 || seen[5<<3] != 1 || seen[1<<3|2] != 1 || l.name == "" {
		s.failf("version, extent and name must stand once: %v", seen)
	}
	if len(raw) == 0 {
		s.failf("no features")
	}
	for i, r := range raw {
		f, err := l.decodeFeature(r, usedKeys, usedVals)
		if err != nil {
			s.failf("feature %d (id %d): %w", i, f.id, err)
			break
		}
		if f.id != 0 && ids[f.id] {
			s.failf("id %d twice", f.id)
		}
		ids[f.id] = true
		l.features = append(l.features, f)
	}
	if s.err == nil && (len(usedKeys) != len(l.keys) || len(usedVals) != len(l.values)) {
		s.failf("%d of %d keys and %d of %d values used", len(usedKeys), len(l.keys), len(usedVals), len(l.values))
	}
	return l, s.err
}

func (l *layerDoc) decodeFeature(b []byte, usedKeys, usedVals map[uint32]bool) (featureDoc, error) {
	f := featureDoc{tags: map[string]string{}}
	seen := map[uint64]bool{}
	var geometry []byte
	s := scanner{b: b}
	for len(s.b) > 0 {
		key := s.varint()
		if seen[key] {
			s.failf("field %d twice", key)
		}
		seen[key] = true
		switch key {
		case 1 << 3:
			if f.id = s.varint(); f.id == 0 {
				s.failf("id 0, which stands for none, is written")
			}
		case 2<<3 | 2:
			tags := scanner{b: s.chunk()}
			for len(tags.b) > 0 {
				k, v := tags.uint32(), tags.uint32()
				if tags.err != nil || int(k) >= len(l.keys) || int(v) >= len(l.values) {
					s.failf("tag %d=%d of %d keys and %d values: %v", k, v, len(l.keys), len(l.values), tags.err)
					break
				}
				if _, twice := f.tags[l.keys[k]]; twice {
					s.failf("key %q twice", l.keys[k])
				}
				f.tags[l.keys[k]] = l.values[v]
				usedKeys[k], usedVals[v] = true, true
			}
		case 3 << 3:
			f.kind = s.varint()
		case 4<<3 | 2:
			geometry = s.chunk()
		default:
			s.failf("field %d", key)
		}
	}
	if s.err != nil {
		return f, s.err
	}
	return f, f.decodeGeometry(geometry)
}

func (f *featureDoc) decodeGeometry(b []byte) error {
	s := scanner{b: b}
	var at unit
	read := func(id uint32, least int) []unit {
		c := s.uint32()
		n := int(c >> 3)
		if s.err == nil && (c&7 != id || n < least || n > len(s.b)/2) {
			s.failf("command %d count %d where %d was due", c&7, n, id)
		}
		if s.err != nil {
			return nil
		}
		us := make([]unit, n)
		for i := range us {
			dx, dy := s.uint32(), s.uint32()
			at.x += int32(dx>>1) ^ -int32(dx&1)
			at.y += int32(dy>>1) ^ -int32(dy&1)
			us[i] = at
		}
		return us
	}
	start := func() []unit {
		us := read(1, 1)
		if len(us) > 1 {
			s.failf("MoveTo count %d", len(us))
		}
		return us
	}
	if len(b) == 0 {
		s.failf("no geometry")
	}
	lo, hi := int32(-Buffer), int32(Extent+Buffer)
	switch f.kind {
	case 1:
		lo, hi = 0, Extent-1
		f.parts = append(f.parts, read(1, 1))
		if len(s.b) > 0 {
			s.failf("%d bytes after the points", len(s.b))
		}
	case 2:
		for len(s.b) > 0 {
			f.parts = append(f.parts, append(start(), read(2, 1)...))
		}
	case 3:
		for len(s.b) > 0 {
			ring := append(start(), read(2, 2)...)
			if c := s.uint32(); s.err == nil && c != 15 {
				s.failf("ClosePath is %d", c)
			}
			f.parts = append(f.parts, ring)
		}
	default:
		s.failf("geometry type %d", f.kind)
	}
	for _, p := range f.parts {
		for i, u := range p {
			if u.x < lo || u.x > hi || u.y < lo || u.y > hi {
				s.failf("%v outside the window", u)
			}
			if f.kind > 1 && i > 0 && p[i-1] == u {
				s.failf("%v repeated", u)
			}
		}
	}
	if f.kind == 3 && s.err == nil {
		if err := f.checkRings(); err != nil {
			s.failf("%w", err)
		}
	}
	return s.err
}

func (f *featureDoc) checkRings() error {
	var left int64
	var shell []unit
	for i, p := range f.parts {
		if p[0] == p[len(p)-1] {
			return fmt.Errorf("ring %d repeats its start", i)
		}
		var a int64
		for j, u := range p {
			v := p[(j+1)%len(p)]
			a += int64(u.x)*int64(v.y) - int64(v.x)*int64(u.y)
		}
		f.areas = append(f.areas, a)
		switch {
		case a == 0:
			return fmt.Errorf("ring %d has no area: %v", i, p)
		case a > 0:
			if i > 0 && left <= 0 {
				return fmt.Errorf("polygon before ring %d has no area", i)
			}
			left, shell = a, p
		case i == 0:
			return fmt.Errorf("first ring is a hole")
		default:
			left += a
			slo, shi := unitBox(shell)
			hlo, hhi := unitBox(p)
			if hlo.x < slo.x || hlo.y < slo.y || hhi.x > shi.x || hhi.y > shi.y {
				return fmt.Errorf("hole %d is larger than its shell", i)
			}
		}
	}
	if left <= 0 {
		return fmt.Errorf("last polygon has no area")
	}
	return nil
}

func unitBox(us []unit) (lo, hi unit) {
	lo, hi = us[0], us[0]
	for _, u := range us {
		lo = unit{min(lo.x, u.x), min(lo.y, u.y)}
		hi = unit{max(hi.x, u.x), max(hi.y, u.y)}
	}
	return lo, hi
}
