package importers

import (
	"context"
	"fmt"
	"strings"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/spatial"
)

// places finds the point of a record by the value of one of its columns.
type places struct {
	on    string
	byKey map[string]orb.Point
}

// joinKey makes two spellings of a name meet.
func joinKey(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// joined reads the files that give a file's records their places. The points
// are in the file's own coordinate system, so that they pass through the same
// door as coordinates that were in the file.
func (im *importer) joined(ctx context.Context, f *FileMapping) ([]places, error) {
	if len(f.Join) == 0 {
		return nil, nil
	}
	chosen, err := im.mapping.choose(ctx, f, im.options.Dir)
	if err != nil {
		return nil, err
	}
	own := chosen.system
	out := make([]places, 0, len(f.Join))
	for _, j := range f.Join {
		source := FileMapping{File: j.File, CRS: j.CRS}
		of, err := im.mapping.choose(ctx, &source, im.options.Dir)
		if err != nil {
			return nil, fmt.Errorf("join %s: %w", j.File, err)
		}
		system := of.system
		p := places{on: j.On, byKey: map[string]orb.Point{}}
		var bad *recordError
		keyed := false
		err = source.read(ctx, im.options.Dir, func(r *record) {
			key, ok := r.column(j.Key)
			keyed = keyed || ok
			key = joinKey(key)
			if _, taken := p.byKey[key]; key == "" || taken || r.geometry == nil {
				return
			}
			g, err := transform(system, r.geometry)
			if err != nil {
				bad = &recordError{number: r.number, reason: err}
				return
			}
			s, err := spatial.FromOrb(g)
			if err != nil {
				bad = &recordError{number: r.number, reason: err}
				return
			}
			at := s.Representative()
			x, y := own.FromCGCS2000(at.Lon(), at.Lat())
			p.byKey[key] = orb.Point{x, y}
		}, func(e *recordError) { bad = e })
		if err == nil && bad != nil {
			err = bad
		}
		if err == nil && !keyed {
			err = fmt.Errorf("no column %q (key)", j.Key)
		}
		if err != nil {
			return nil, fmt.Errorf("join %s: %w", j.File, err)
		}
		out = append(out, p)
	}
	return out, nil
}

// place looks the record up in the joined files; the first that has it counts.
func (rd *reading) place(r *record) orb.Geometry {
	for _, p := range rd.places {
		v, _ := r.column(p.on)
		if at, ok := p.byKey[joinKey(v)]; ok {
			return at
		}
	}
	return nil
}
