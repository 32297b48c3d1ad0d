package osm

import (
	"slices"
	"strings"
)

// fields of each layer's features; name, name_en and class are the first three.
var fields = [layerCount][]string{
	green:     {"name", "name_en", "class"},
	water:     {"name", "name_en", "class"},
	rail:      {"name", "name_en", "class", "structure", "service"},
	roads:     {"name", "name_en", "class", "ref", "link", "structure", "oneway"},
	buildings: {"name", "name_en", "class", "height", "min_height", "levels"},
	pois:      {"name", "name_en", "class"},
	places:    {"name", "name_en", "class", "population"},
}

// classField is the place of class among the fields.
const classField = 2

// hit is one feature that an object becomes.
type hit struct {
	layer  layerNumber
	from   uint8
	values []string
	// label says that a point stands for the area.
	label bool
}

// ofPoint says what a node is on the map.
func ofPoint(dst []hit, t tags) []hit {
	if len(t) == 0 {
		return dst
	}
	if l, ok := find(placeRules, t); ok {
		dst = placeHit(dst, t, l, false)
	}
	if l, ok := find(poiRules, t); ok {
		dst = named(dst, pois, l, t, false)
	}
	return dst
}

// placeHit adds a place, which without a name says nothing.
func placeHit(dst []hit, t tags, l look, label bool) []hit {
	const largest = 100e6
	if name, english := names(t); name != "" {
		v := trim(name, english, l.class, number(t.get("population"), largest))
		dst = append(dst, hit{places, l.from, v, label})
	}
	return dst
}

func named(dst []hit, n layerNumber, l look, t tags, label bool) []hit {
	name, english := names(t)
	return append(dst, hit{n, l.from, trim(name, english, l.class), label})
}

// ofLine says what a way is as a line.
func ofLine(dst []hit, t tags) []hit {
	if len(t) == 0 {
		return dst
	}
	if l, ok := find(roadRules, t); ok && t.get("area") != "yes" {
		dst = append(dst, hit{layer: roads, from: l.from, values: roadValues(t, l)})
	}
	if l, ok := find(railRules, t); ok {
		name, english := names(t)
		service := t.get("service")
		switch service {
		case "yard", "siding", "spur", "crossover":
			l.from = max(l.from, 13)
		default:
			service = ""
		}
		dst = append(dst, hit{layer: rail, from: l.from, values: trim(name, english, l.class, structure(t), service)})
	}
	if l, ok := find(waterLineRules, t); ok && !underground(t) {
		dst = named(dst, water, l, t, false)
	}
	if l, ok := find(greenLineRules, t); ok {
		dst = named(dst, green, l, t, false)
	}
	return dst
}

func roadValues(t tags, l look) []string {
	name, english := names(t)
	link, oneway := "", ""
	if strings.HasSuffix(t.get("highway"), "_link") {
		link = "yes"
	}
	switch t.get("oneway") {
	case "yes", "true", "1":
		oneway = "yes"
	case "-1", "reverse":
		oneway = "reverse"
	}
	return trim(name, english, l.class, clean(t.get("ref")), link, structure(t), oneway)
}

// structure is bridge or tunnel.
func structure(t tags) string {
	for _, key := range [...]string{"tunnel", "bridge"} {
		if v := t.get(key); v != "" && v != "no" {
			return key
		}
	}
	return ""
}

func underground(t tags) bool {
	v := t.get("tunnel")
	return v != "" && v != "no" || t.get("location") == "underground"
}

// ofArea says what a closed way or a multipolygon is as an area.
func ofArea(dst []hit, t tags) []hit {
	if len(t) == 0 {
		return dst
	}
	if l, ok := find(buildingRules, t); ok && !underground(t) {
		name, english := names(t)
		v := trim(name, english, l.class, metres(t.get("height")), metres(t.get("min_height")), number(t.get("building:levels"), 200))
		dst = append(dst, hit{layer: buildings, from: l.from, values: v})
	}
	if l, ok := find(waterAreaRules, t); ok && !underground(t) {
		if kind, known := waterKinds[t.get("water")]; known && l.class == "water" {
			l.class = kind
		}
		dst = named(dst, water, l, t, false)
	}
	if l, ok := find(greenAreaRules, t); ok {
		dst = named(dst, green, l, t, false)
	}
	if l, ok := find(roadRules, t); ok && t.get("area") == "yes" {
		dst = append(dst, hit{layer: roads, from: max(l.from, 13), values: roadValues(t, l)})
	}
	if l, ok := find(placeAreaRules, t); ok {
		dst = placeHit(dst, t, l, true)
	}
	if l, ok := find(poiRules, t); ok {
		dst = named(dst, pois, l, t, true)
	}
	return dst
}

// trim leaves out the empty values at the end.
func trim(values ...string) []string {
	n := len(values)
	for n > 0 && values[n-1] == "" {
		n--
	}
	return slices.Clip(values[:n])
}
