package crs

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ErrWKT is wrapped when a text is no description of a coordinate system.
var ErrWKT = errors.New("not a well-known text of a coordinate system")

// ParseWKT finds the system that a well-known text describes, as it stands in the
// .prj of a Shapefile (of ESRI or OGC, version 1 or 2): CGCS2000 and WGS 84 in
// degrees, Web Mercator, the Gauss-Krüger systems of CGCS2000, and every other
// transverse Mercator on these two as a [Grid], with its unit of length. Axes are
// taken easting first, as files have them. The error wraps ErrWKT, or ErrUnknown
// for a system that is described and not known here: an older datum, another
// projection.
func ParseWKT(text string) (System, error) {
	root, err := parseWKTNode(text)
	if err != nil {
		return nil, err
	}
	switch root.key {
	case "geogcs", "geogcrs", "geodcrs", "geographiccrs":
		return geographicOf(root)
	case "projcs", "projcrs", "projectedcrs":
		return projectedOf(root)
	}
	return nil, fmt.Errorf("%w: it begins with %.32q", ErrWKT, root.key)
}

// geographicOf tells the datum: of the two that are one here.
func geographicOf(n *wktNode) (System, error) {
	datum := n.find("datum", "geodeticdatum", "trf", "ensemble")
	if datum == nil {
		return nil, fmt.Errorf("%w: %q has no datum", ErrWKT, n.name)
	}
	if m := n.find("primem", "primemeridian"); m != nil && m.number(0) != 0 {
		return nil, fmt.Errorf("%w: prime meridian %s", ErrUnknown, m.name)
	}
	unit := n.find("unit", "angleunit")
	if unit != nil && math.Abs(unit.number(0)-degree) > 1e-9 {
		return nil, fmt.Errorf("%w: angles in %s", ErrUnknown, unit.name)
	}
	switch name := plainName(datum.name) + " " + plainName(n.name); {
	case strings.Contains(name, "china2000"), strings.Contains(name, "cgcs2000"), strings.Contains(name, "chinageodeticcoordinatesystem2000"):
		return lonLat{name: "cgcs2000"}, nil
	case strings.Contains(name, "wgs1984"), strings.Contains(name, "wgs84"), strings.Contains(name, "worldgeodeticsystem1984"):
		return lonLat{name: "wgs84"}, nil
	case strings.Contains(name, "unknown"), strings.Contains(name, "userdefined"):
		// A city's own grid is often written so; its ellipsoid tells.
		const flattening, within = 298.25722, 1e-4
		if s := datum.find("spheroid", "ellipsoid"); s != nil && s.number(0) == semiMajor && math.Abs(s.number(1)-flattening) < within {
			return lonLat{name: "cgcs2000"}, nil
		}
	}
	return nil, fmt.Errorf("%w: the datum %q of %q; transform the data to CGCS2000 with your survey office's parameters", ErrUnknown, datum.name, n.name)
}

const semiMajor = 6378137

func projectedOf(n *wktNode) (System, error) {
	base := n.find("geogcs", "basegeogcrs", "basegeodcrs")
	if base == nil {
		return nil, fmt.Errorf("%w: %q has no geographic system below it", ErrWKT, n.name)
	}
	if _, err := geographicOf(base); err != nil {
		return nil, err
	}
	from, method := n, n.find("projection")
	if c := n.find("conversion", "derivingconversion"); c != nil {
		from, method = c, c.find("method", "projection")
	}
	if method == nil {
		return nil, fmt.Errorf("%w: %q names no projection", ErrWKT, n.name)
	}
	switch plainName(method.name) {
	case "transversemercator", "gausskruger":
		return transverseOf(n, from)
	case "mercatorauxiliarysphere", "popularvisualisationpseudomercator":
		return webMercator{}, nil
	case "mercator1sp", "mercator":
		if name := plainName(n.name); strings.Contains(name, "pseudomercator") || strings.Contains(name, "webmercator") {
			return webMercator{}, nil
		}
	}
	return nil, fmt.Errorf("%w: the projection %q of %q", ErrUnknown, method.name, n.name)
}

