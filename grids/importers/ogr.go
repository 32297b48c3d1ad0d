//go:build gdal

package importers

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/airbusgeo/godal"
	"github.com/paulmach/orb"

	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// ogrDrivers are the only ones that a file is offered to: none of them asks a network.
var ogrDrivers = [...]string{"OpenFileGDB", "MapInfo File", "DXF", "LIBKML", "KML"}

// noNetwork holds even a table that names others from reaching beyond this machine.
const noNetwork = "CPL_VSIL_CURL_ALLOWED_FILENAME=none"

// ogrErrors makes errors of GDAL's failures; its warnings are of its own business.
func ogrErrors(category godal.ErrorCategory, _ int, message string) error {
	if category >= godal.CE_Failure {
		return fmt.Errorf("GDAL: %s", message)
	}
	return nil
}

// openOGR opens a file to read, and finds the layer that table names, or the only one.
func openOGR(ctx context.Context, path, table string) (*godal.Dataset, godal.Layer, error) {
	var none godal.Layer
	if err := bounded(ctx, path); err != nil {
		return nil, none, err
	}
	godal.RegisterAll() // again is no harm
	ds, err := godal.Open(path, godal.VectorOnly(), godal.Drivers(ogrDrivers[:]...), godal.ConfigOption(noNetwork), godal.ErrLogger(ogrErrors))
	if err != nil {
		return nil, none, err
	}
	var names []string
	for _, l := range ds.Layers() {
		if names = append(names, l.Name()); l.Name() == table {
			return ds, l, nil
		}
	}
	if table == "" && len(names) == 1 {
		return ds, ds.Layers()[0], nil
	}
	release(ds)
	switch {
	case len(names) == 0:
		err = errors.New("there is no layer in it")
	case table == "":
		err = fmt.Errorf("several layers, name one as table: %s", strings.Join(names, ", "))
	default:
		err = fmt.Errorf("no layer %q; there are %s", table, strings.Join(names, ", "))
	}
	return nil, none, err
}

// release closes what was only read.
func release(ds *godal.Dataset) { _ = ds.Close() }

// declaredOGR is the system that a layer says it is in, nil when it says none.
func declaredOGR(ctx context.Context, path, table string) (s crs.System, where string, err error) {
	where = "the layer"
	ds, layer, err := openOGR(ctx, path, table)
	if err != nil {
		return nil, where, err
	}
	defer release(ds)
	ref := layer.SpatialRef()
	if *ref == (godal.SpatialRef{}) {
		return nil, where, nil
	}
	if strings.EqualFold(ref.AuthorityName(""), "EPSG") {
		s, err = resolve("epsg:" + ref.AuthorityCode(""))
	}
	if s == nil {
		text, terr := ref.WKT(godal.ErrLogger(ogrErrors))
		if terr == nil {
			s, terr = crs.ParseWKT(text)
		}
		if terr == nil || err == nil {
			err = terr
		}
	}
	if err != nil {
		return nil, where, fmt.Errorf("%s: %w", where, err)
	}
	return s, where, nil
}

// readOGR reads a layer through a copy in memory: the copy has its curves as straight
// lines and its numbers as text, where a number that is missing is not taken for 0,
// and an error in the midst of the file is told, not taken for its end.
func readOGR(ctx context.Context, path, table string, row func(*record), fault func(*recordError)) error {
	ds, layer, err := openOGR(ctx, path, table)
	if err != nil {
		return err
	}
	defer release(ds)
	if strings.HasPrefix(layer.Name(), "-") {
		return fmt.Errorf("layer %q: a name that begins with - is not read", layer.Name())
	}
	var numbers map[string]bool
	if err := hold(ds, layer.Name(), func(first godal.Layer) error {
		numbers = numberFields(first)
		return nil
	}, "-limit", "1"); err != nil {
		return err
	}
	return hold(ds, layer.Name(), func(held godal.Layer) error {
		return readHeld(ctx, held, numbers, row, fault)
	}, "-nlt", "CONVERT_TO_LINEAR", "-mapFieldType", "Integer=String,Integer64=String,Real=String")
}

