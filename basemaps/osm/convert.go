package osm

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"

	"github.com/wanmi-gis/wanmi/spatial"
	"github.com/wanmi-gis/wanmi/tiler"
)

// DefaultMaxNodes bounds a file's nodes where nothing else is said: the largest
// cities have half as many. Where most are of buildings they take some 160 bytes
// each, 2.5 GB together.
const DefaultMaxNodes = 16_000_000

// ErrTooLarge says that the file has more nodes than Options.MaxNodes.
var ErrTooLarge = errors.New("too many nodes")

// Options say how a file is read. The zero value is a map to zoom 0.
type Options struct {
	// MaxZoom is the deepest zoom that is drawn, at most tiler.MaxZoom.
	MaxZoom uint8
	// Workers unpack and decode; 0 means one a processor.
	Workers int
	// MaxNodes bounds the memory; 0 means DefaultMaxNodes.
	MaxNodes int
	// Progress, if not nil, is told after each block.
	Progress func(Progress)
}

// Progress says how far the reading is.
type Progress struct {
	Stage     string // nodes, ways or areas
	Done, All int    // blocks or relations
}

// Read reads a file of size bytes, which does not change meanwhile. An error is a
// *[Fault] where the file is at fault, an error of file, or that of ctx.
func Read(ctx context.Context, file io.ReaderAt, size int64, o Options) (*Map, error) {
	if o.MaxZoom > tiler.MaxZoom {
		return nil, fmt.Errorf("zoom %d: %d is the deepest", o.MaxZoom, tiler.MaxZoom)
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	if o.MaxNodes <= 0 {
		o.MaxNodes = DefaultMaxNodes
	}
	x, err := readIndex(ctx, file, size)
	if err != nil {
		return nil, err
	}
	b, err := (&unpacker{file: file}).unpack(x.header)
	var h header
	if err == nil {
		h, err = readHeader(b)
	}
	if err != nil {
		return nil, &Fault{x.header.offset, err}
	}
	c := &conversion{
		options: o, file: file, index: x,
		members: map[int64]*memberWay{}, alike: map[string][]string{},
		out: &Map{last: o.MaxZoom, box: h.box, Sum: x.sum, Written: h.written},
	}
	for _, pass := range []func(context.Context) error{c.first, c.second, c.areas} {
		if err := pass(ctx); err != nil {
			return nil, err
		}
	}
	c.drawSea()
	c.nodes, c.members, c.relations, c.coast = nodes{}, nil, nil, nil
	c.out.finish()
	c.count()
	return c.out, nil
}

// conversion goes through the file twice: for nodes and relations, then, with
// their positions known, for ways.
type conversion struct {
	options   Options
	file      io.ReaderAt
	index     *index
	out       *Map
	nodes     nodes
	relations []relation
	members   map[int64]*memberWay
	coast     []chain
	hasWays   []bool              // by block
	alike     map[string][]string // values of features without a name, by class
}

// relation is a multipolygon.
type relation struct {
	id      int64
	members []member
	hits    []hit
	// bare has no tags of its own: those of its outer ways count, as was the custom
	// until 2013.
	bare bool
}

// memberWay is a way that a multipolygon needs.
type memberWay struct {
	whole bool // it is in the file with all of its nodes
	refs  chain
	// bare is set where a bare relation has it as an outer way, covers is what the
	// other relations are of which it is an outer way: so much it is not by itself,
	// and hits are what it would be.
	bare   bool
	covers []hit
	hits   []hit
}

// covered reports whether a relation is the same as the way would be.
func (w *memberWay) covered(h *hit) bool {
	return w.bare || slices.ContainsFunc(w.covers, func(c hit) bool {
		return c.layer == h.layer && c.values[classField] == h.values[classField] && (h.values[0] == "" || c.values[0] == h.values[0])
	})
}

// drawing is a feature on its way to a layer.
type drawing struct {
	layer layerNumber
	feature
}

// of gives an object's hits their geometry.
func of(dst []drawing, hits []hit, id uint64, shape *drawn, at func() spatial.Coord) []drawing {
	for _, h := range hits {
		d := drawing{h.layer, feature{id: id, values: h.values, from: h.from}}
		if h.label || shape == nil {
			d.at = at()
		} else {
			d.shape, d.from = shape, max(h.from, shape.first())
		}
		dst = append(dst, d)
	}
	return dst
}

func (c *conversion) take(all []drawing) {
	for i := range all {
		f := &all[i].feature
		if len(f.values) == classField+1 && f.values[0] == "" && f.values[1] == "" {
			// Most buildings say nothing else: they share it.
			class := f.values[classField]
			if c.alike[class] == nil {
				c.alike[class] = f.values
			}
			f.values = c.alike[class]
		}
		l := &c.out.layers[all[i].layer]
		l.features = append(l.features, *f)
	}
}

func (c *conversion) tell(stage string, done, all int) {
	if c.options.Progress != nil {
		c.options.Progress(Progress{stage, done, all})
	}
}

// firstPart is what the first pass finds in a block.
type firstPart struct {
	nodes     nodePart
	drawings  []drawing
	relations []relation
	all, ways int // relations and ways
}

func (c *conversion) first(ctx context.Context) error {
	blobs := c.index.blobs
	c.hasWays = make([]bool, len(blobs))
	newMake := func() func(int) (*firstPart, error) {
		u, r := &unpacker{file: c.file}, &reader{}
		return func(i int) (*firstPart, error) {
			p, hits := &firstPart{}, []hit(nil)
			r.node = func(id int64, at spatial.Coord, t tags) error {
				p.nodes.ids, p.nodes.at = append(p.nodes.ids, id), append(p.nodes.at, at)
				if hits = ofPoint(hits[:0], t); len(hits) > 0 {
					p.drawings = of(p.drawings, hits, featureID(id, idNode), nil, func() spatial.Coord { return at })
				}
				return nil
			}
			r.way = func(int64, []int64, tags) error { p.ways++; return nil }
			r.relation = func(id int64, members []member, t tags) error {
				p.all++
				if rel, ok := multipolygon(id, members, t); ok {
					p.relations = append(p.relations, rel)
				}
				return nil
			}
			return p, c.decode(u, r, i)
		}
	}
	err := inOrder(ctx, len(blobs), c.options.Workers, newMake, func(i int, p *firstPart) error {
		c.nodes.add(p.nodes)
		if c.nodes.count > c.options.MaxNodes {
			return &Fault{blobs[i].offset, fmt.Errorf("%w: more than %d; cut the city out of the file first", ErrTooLarge, c.options.MaxNodes)}
		}
		c.take(p.drawings)
		c.relations = append(c.relations, p.relations...)
		c.hasWays[i] = p.ways > 0
		c.out.Report.Ways += p.ways
		c.out.Report.Relations += p.all
		c.tell("nodes", i+1, len(blobs))
		return nil
	})
	if err != nil {
		return err
	}
	c.out.Report.Nodes = c.nodes.count
	c.nodes.sort()
	c.wanted()
	return nil
}

// decode reads block i with r. Faults name its place.
func (c *conversion) decode(u *unpacker, r *reader, i int) error {
	b, err := u.unpack(c.index.blobs[i])
	if err == nil {
		err = r.block(b)
	}
	if err != nil {
		return &Fault{c.index.blobs[i].offset, err}
	}
	return nil
}

// multipolygon keeps a relation that may be drawn as an area.
func multipolygon(id int64, members []member, t tags) (r relation, ok bool) {
	kind := t.get("type")
	if kind != "multipolygon" && kind != "boundary" || len(members) == 0 {
		return r, false
	}
	r.bare = kind == "multipolygon" && bare(t)
	if kind == "multipolygon" {
		t = append(slices.Clip(t), tag{"area", "yes"}) // what a closed way of a road must say
	}
	r.id, r.hits = id, ofArea(nil, t)
	if len(r.hits) == 0 && !r.bare {
		return r, false
	}
	r.members = slices.Clone(members)
	return r, true
}

// bare reports whether tags say nothing about what a multipolygon is.
func bare(t tags) bool {
	for i := range t {
		switch t[i].key {
		case "type", "source", "created_by", "note", "fixme", "name":
		default:
			return false
		}
	}
	return true
}

// wanted notes the ways that multipolygons need.
func (c *conversion) wanted() {
	for i := range c.relations {
		r := &c.relations[i]
		for _, m := range r.members {
			w := c.members[m.way]
			if w == nil {
				w = &memberWay{}
				c.members[m.way] = w
			}
			if m.role != innerRole {
				w.bare = w.bare || r.bare
				w.covers = append(w.covers, r.hits...)
			}
		}
	}
}

// count fills the report's numbers of features.
func (c *conversion) count() {
	all := map[string]map[string]int{}
	for n := range c.out.layers {
		classes := map[string]int{}
		for i := range c.out.layers[n].features {
			classes[c.out.layers[n].features[i].values[classField]]++
		}
		if len(classes) > 0 {
			all[layerNames[n]] = classes
		}
	}
	c.out.Report.Features = all
}