// transverseOf makes the register's system of the parameters, or a grid.
func transverseOf(n, from *wktNode) (System, error) {
	unitM := 1.0
	if u := n.find("unit", "lengthunit"); u != nil {
		unitM = u.number(0)
	} else if cs := n.find("axis"); cs != nil {
		if u := cs.find("lengthunit", "unit"); u != nil {
			unitM = u.number(0)
		}
	}
	t := TM{K: 1}
	var lat0 float64
	for _, p := range from.nodes {
		if p.key != "parameter" {
			continue
		}
		v := p.number(0)
		switch plainName(p.name) {
		case "centralmeridian", "longitudeofnaturalorigin", "longitudeoforigin":
			t.Lon0 = v
		case "latitudeoforigin", "latitudeofnaturalorigin":
			lat0 = v
		case "scalefactor", "scalefactoratnaturalorigin":
			t.K = v
		case "falseeasting":
			t.X0 = v * unitM
		case "falsenorthing":
			t.Y0 = v * unitM
		default:
			return nil, fmt.Errorf("%w: the parameter %q of %q", ErrUnknown, p.name, n.name)
		}
	}
	if err := t.Validate(); err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrWKT, n.name, err)
	}
	if lat0 != 0 {
		_, north := TM{Lon0: t.Lon0, K: t.K}.Forward(t.Lon0, lat0)
		t.Y0 -= north
	}
	g := Grid{TM: t}
	if unitM != 1 {
		g.Affine = [6]float64{0: 1 / unitM, 4: 1 / unitM}
	} else {
		if code, ok := t.EPSG(); ok {
			return newGaussKruger(code), nil
		}
	}
	if err := g.Validate(); err != nil {
		return nil, fmt.Errorf("%w: %q: %w", ErrWKT, n.name, err)
	}
	return g, nil
}

// plainName leaves letters and digits, in lower case: D_China_2000 and China 2000
// are one name.
func plainName(s string) string {
	s = strings.ToLower(s)
	s = strings.TrimPrefix(s, "d_")
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, s)
}

// WKT describes a system as .prj files have it, version 1. ok is false for what no
// such text can say: GCJ-02, BD-09, a grid with an affine map.
func WKT(s System) (text string, ok bool) {
	const (
		china = `GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],` +
			`PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`
		world = `GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],` +
			`PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]`
		mercator = `PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",` + world + `,PROJECTION["Mercator_Auxiliary_Sphere"],` +
			`PARAMETER["False_Easting",0.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",0.0],` +
			`PARAMETER["Standard_Parallel_1",0.0],PARAMETER["Auxiliary_Sphere_Type",0.0],UNIT["Meter",1.0]]`
	)
	plane := func(name string, t TM) (string, bool) {
		k := t.K
		if k == 0 {
			k = 1
		}
		return fmt.Sprintf(`PROJCS["%s",%s,PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",%s],PARAMETER["False_Northing",%s],`+
			`PARAMETER["Central_Meridian",%s],PARAMETER["Scale_Factor",%s],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]`,
			name, china, figure(t.X0), figure(t.Y0), figure(t.Lon0), figure(k)), true
	}
	switch s := s.(type) {
	case lonLat:
		if s.name == "wgs84" {
			return world, true
		}
		return china, true
	case webMercator:
		return mercator, true
	case gaussKruger:
		name := fmt.Sprintf("CGCS2000_GK_CM_%gE", s.tm.Lon0)
		if s.zone > 0 {
			name = fmt.Sprintf("CGCS2000_GK_Zone_%d", s.zone)
		}
		return plane(name, s.tm)
	case Grid:
		if m := s.affine(); m == [6]float64{0: 1, 4: 1} {
			return plane("City_Grid", s.TM)
		}
	}
	return "", false
}

// figure writes a number with a point, as old programs want it.
func figure(v float64) string {
	text := strconv.FormatFloat(v, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return text
}
