package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/grids/detect"
)

type checkCRSCmd struct {
	In        string `arg:"" help:"A table of points (.csv, also .gz) with their cells, communities, zones or categories, or - for standard input."`
	City      string `required:"" type:"existingfile" help:"The city file."`
	Lon       string `help:"Column with the longitude or easting (or, if they are swapped, the other); by default one of the usual names."`
	Lat       string `help:"Column with the latitude or northing; by default one of the usual names."`
	Cell      string `help:"Column with the code of the cell a point should lie in; by default one of the usual names."`
	Community string `help:"Column with the code of its community."`
	Zone      string `help:"Column with the code of its zone."`
	Category  string `help:"Column with the code of the category of component that it is."`
}

// Run says in which coordinate system the points are. The exit code is 1 when
// it cannot tell.
func (c *checkCRSCmd) Run(ctx context.Context) error {
	city, err := cityfile.Read(ctx, c.City)
	if err != nil {
		return err
	}
	snap, err := grids.NewSnapshot(city, time.Now())
	if err != nil {
		return err
	}
	in, err := openInput(c.In)
	if err != nil {
		return err
	}
	defer in.close()
	rows, whole, err := c.read(in.r)
	if err != nil {
		return fmt.Errorf("%s: %w", c.In, err)
	}
	if !whole {
		fmt.Fprintf(os.Stderr, "only the first %d rows are read\n", detect.MaxRows)
	}
	f, err := detect.Detect(ctx, snap, rows)
	if err != nil {
		return fmt.Errorf("%s: %w", c.In, err)
	}
	if err := tellFinding(os.Stdout, f); err != nil {
		return err
	}
	if f.Verdict == nil {
		return fmt.Errorf("%s: cannot tell: %s", c.In, f.Reason)
	}
	return nil
}

// The usual names of columns, the likeliest first.
var (
	pointLon       = []string{"lon", "lng", "longitude", "经度", "x", "x坐标", "东坐标", "easting"}
	pointLat       = []string{"lat", "latitude", "纬度", "y", "y坐标", "北坐标", "northing"}
	pointCell      = []string{"cell", "cell_code", "单元网格", "单元网格编码", "单元网格代码", "单元网格编号", "所属单元网格", "万米单元网格"}
	pointCommunity = []string{"community", "community_code", "社区", "社区编码", "社区代码", "所属社区"}
	pointZone      = []string{"zone", "zone_code", "责任网格", "责任网格编码", "责任网格代码", "责任网格编号", "管理网格"}
	pointCategory  = []string{"category", "minor", "小类", "小类编码", "小类代码", "部件小类", "小类编号"}
)

// pointColumns are the places of the columns in a table of points; -1 for none.
type pointColumns struct{ lon, lat, cell, community, zone, category int }

// read takes at most detect.MaxRows rows; whole is false when there are more. A
// row whose quotes are broken, or which has no numbers, is kept without: it
// costs only itself. A quote that takes in further lines is an error.
func (c *checkCRSCmd) read(r io.Reader) (rows []detect.Row, whole bool, err error) {
	text, err := batch.Text(r)
	if err != nil {
		return nil, false, err
	}
	table := csv.NewReader(text)
	table.FieldsPerRecord, table.ReuseRecord = -1, true
	header, err := table.Read()
	if errors.Is(err, io.EOF) {
		return nil, false, fmt.Errorf("%w: it is empty", batch.ErrTable)
	}
	if err != nil {
		return nil, false, fmt.Errorf("%w: header: %w", batch.ErrTable, err)
	}
	at, err := c.columns(header)
	if err != nil {
		return nil, false, err
	}
	for {
		record, err := table.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return rows, true, nil
		case len(rows) == detect.MaxRows:
			return rows, false, nil
		case errors.As(err, &broken) && broken.Line > broken.StartLine:
			return nil, false, fmt.Errorf("%w: the quotes of the row in line %d are not closed there", batch.ErrTable, broken.StartLine)
		case errors.As(err, &broken):
			rows = append(rows, detect.Row{X: math.NaN(), Y: math.NaN()})
		case err != nil:
			return nil, false, err
		default:
			rows = append(rows, at.row(record))
		}
	}
}

// columns finds the columns by the names told or the usual ones.
func (c *checkCRSCmd) columns(header []string) (at pointColumns, err error) {
	names := make([]string, len(header))
	for i, name := range header {
		names[i] = strings.ToLower(strings.TrimSpace(name))
	}
	for _, column := range []struct {
		at    *int
		what  string
		told  string
		usual []string
		must  bool
	}{
		{&at.lon, "longitude", c.Lon, pointLon, true},
		{&at.lat, "latitude", c.Lat, pointLat, true},
		{&at.cell, "cell", c.Cell, pointCell, false},
		{&at.community, "community", c.Community, pointCommunity, false},
		{&at.zone, "zone", c.Zone, pointZone, false},
		{&at.category, "category", c.Category, pointCategory, false},
	} {
		*column.at = -1
		if column.told != "" {
			*column.at = slices.Index(names, strings.ToLower(column.told))
			column.must = true
		} else {
			for _, usual := range column.usual {
				if *column.at = slices.Index(names, usual); *column.at >= 0 {
					break
				}
			}
		}
		if *column.at < 0 && column.must {
			return at, fmt.Errorf("%w: no column %q for the %s; there are %.500s", batch.ErrTable, column.told, column.what, strings.Join(header, ", "))
		}
	}
	if max(at.cell, at.community, at.zone, at.category) < 0 {
		return at, fmt.Errorf("%w: no column with a cell, community, zone or category that the points should be in; there are %.500s",
			batch.ErrTable, strings.Join(header, ", "))
	}
	return at, nil
}

// row reads one record, which may be shorter than the header.
func (at *pointColumns) row(record []string) detect.Row {
	field := func(i int) string {
		if i < 0 || i >= len(record) {
			return ""
		}
		return strings.TrimSpace(record[i])
	}
	number := func(i int) float64 {
		v, err := strconv.ParseFloat(field(i), 64)
		if err != nil {
			return math.NaN()
		}
		return v
	}
	return detect.Row{
		X: number(at.lon), Y: number(at.lat), Cell: strings.Clone(field(at.cell)), Community: strings.Clone(field(at.community)),
		Zone: strings.Clone(field(at.zone)), Category: strings.Clone(field(at.category)),
	}
}

// tellFinding prints the guesses as a table, what was left out, and the verdict.
func tellFinding(w io.Writer, f *detect.Finding) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, g := range f.Guesses {
		fmt.Fprintf(t, "%.1f %%\t%d of %d\t  %s\n", g.Score*100, g.Matched, f.Points, g.Reading)
	}
	fmt.Fprintf(t, "%.1f %%\tby chance\t  random places of the city\n", f.Chance*100)
	if err := t.Flush(); err != nil {
		return err
	}
	fmt.Fprintf(w, "a point counts within %g m of its place; %d rows, %d repeated, %d not usable\n", f.ToleranceM, f.Rows, f.Repeated, f.Faulty)
	for _, fault := range f.Faults {
		fmt.Fprintf(w, "row %d: %s\n", fault.Row+1, fault.Reason)
	}
	verdict := "cannot tell"
	if f.Verdict != nil {
		verdict = f.Verdict.String()
		if f.Offset != nil {
			verdict += fmt.Sprintf(", shifted %s", f.Offset)
		}
	}
	_, err := fmt.Fprintf(w, "verdict: %s\n", verdict)
	return err
}
