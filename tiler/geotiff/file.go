package geotiff

import (
	"cmp"
	"encoding/binary"
	"encoding/xml"
	"math"
	"slices"
	"strings"
)

// Tags of TIFF 6.0, of its extensions, of GeoTIFF and of GDAL.
const (
	tagWidth        = 256
	tagHeight       = 257
	tagBits         = 258
	tagCompression  = 259
	tagPhotometric  = 262
	tagDescription  = 270
	tagSamples      = 277
	tagPlanar       = 284
	tagSoftware     = 305
	tagPredictor    = 317
	tagBlockWidth   = 322
	tagBlockHeight  = 323
	tagBlockOffsets = 324
	tagBlockSizes   = 325
	tagFormat       = 339
	tagPixelScale   = 33550
	tagTiePoint     = 33922
	tagKeys         = 34735
	tagKeyDoubles   = 34736
	tagKeyTexts     = 34737
	tagMetadata     = 42112
	tagNoData       = 42113
)

const (
	compressionDeflate    = 8
	photometricMinIsBlack = 1
	predictorFloat        = 3
	formatFloat           = 3
)

// Types of TIFF's fields.
const (
	typeASCII  = 2
	typeShort  = 3
	typeLong   = 4
	typeDouble = 12
)

// file is one that grows.
type file struct {
	body           []byte
	offsets, sizes []uint32
	fields         []field
}

// field is a tag with its values as bytes.
type field struct {
	tag, kind uint16
	count     uint32
	value     []byte
}

// headSize is the order of the bytes, 42, and where the tags begin.
const headSize = 8

func newFile() *file {
	return &file{body: append(make([]byte, 0, 1<<16), "II*\x00\x00\x00\x00\x00"...)}
}

func (f *file) add(tag, kind uint16, count int, value []byte) {
	if count > 0 {
		f.fields = append(f.fields, field{tag, kind, uint32(count), value})
	}
}

// ascii adds a text, "" for none. Readers take it as UTF-8.
func (f *file) ascii(tag uint16, text string) {
	if text = strings.ReplaceAll(text, "\x00", ""); text != "" {
		f.add(tag, typeASCII, len(text)+1, append([]byte(text), 0))
	}
}

func (f *file) shorts(tag uint16, v ...uint16) {
	var b []byte
	for _, one := range v {
		b = binary.LittleEndian.AppendUint16(b, one)
	}
	f.add(tag, typeShort, len(v), b)
}

func (f *file) longs(tag uint16, v ...uint32) {
	var b []byte
	for _, one := range v {
		b = binary.LittleEndian.AppendUint32(b, one)
	}
	f.add(tag, typeLong, len(v), b)
}

func (f *file) doubles(tag uint16, v ...float64) {
	var b []byte
	for _, one := range v {
		b = binary.LittleEndian.AppendUint64(b, math.Float64bits(one))
	}
	f.add(tag, typeDouble, len(v), b)
}

// finish appends the tags in their order and returns the file.
func (f *file) finish() []byte {
	slices.SortFunc(f.fields, func(a, b field) int { return cmp.Compare(a.tag, b.tag) })
	const entry, inPlace = 12, 4
	f.even()
	start := len(f.body)
	binary.LittleEndian.PutUint32(f.body[4:headSize], uint32(start))
	beyond := start + 2 + entry*len(f.fields) + 4
	head := binary.LittleEndian.AppendUint16(nil, uint16(len(f.fields)))
	var values []byte
	for _, one := range f.fields {
		head = binary.LittleEndian.AppendUint16(head, one.tag)
		head = binary.LittleEndian.AppendUint16(head, one.kind)
		head = binary.LittleEndian.AppendUint32(head, one.count)
		if len(one.value) <= inPlace {
			head = append(head, one.value...)
			head = append(head, make([]byte, inPlace-len(one.value))...)
			continue
		}
		head = binary.LittleEndian.AppendUint32(head, uint32(beyond+len(values)))
		values = append(values, one.value...)
		if len(values)%2 == 1 {
			values = append(values, 0)
		}
	}
	head = binary.LittleEndian.AppendUint32(head, 0) // no other raster follows
	return append(append(f.body, head...), values...)
}

// even has what follows begin at an even place, as the format wants it.
func (f *file) even() {
	if len(f.body)%2 == 1 {
		f.body = append(f.body, 0)
	}
}

// metadata writes the items as GDAL has them.
func (r *Raster) metadata() string {
	var b strings.Builder
	text := func(s string) {
		_ = xml.EscapeText(&b, []byte(s)) // to memory
	}
	item := func(name, attributes, value string) {
		if value == "" {
			return
		}
		b.WriteString(`<Item name="`)
		text(name)
		b.WriteString(`"` + attributes + `>`)
		// GDAL writes values escaped twice, and undoes both.
		var once strings.Builder
		_ = xml.EscapeText(&once, []byte(value))
		text(once.String())
		b.WriteString("</Item>")
	}
	b.WriteString("<GDALMetadata>")
	for _, one := range r.Items {
		item(one.Name, "", one.Value)
	}
	item("DESCRIPTION", ` sample="0" role="description"`, r.Band)
	item("UNITTYPE", ` sample="0" role="unittype"`, r.Unit)
	b.WriteString("</GDALMetadata>")
	return b.String()
}
