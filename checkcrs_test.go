package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/detect"
	"github.com/wanmi-gis/wanmi/spatial/crs"
)

// checkCRS runs the command as a shell does.
func checkCRS(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command(os.Args[0], append([]string{"check-crs"}, args...)...)
	cmd.Env = append(os.Environ(), "WANMI_TEST_MAIN=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		if _, exited := errors.AsType[*exec.ExitError](err); !exited {
			t.Fatal(err)
		}
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// pointsTable writes components of the town in GCJ-02 with the codes in the
// columns named.
func pointsTable(t *testing.T, city *grids.City, header string, row func(c *grids.Component) string) string {
	t.Helper()
	gcj02, err := crs.Parse("gcj02")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "编号,%s\n", header)
	for i := 0; i < len(city.Components); i += len(city.Components) / 500 {
		c := &city.Components[i]
		x, y := gcj02.FromCGCS2000(c.At.Lon(), c.At.Lat())
		fmt.Fprintf(&out, "%d,%.7f,%.7f,%s\n", i, x, y, row(c))
	}
	return out.String()
}

func TestCheckCRSNamesTheSystem(t *testing.T) {
	path, city := townFile(t)
	table := pointsTable(t, city, "经度,纬度,单元网格编码,小类", func(c *grids.Component) string { return c.Cell + "," + c.Category })
	gbk, err := simplifiedchinese.GBK.NewEncoder().String(table)
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.Replace(table, "\n", "\nx,1\n\"\"x,1,2,3,4\n9,a,b,none,none\n", 1)
	for name, c := range map[string]struct {
		text string
		args []string
		want []string
	}{
		"UTF-8":   {table, nil, []string{"verdict: gcj02\n", "  gcj02\n", "by chance", "0 repeated, 0 not usable"}},
		"GBK":     {gbk, nil, []string{"verdict: gcj02\n"}},
		"swapped": {table, []string{"--lon", "纬度", "--lat", "经度"}, []string{"verdict: gcj02 lat,lon\n"}},
		"categories": {
			strings.Replace(table, "单元网格编码", "?", 1), nil, []string{"verdict: gcj02\n"},
		},
		"broken rows": {broken, nil, []string{"verdict: gcj02\n", "3 not usable", "row 1: (1, NaN) is not a pair of numbers", "row 3: (NaN, NaN)"}},
	} {
		out, stderr, code := checkCRS(t, append([]string{write(t, "in.csv", c.text), "--city", path}, c.args...)...)
		if code != 0 {
			t.Errorf("%s: exit code %d: %s%s", name, code, out, stderr)
		}
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", name, want, out)
			}
		}
	}
}

func TestCheckCRSEndsWithOneWhereItCannotTell(t *testing.T) {
	path, city := townFile(t)
	n := 0
	table := pointsTable(t, city, "lon,lat,cell", func(*grids.Component) string {
		n += 37
		return city.Cells[n%len(city.Cells)].Code
	})
	out, stderr, code := checkCRS(t, write(t, "in.csv", table), "--city", path)
	if code != exitFault || !strings.Contains(out, "verdict: cannot tell\n") || !strings.Contains(stderr, "cannot tell: ") {
		t.Errorf("exit code %d: %s%s", code, out, stderr)
	}
}

func TestCheckCRSNamesWhatIsWrongWithItsInput(t *testing.T) {
	path, _ := townFile(t)
	for name, c := range map[string]struct {
		text string
		cmd  checkCRSCmd
		want string
	}{
		"empty":           {"", checkCRSCmd{}, "it is empty"},
		"no text":         {"a\x00", checkCRSCmd{}, "no text"},
		"no longitude":    {"a,lat,cell\n", checkCRSCmd{}, "for the longitude; there are a, lat, cell"},
		"no such column":  {"lon,lat,cell\n", checkCRSCmd{Zone: "grid"}, `no column "grid" for the zone`},
		"no expectation":  {"lon,lat,name\n", checkCRSCmd{}, "no column with a cell, community, zone or category"},
		"no rows":         {"lon,lat,cell\n", checkCRSCmd{}, "0 different points of 0 rows can be used, 200 are needed"},
		"too few":         {"lon,lat,cell\n1,2,3\n", checkCRSCmd{}, `row 1: the city has no cell "3"`},
		"an open quote":   {"lon,lat,cell\n1,2,3\n\"1,2,3\n1,2,3\n", checkCRSCmd{}, "the row in line 3"},
		"a broken header": {"\"lon\"x,lat\n", checkCRSCmd{}, "header"},
	} {
		c.cmd.In, c.cmd.City = write(t, "in.csv", c.text), path
		if err := c.cmd.Run(t.Context()); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestCheckCRSReadsNoMoreRowsThanItMay(t *testing.T) {
	table := "x,y,cell\n" + strings.Repeat("1,2,3\n", detect.MaxRows)
	for _, more := range []bool{false, true} {
		text := table
		if more {
			text += "1,2,3\n"
		}
		rows, whole, err := (&checkCRSCmd{}).read(strings.NewReader(text))
		if err != nil || len(rows) != detect.MaxRows || whole == more {
			t.Errorf("%d rows, whole %v, %v", len(rows), whole, err)
		}
	}
}

// FuzzPointsTable: whatever the file has, it is rows or an error.
func FuzzPointsTable(f *testing.F) {
	for _, seed := range []string{
		"lon,lat,cell\n1,2,3\n", "\ufeff经度,纬度,社区\n1,2\n", "x,y,zone\n\"1,2,3\n", "lon,lat,cell\n1e999,-0x1p3,\n", "\xd6\xd0,lon,lat,cell\n", ",\n", "\r\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, table []byte) {
		rows, _, err := (&checkCRSCmd{}).read(bytes.NewReader(table))
		if err == nil && len(rows) > bytes.Count(table, []byte("\n"))+bytes.Count(table, []byte("\r")) {
			t.Errorf("%d rows of %q", len(rows), table)
		}
	})
}