// hold gives use a copy of a layer in memory, made as the switches of ogr2ogr say.
func hold(ds *godal.Dataset, layer string, use func(godal.Layer) error, switches ...string) error {
	held, err := ds.VectorTranslate("", append(append([]string{"-f", "Memory"}, switches...), layer), godal.ConfigOption(noNetwork), godal.ErrLogger(ogrErrors))
	if err != nil {
		return err
	}
	defer release(held)
	if n := len(held.Layers()); n != 1 {
		return fmt.Errorf("layer %s: %d layers of this name", layer, n)
	}
	return use(held.Layers()[0])
}

func readHeld(ctx context.Context, layer godal.Layer, numbers map[string]bool, row func(*record), fault func(*recordError)) error {
	n, flattened := 0, false
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		f := layer.NextFeature()
		if f == nil {
			break
		}
		n++
		g, solid, err := ogrGeometry(f.Geometry())
		props := ogrProps(f.Fields(), numbers)
		f.Close()
		flattened = flattened || solid
		switch {
		case err != nil:
			fault(&recordError{number: n, rule: "broken-geometry", reason: err})
		case g == nil:
			fault(&recordError{number: n, rule: "no-geometry", reason: errors.New("the record has no geometry")})
		default:
			row(&record{number: n, geometry: g, props: props})
		}
	}
	if n == 0 {
		return errors.New("the layer has no record")
	}
	if flattened {
		fault(&recordError{rule: "flattened", reason: errors.New("the geometries have Z or M values, which are left out")})
	}
	return nil
}

// numberFields names the columns of numbers, by the first record.
func numberFields(layer godal.Layer) map[string]bool {
	numbers := map[string]bool{}
	if f := layer.NextFeature(); f != nil {
		for name, v := range f.Fields() {
			switch v.Type() {
			case godal.FTInt, godal.FTInt64, godal.FTReal:
				numbers[name] = true
			}
		}
		f.Close()
	}
	return numbers
}

// ogrGeometry reads a geometry, nil when there is none; solid says that it had Z or M.
func ogrGeometry(from *godal.Geometry) (g orb.Geometry, solid bool, err error) {
	if *from == (godal.Geometry{}) {
		return nil, false, nil
	}
	wkb, err := from.WKB(godal.ErrLogger(ogrErrors))
	if err != nil {
		return nil, false, err
	}
	if len(wkb) < 5 {
		return nil, false, fmt.Errorf("a geometry of %d bytes", len(wkb))
	}
	// Little-endian; Z and M are flags (of old) or thousands of the type.
	kind := uint32(wkb[1]) | uint32(wkb[2])<<8 | uint32(wkb[3])<<16 | uint32(wkb[4])<<24
	head := []byte{'G', 'P', 0, 1, 0, 0, 0, 0}
	g, _, err = cityfile.Decode(append(head, wkb...))
	return g, kind >= 1000, err
}

// ogrProps are the columns of a record; what is missing is empty text.
func ogrProps(fields map[string]godal.Field, numbers map[string]bool) map[string]any {
	props := make(map[string]any, len(fields))
	for name, v := range fields {
		switch v.Type() {
		case godal.FTString:
			props[name] = v.String()
			if numbers[name] {
				props[name] = plainNumber(v.String())
			}
		case godal.FTDate, godal.FTTime, godal.FTDateTime:
			props[name] = ogrTime(v)
		case godal.FTIntList, godal.FTInt64List:
			props[name] = v.IntList()
		case godal.FTRealList:
			props[name] = v.FloatList()
		case godal.FTStringList:
			props[name] = v.StringList()
		case godal.FTBinary:
			props[name] = fmt.Sprintf("%x", v.Bytes())
		}
	}
	return props
}

// exactBelow is where a number of 15 digits, as OGR writes it, ceases to be whole.
const exactBelow = 1e15

// plainNumber writes a number without exponent, and leaves it where the exponent shows
// that digits were lost: such a code is refused.
func plainNumber(text string) string {
	text = strings.TrimSpace(text)
	if v, err := strconv.ParseFloat(text, 64); err == nil && math.Abs(v) < exactBelow {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return text
}

// ogrTime is RFC 3339; a time that names no zone stays without one and is of the city's.
func ogrTime(v godal.Field) string {
	t := v.DateTime()
	switch {
	case t == nil:
		return ""
	case v.Type() == godal.FTDate:
		return t.Format(time.DateOnly)
	case v.Type() == godal.FTTime:
		return t.Format(time.TimeOnly)
	case t.Location().String() == "":
		return t.Format("2006-01-02T15:04:05")
	}
	return t.Format(time.RFC3339)
}
