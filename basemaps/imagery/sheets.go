//go:build gdal

package imagery

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/airbusgeo/godal"
)

// drivers are the only ones that a sheet is offered to: none of them asks a network
// or names other files.
var drivers = [...]string{"GTiff", "HFA", "JP2OpenJPEG", "PNG", "JPEG"}

// settings hold for each call: no network, no files beside the sheets, a bounded
// cache of blocks (what the environment says goes before), and, where a sheet is a
// folder with thousands of others, no look at them.
func settings() []string {
	all := []string{"CPL_VSIL_CURL_ALLOWED_FILENAME=none", "GDAL_PAM_ENABLED=NO", "GDAL_DISABLE_READDIR_ON_OPEN=EMPTY_DIR"}
	if os.Getenv("GDAL_CACHEMAX") == "" {
		all = append(all, "GDAL_CACHEMAX=128")
	}
	return all
}

// failures makes errors of GDAL's; its warnings are of its own business.
func failures(category godal.ErrorCategory, _ int, message string) error {
	if category >= godal.CE_Failure {
		return fmt.Errorf("GDAL: %s", message)
	}
	return nil
}

// sheet is one file and how it becomes red, green, blue and alpha.
type sheet struct {
	path          string
	width, height int
	crs           string // WKT
	transform     [6]float64
	colours       []int // bands, from 1; one is grey or an index of the palette
	alpha         int   // band, 0 for none
	masked        bool  // by a mask of the file, or that of its palette's index
	palette       *godal.ColorTable
	deep          bool     // more than 8 bits, to be stretched
	nodata        *float64 // of the file or the options

	extent extent
	metres float64
}

// studio is the sheets.
type studio struct {
	sheets  []*sheet
	options Options
	stretch stretch
	name    []string
}

// openSheets looks at each sheet.
func openSheets(ctx context.Context, paths []string, o *Options) (source, error) {
	if len(paths) == 0 {
		return nil, errors.New("no sheet is named")
	}
	godal.RegisterAll() // again is no harm
	if name := strings.ToUpper(string(o.Format)); !has(name) {
		return nil, fmt.Errorf("this GDAL has no driver %s: choose another format", name)
	}
	s := &studio{options: *o, name: []string{fmt.Sprintf("GDAL %d.%d.%d", godal.Version().Major(), godal.Version().Minor(), godal.Version().Revision())}}
	for _, path := range paths {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		one, err := openSheet(path, o)
		if err != nil {
			return nil, fmt.Errorf("sheet %s: %w", path, err)
		}
		info, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		s.sheets = append(s.sheets, one)
		s.name = append(s.name, fmt.Sprintf("%s %d %d", filepath.Base(path), info.Size(), info.ModTime().UnixNano()))
	}
	var err error
	if s.stretch, err = s.measure(ctx); err != nil {
		return nil, err
	}
	for _, one := range s.sheets {
		if err := one.locate(o, &s.stretch); err != nil {
			return nil, fmt.Errorf("sheet %s: %w", one.path, err)
		}
	}
	return s, nil
}

func has(driver string) bool {
	_, ok := godal.RasterDriver(godal.DriverName(driver))
	return ok
}

func (s *studio) key() []string { return s.name }

func (s *studio) extents() (all []extent, metres float64) {
	metres = math.Inf(1)
	for _, one := range s.sheets {
		all = append(all, one.extent)
		metres = min(metres, one.metres)
	}
	return all, metres
}

func (s *studio) painter() painter {
	return &gdalPainter{studio: s, open: map[*sheet]*handle{}}
}

func openFile(path string) (*godal.Dataset, error) {
	return godal.Open(path, godal.RasterOnly(), godal.Drivers(drivers[:]...), godal.ConfigOption(settings()...), godal.ErrLogger(failures))
}

// release closes what was only read.
func release(ds *godal.Dataset) { _ = ds.Close() }

// Flags of a band's mask, from GDAL's RFC 15.
const maskOfFile = 2

