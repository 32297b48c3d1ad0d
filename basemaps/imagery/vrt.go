//go:build gdal

package imagery

import (
	"encoding/xml"
	"fmt"
	"strings"

	"github.com/airbusgeo/godal"
)

// transparent is the value of no data after the stretch, which leaves 0 for it; nil
// where alpha or a mask says what is transparent, or nothing does.
func (one *sheet) transparent() *float64 {
	switch {
	case one.nodata == nil || one.palette != nil:
		return nil
	case one.deep:
		return new(float64)
	}
	return one.nodata
}

// dataset opens the sheet as red, green, blue and perhaps alpha, 8 bits each. GDAL's
// virtual format does it: nothing is read or copied yet.
func (one *sheet) dataset(s *stretch) (*godal.Dataset, error) {
	return godal.Open(one.virtual(s), godal.RasterOnly(), godal.Drivers("VRT"), godal.ConfigOption(settings()...), godal.ErrLogger(failures))
}

// virtual is the XML of the virtual format.
func (one *sheet) virtual(s *stretch) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<VRTDataset rasterXSize="%d" rasterYSize="%d">`, one.width, one.height)
	if one.crs != "" {
		b.WriteString("<SRS>" + escaped(one.crs) + "</SRS>")
	}
	t := one.transform
	fmt.Fprintf(&b, "<GeoTransform>%.17g,%.17g,%.17g,%.17g,%.17g,%.17g</GeoTransform>", t[0], t[1], t[2], t[3], t[4], t[5])
	for i, name := range []string{"Red", "Green", "Blue"} {
		one.band(&b, i+1, name, fmt.Sprint(one.colours[i%len(one.colours)]), one.colour(s, i))
	}
	switch {
	case one.alpha != 0:
		extra := ""
		if one.deep {
			extra = "<LUT>0:0,1:1,65535:255</LUT>"
		}
		one.band(&b, 4, "Alpha", fmt.Sprint(one.alpha), extra)
	case one.masked:
		one.band(&b, 4, "Alpha", "mask,1", "")
	case one.palette != nil && one.nodata != nil:
		v := *one.nodata
		one.band(&b, 4, "Alpha", "1", fmt.Sprintf("<LUT>%g:255,%g:0,%g:255</LUT>", v-1, v, v+1))
	case one.palette != nil:
		one.band(&b, 4, "Alpha", "1", "<ColorTableComponent>4</ColorTableComponent>")
	}
	b.WriteString("</VRTDataset>")
	return b.String()
}

// colour is how a band of colour is changed.
func (one *sheet) colour(s *stretch, i int) string {
	switch {
	case one.palette != nil:
		return fmt.Sprintf("<ColorTableComponent>%d</ColorTableComponent>", i+1)
	case !one.deep:
		return ""
	}
	i %= len(one.colours)
	lut := fmt.Sprintf("<LUT>%.17g:1,%.17g:255</LUT>", s[len(one.colours)/2][i][0], s[len(one.colours)/2][i][1])
	if one.nodata != nil {
		return fmt.Sprintf("<NODATA>%.17g</NODATA>", *one.nodata) + lut
	}
	return lut
}

func (one *sheet) band(b *strings.Builder, n int, name, from, extra string) {
	fmt.Fprintf(b, `<VRTRasterBand dataType="Byte" band="%d"><ColorInterp>%s</ColorInterp>`, n, name)
	if v := one.transparent(); v != nil && n <= 3 {
		fmt.Fprintf(b, "<NoDataValue>%g</NoDataValue>", *v)
	}
	kind := "SimpleSource"
	if extra != "" {
		kind = "ComplexSource"
	}
	fmt.Fprintf(b, `<%s><SourceFilename relativeToVRT="0">%s</SourceFilename><SourceBand>%s</SourceBand>`, kind, escaped(one.path), from)
	box := fmt.Sprintf(`xOff="0" yOff="0" xSize="%d" ySize="%d"`, one.width, one.height)
	fmt.Fprintf(b, "<SrcRect %s/><DstRect %s/>%s</%s></VRTRasterBand>", box, box, extra, kind)
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes all
	return b.String()
}
