package geotiff

import (
	"strconv"

	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// Keys of GeoTIFF and their values.
const (
	keyModel      = 1024
	keyRaster     = 1025
	keyCitation   = 1026
	keyGeographic = 2048
	keyAngles     = 2054
	keyProjected  = 3072
	keyPlaneName  = 3073
	keyProjection = 3074
	keyMethod     = 3075
	keyLengths    = 3076
	keyLon0       = 3080
	keyLat0       = 3081
	keyX0         = 3082
	keyY0         = 3083
	keyK          = 3092

	modelProjected     = 1
	pixelIsArea        = 1
	cgcs2000           = 4490
	degrees            = 9102
	metres             = 9001
	userDefined        = 32767
	transverseMercator = 1
)

// keys is the directory of keys with what they point to.
type keys struct {
	entries [][4]uint16
	doubles []float64
	texts   string
}

func (k *keys) short(key, value uint16) { k.entries = append(k.entries, [4]uint16{key, 0, 1, value}) }

func (k *keys) double(key uint16, value float64) {
	k.entries = append(k.entries, [4]uint16{key, tagKeyDoubles, 1, uint16(len(k.doubles))})
	k.doubles = append(k.doubles, value)
}

func (k *keys) text(key uint16, value string) {
	value += "|"
	k.entries = append(k.entries, [4]uint16{key, tagKeyTexts, uint16(len(value)), uint16(len(k.texts))})
	k.texts += value
}

// directory is version 1.1.0, how many keys there are, and the keys.
func (k *keys) directory() []uint16 {
	out := []uint16{1, 1, 0, uint16(len(k.entries))}
	for _, e := range k.entries {
		out = append(out, e[:]...)
	}
	return out
}

// planeKeys tells the plane, in the ascending order of keys.
func planeKeys(t crs.TM) *keys {
	k := &keys{}
	k.short(keyModel, modelProjected)
	k.short(keyRaster, pixelIsArea)
	name := "CGCS2000 / transverse Mercator " + strconv.FormatFloat(t.Lon0, 'f', -1, 64)
	code, registered := t.EPSG()
	if registered {
		name = "EPSG:" + strconv.Itoa(code)
	}
	k.text(keyCitation, name)
	if registered {
		k.short(keyProjected, uint16(code))
		k.short(keyLengths, metres)
		return k
	}
	k.short(keyGeographic, cgcs2000)
	k.short(keyAngles, degrees)
	k.short(keyProjected, userDefined)
	k.text(keyPlaneName, name)
	k.short(keyProjection, userDefined)
	k.short(keyMethod, transverseMercator)
	k.short(keyLengths, metres)
	k.double(keyLon0, t.Lon0)
	k.double(keyLat0, 0)
	k.double(keyX0, t.X0)
	k.double(keyY0, t.Y0)
	scale := t.K
	if scale == 0 {
		scale = 1
	}
	k.double(keyK, scale)
	return k
}