func openSheet(path string, o *Options) (*sheet, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	ds, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer release(ds)
	st := ds.Structure()
	one := &sheet{path: path, width: st.SizeX, height: st.SizeY, crs: ds.Projection(), nodata: o.NoData}
	if one.transform, err = ds.GeoTransform(godal.ErrLogger(failures)); err != nil {
		return nil, errors.New("it does not say where it lies (no geotransform)")
	}
	if one.crs == "" && o.CRS == "" {
		return nil, errors.New("it does not say its coordinate system; give --crs, such as EPSG:4547")
	}
	return one, one.readBands(ds)
}

// readBands finds which bands are the colours and what is transparent.
func (one *sheet) readBands(ds *godal.Dataset) error {
	bands := ds.Bands()
	if len(bands) == 0 {
		return errors.New("it has no band")
	}
	by := map[godal.ColorInterp]int{}
	for i, b := range slices.Backward(bands) {
		by[b.ColorInterp()] = i + 1
	}
	one.alpha = by[godal.CIAlpha]
	count := len(bands)
	if one.alpha != 0 {
		count--
	}
	r, g, b := by[godal.CIRed], by[godal.CIGreen], by[godal.CIBlue]
	switch {
	case r*g*b != 0:
		one.colours = []int{r, g, b}
	case count >= 3 && one.alpha == 0 || count >= 3 && one.alpha > 3:
		one.colours = []int{1, 2, 3}
	case one.alpha == 1:
		return errors.New("its first band is alpha")
	default:
		one.colours = []int{1}
	}
	first := bands[one.colours[0]-1]
	if v, ok := first.NoData(); ok && one.nodata == nil {
		one.nodata = &v
	}
	one.deep = first.Structure().DataType != godal.Byte
	if table := first.ColorTable(); len(one.colours) == 1 && first.ColorInterp() == godal.CIPalette && len(table.Entries) > 0 {
		if one.deep {
			return errors.New("a palette of more than 8 bits is not read")
		}
		one.palette = &table
	}
	one.masked = one.alpha == 0 && first.MaskFlags()&maskOfFile != 0
	if one.alpha != 0 || one.masked {
		one.nodata = nil
	}
	return nil
}

// locate finds the sheet's box and pixels in the web map's projection.
func (one *sheet) locate(o *Options, s *stretch) error {
	ds, err := one.dataset(s)
	if err != nil {
		return err
	}
	defer release(ds)
	warped, err := godal.Warp("", []*godal.Dataset{ds}, append(one.switches(o), "-of", "VRT"), godal.ConfigOption(settings()...), godal.ErrLogger(failures))
	if err != nil {
		return fmt.Errorf("its coordinate system does not go into the web map's: %w", err)
	}
	defer release(warped)
	box, err := warped.Bounds(godal.ErrLogger(failures))
	if err != nil {
		return err
	}
	transform, err := warped.GeoTransform(godal.ErrLogger(failures))
	if err != nil {
		return err
	}
	one.metres = transform[1]
	one.extent = extent{box[0], box[1], box[2], box[3]}.and(square())
	if e := one.extent; one.metres <= 0 || e.west >= e.east || e.south >= e.north {
		return errors.New("it lies outside of the web map")
	}
	return nil
}

// switches of gdalwarp that the sheet needs.
func (one *sheet) switches(o *Options) []string {
	all := []string{"-t_srs", "EPSG:3857", "-dstalpha", "-q"}
	if one.crs == "" {
		all = append(all, "-s_srs", o.CRS)
	}
	if v := one.transparent(); v != nil {
		text := fmt.Sprintf("%g", *v)
		// A pixel is no data where all of its colours have the value.
		all = append(all, "-srcnodata", strings.Join([]string{text, text, text}, " "), "-wo", "UNIFIED_SRC_NODATA=YES")
	}
	return all
}

func (e extent) and(o extent) extent {
	return extent{max(e.west, o.west), max(e.south, o.south), min(e.east, o.east), min(e.north, o.north)}
}
