package importers

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// A Shapefile and a GeoPackage say themselves in which coordinate system they are.
// What the mapping says of the file comes first, then the file's own word, then
// what the mapping says of all files. Where two of these give places more than
// contradictionM apart, that is a fault: one of them is wrong, and only the city
// knows which. GCJ-02 and BD-09 have no name that a file could bear: such files say
// that they are WGS 84 or CGCS2000.

// contradictionM is above the digits of a .prj and the difference of WGS 84 and
// CGCS2000, and below that of any two other systems.
const contradictionM = 0.5

// resolve finds a system by its name: those of package crs, and with the build tag
// proj all of EPSG's register.
func resolve(name string) (crs.System, error) {
	s, err := crs.Parse(name)
	if err == nil || !strings.HasPrefix(strings.ToLower(name), "epsg:") {
		return s, err
	}
	s, perr := registered(strings.ToUpper(name))
	if errors.Is(perr, errNoPROJ) {
		return nil, fmt.Errorf("%w; %w", err, perr)
	}
	return s, perr
}

// errNoPROJ says how to get the systems that only PROJ knows.
var errNoPROJ = errors.New("other codes need a wanmi built with PROJ (libproj-dev): go build -tags proj")

// declared is the system that a file says it is in, nil when it says none, and where
// it says so.
func (f *FileMapping) declared(ctx context.Context, dir string) (s crs.System, where string, err error) {
	kind, err := f.format()
	if err != nil {
		return nil, "", err
	}
	switch kind {
	case formatShapefile:
		set, err := openShapefile(ctx, f.path(dir), f.Table)
		if err != nil {
			return nil, "", err
		}
		defer set.release()
		if set.prj == "" {
			return nil, "", nil
		}
		if s, err = crs.ParseWKT(set.prj); err != nil {
			err = fmt.Errorf("the .prj: %w", err)
		}
		return s, "the .prj", err
	case formatOGR:
		return declaredOGR(ctx, f.path(dir), f.Table)
	case formatGPKG:
		const where = "the GeoPackage"
		srs, err := cityfile.ReadForeignSRS(ctx, f.path(dir), f.Table)
		if err != nil || srs.ID <= 0 {
			return nil, where, err
		}
		if strings.EqualFold(srs.Organization, "EPSG") {
			s, err = resolve(fmt.Sprintf("epsg:%d", srs.Code))
		}
		if s == nil {
			if byText, terr := crs.ParseWKT(srs.Definition); terr == nil {
				s, err = byText, nil
			} else if err == nil {
				err = terr
			}
		}
		if err != nil {
			err = fmt.Errorf("%s: %w", where, err)
		}
		return s, where, err
	}
	return nil, "", nil
}

// choice is the system a file is read in, and the one it must agree with, if any.
type choice struct {
	system crs.System
	other  crs.System
	where  string // what names the other
}

// choose settles in which system a file is read.
func (m *Mapping) choose(ctx context.Context, f *FileMapping, dir string) (choice, error) {
	own, where, err := f.declared(ctx, dir)
	if err != nil && (f.CRS == CRS{} || !errors.Is(err, crs.ErrUnknown)) {
		return choice{}, err // a system we do not know stands back behind the mapping's word
	}
	if f.CRS == (CRS{}) && own != nil {
		common, err := m.system(CRS{})
		if err == nil && shifted(common) && own.Geographic() {
			return choice{}, fmt.Errorf("%s says %s, crs of the mapping says %s of all files: name crs for this file", where, own.Name(), common.Name())
		}
		return choice{system: own}, nil
	}
	s, err := m.system(f.CRS)
	if err != nil || own == nil || (shifted(s) && own.Geographic()) {
		return choice{system: s}, err
	}
	return choice{s, own, where}, nil
}

// shifted says whether a system is one of those that files cannot name.
func shifted(s crs.System) bool { return s.Name() == "gcj02" || s.Name() == "bd09" }

// agrees compares the two systems at the first vertex of a file.
func (rd *reading) agrees(r *record) bool {
	if rd.chosen.other == nil || rd.compared {
		return !rd.contradicted
	}
	p, ok := firstVertex(r.geometry)
	if !ok {
		return true
	}
	rd.compared = true
	a, b := rd.chosen.system, rd.chosen.other
	if a.Check(p[0], p[1]) != nil {
		return true // told vertex by vertex
	}
	how := ""
	if err := b.Check(p[0], p[1]); err != nil {
		how = err.Error()
	} else {
		alon, alat := a.ToCGCS2000(p[0], p[1])
		blon, blat := b.ToCGCS2000(p[0], p[1])
		if away := metresBetween(alon, alat, blon, blat); !(away <= contradictionM) {
			how = fmt.Sprintf("%s puts the first vertex %.1f m away from %s of the mapping", b.Name(), away, a.Name())
		}
	}
	if how == "" {
		return true
	}
	rd.contradicted = true
	rd.im.report.Add(grids.Fault{
		Severity: grids.Error, Rule: "crs-contradiction", File: rd.f.File, Layer: rd.layer,
		Reason: rd.chosen.where + " contradicts the mapping: " + how,
		Hint:   "leave out crs in the mapping if the file is right; else mend the file, or delete its .prj",
	})
	return false
}

func metresBetween(alon, alat, blon, blat float64) float64 {
	x, y := crs.LocalPlane(alon, alat).Forward(blon, blat)
	return max(x, -x) + max(y, -y)
}

func firstVertex(g orb.Geometry) (p orb.Point, ok bool) {
	switch g := g.(type) {
	case orb.Point:
		return g, true
	case orb.MultiPoint:
		if len(g) > 0 {
			return g[0], true
		}
	case orb.LineString:
		if len(g) > 0 {
			return g[0], true
		}
	case orb.MultiLineString:
		if len(g) > 0 {
			return firstVertex(g[0])
		}
	case orb.Polygon:
		if len(g) > 0 {
			return firstVertex(orb.LineString(g[0]))
		}
	case orb.MultiPolygon:
		if len(g) > 0 {
			return firstVertex(g[0])
		}
	}
	return p, false
}
