//go:build proof

package osm

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/geojson"
)

// shanghai makes an extract of the piece of Shanghai, which the data folder has as
// GeoJSON of vector tiles: OpenStreetMap's objects, cut at tile edges, with the
// words of another schema. The tags they had are put back.
func shanghai(t *testing.T) *extract {
	t.Helper()
	x := &extract{perBlock: 8000}
	s := &restorer{x: x, nodes: map[orb.Point]int64{}}
	for _, layer := range []struct {
		name string
		tags func(kind, detail string) []string
	}{
		{"roads", roadTags}, {"water", waterTags}, {"landuse", landuseTags}, {"buildings", buildingTags}, {"places", placeTags}, {"pois", poiTags},
	} {
		for _, f := range geoJSON(t, "shanghai_"+layer.name+".geojson.gz").Features {
			text := func(key string) string {
				switch v := f.Properties[key].(type) {
				case string:
					return v
				case float64:
					return strconv.FormatFloat(v, 'f', -1, 64)
				}
				return ""
			}
			pairs := layer.tags(text("kind"), text("kind_detail"))
			if pairs == nil {
				continue
			}
			for _, key := range []string{"name", "name:zh", "name:en", "ref", "height"} {
				if v := text(key); v != "" {
					pairs = append(pairs, key, v)
				}
			}
			for _, key := range []string{"tunnel", "bridge"} {
				if f.Properties["is_"+key] == true {
					pairs = append(pairs, key, "yes")
				}
			}
			s.add(f.Geometry, pairs)
		}
	}
	return x
}

func geoJSON(t *testing.T, name string) *geojson.FeatureCollection {
	t.Helper()
	f, err := os.Open(filepath.Join(dataFolder(t), "cn-city-osm", name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	all, err := geojson.UnmarshalFeatureCollection(b)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// restorer makes objects of geometries.
type restorer struct {
	x     *extract
	nodes map[orb.Point]int64
}

func (s *restorer) refs(line []orb.Point) (refs []int64) {
	for _, p := range line {
		if s.nodes[p] == 0 {
			s.nodes[p] = s.x.node(p[0], p[1])
		}
		refs = append(refs, s.nodes[p])
	}
	return refs
}

func (s *restorer) add(g orb.Geometry, pairs []string) {
	switch g := g.(type) {
	case orb.Point:
		s.x.node(g[0], g[1], pairs...)
	case orb.LineString:
		s.x.way(s.refs(g), pairs...)
	case orb.MultiLineString:
		for _, l := range g {
			s.add(l, pairs)
		}
	case orb.MultiPolygon:
		for _, p := range g {
			s.add(p, pairs)
		}
	case orb.Polygon:
		if len(g) == 1 {
			s.x.way(s.refs(g[0]), pairs...)
			return
		}
		var members []testMember
		for i, r := range g {
			id := s.x.way(s.refs(r))
			if i == 0 {
				members = append(members, outer(id))
			} else {
				members = append(members, inner(id))
			}
		}
		s.x.relation(members, append([]string{"type", "multipolygon"}, pairs...)...)
	}
}

func roadTags(kind, detail string) []string {
	switch {
	case detail == "" || detail == "pier" || kind == "ferry":
		return nil
	case kind == "rail":
		return []string{"railway", detail}
	}
	return []string{"highway", detail}
}

func waterTags(kind, _ string) []string {
	switch kind {
	case "river", "canal", "stream":
		return []string{"waterway", kind}
	case "water", "lake", "ocean":
		return []string{"natural", "water"}
	case "riverbank":
		return []string{"natural", "water", "water", "river"}
	case "swimming_pool":
		return []string{"leisure", "swimming_pool"}
	}
	return nil
}

func landuseTags(kind, _ string) []string {
	switch kind {
	case "park", "garden", "pitch", "playground":
		return []string{"leisure", kind}
	case "grass", "forest", "meadow", "recreation_ground", "cemetery":
		return []string{"landuse", kind}
	case "wood", "scrub", "tree_row":
		return []string{"natural", kind}
	}
	return nil
}

func buildingTags(kind, detail string) []string {
	switch {
	case kind != "building":
		return nil
	case detail == "":
		detail = "yes"
	}
	return []string{"building", detail}
}

func placeTags(kind, _ string) []string { return []string{"place", kind} }

func poiTags(kind, _ string) []string {
	for _, r := range poiRules {
		if _, listed := r.values[kind]; listed {
			return []string{r.key, kind}
		}
	}
	return nil
}
