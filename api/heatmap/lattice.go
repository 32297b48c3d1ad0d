package heatmap

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/spatial/crs"
	"github.com/wanmi-gis/wanmi/tiler"
	"github.com/wanmi-gis/wanmi/tiler/geotiff"
	"github.com/wanmi-gis/wanmi/tiler/heat"
)

const typeTIFF = "image/tiff; application=geotiff"

// exportsAtOnce is how many files are made at the same time: one of the largest
// lattice takes some 100 MB until it is sent.
const exportsAtOnce = 2

// exportTurn waits until a file may be made; done lets the next one begin.
func (h *Heat) exportTurn(ctx context.Context) (done func(), err error) {
	select {
	case h.exports <- struct{}{}:
		return func() { <-h.exports }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// fileOf writes a file of the surface asked for, when it is its turn. A panic gives
// the turn back.
func (h *Heat) fileOf(ctx context.Context, a *ask, write func(*heatSurface) ([]byte, error)) (*heatSurface, []byte, error) {
	surface, err := h.surface(ctx, a)
	if err != nil {
		return nil, nil, err
	}
	done, err := h.exportTurn(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer done()
	body, err := write(surface)
	return surface, body, err
}

// onLattice is a surface with the place of each node, for files.
type onLattice struct {
	*heatSurface
	ground []float32
	values []float32
	heat.Lattice
}

func (s *heatSurface) lattice() onLattice {
	return onLattice{s, s.OnGround(), s.Values(), s.Lattice()}
}

// row fills dst with the numbers of row j from the south, none off the ground.
func (l *onLattice) row(j int, dst []float32) {
	copy(dst, l.values[j*l.NX:(j+1)*l.NX])
	for i, on := range l.ground[j*l.NX : (j+1)*l.NX] {
		if on == 0 {
			dst[i] = float32(math.NaN())
		}
	}
}

// digest names the numbers and where they are: the same cases and parameters have
// the same on every machine. 128 bits of SHA-256.
func (l *onLattice) digest(ctx context.Context, plane crs.TM) (string, error) {
	h := sha256.New()
	fmt.Fprintf(h, "%v %v %v %v %v %d %d %d %d\n", plane.Lon0, plane.X0, plane.Y0, plane.K, l.SpacingM, l.X0, l.Y0, l.NX, l.NY)
	row, text := make([]float32, l.NX), make([]byte, 0, 4*l.NX)
	for j := range l.NY {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		l.row(j, row)
		text = text[:0]
		for _, v := range row {
			if v != v {
				v = float32(math.NaN()) // one of the many
			}
			text = binary.LittleEndian.AppendUint32(text, math.Float32bits(v))
		}
		h.Write(text)
	}
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// heatRaster is GET /heat/export.tif.
func (s *server) raster(c echo.Context) error {
	a, err := s.ask(c)
	if err != nil {
		return err
	}
	ctx := c.Request().Context()
	surface, body, err := s.heat.fileOf(ctx, a, func(surface *heatSurface) ([]byte, error) { return s.rasterOf(ctx, a, surface) })
	if err != nil {
		return err
	}
	a.nameFile(c, surface, "tif")
	return web.SendEncoded(c, typeTIFF, "", "no-cache", tiler.ETag(body, ""), body)
}

// rasterOf writes the lattice: a pixel is the square around its node.
func (s *server) rasterOf(ctx context.Context, a *ask, surface *heatSurface) ([]byte, error) {
	l, plane := surface.lattice(), a.city.ground.Plane()
	digest, err := l.digest(ctx, plane)
	if err != nil {
		return nil, err
	}
	legend := a.legend(surface)
	west, _ := l.At(0, 0)
	_, north := l.At(0, l.NY-1)
	r := geotiff.Raster{
		Plane: plane, West: west - l.SpacingM/2, North: north + l.SpacingM/2, PixelM: l.SpacingM, Width: l.NX, Height: l.NY,
		Row:         func(y int, dst []float32) { l.row(l.NY-1-y, dst) },
		Description: a.snap.City.Name + ": " + legend.Method.English, Software: strings.TrimSpace("wanmi " + s.doc.Info.Version),
		Band: "heat " + legend.Mode, Unit: legend.Units,
		Items: a.fileItems(&legend, digest),
	}
	return r.Encode(ctx)
}

// fileItems say in a file what its numbers are.
func (a *ask) fileItems(l *HeatLegend, digest string) []geotiff.Item {
	filter := url.Values{}
	for _, w := range filterWords {
		if text, ok := a.params.Find(w); ok {
			filter.Set(w, text)
		}
	}
	out := []geotiff.Item{
		{Name: "CITY", Value: a.snap.City.Name},
		{Name: "MODE", Value: l.Mode},
		{Name: "FILTER", Value: filter.Encode()},
		{Name: "FROM", Value: l.Period.From.Format(time.RFC3339)},
		{Name: "TO", Value: l.Period.To.Format(time.RFC3339)},
		{Name: "PER_30_DAYS", Value: plainNumber(l.Per30Days)},
		{Name: "N", Value: strconv.FormatInt(l.N, 10)},
		{Name: "EXCLUDED_N", Value: strconv.FormatInt(l.ExcludedN, 10)},
		{Name: "BANDWIDTH_M", Value: plainNumber(l.BandwidthM)},
		{Name: "RADIUS_M", Value: plainNumber(l.RadiusM)},
		{Name: "KERNEL", Value: l.Kernel},
		{Name: "EDGE", Value: l.Edge},
		{Name: "METHOD", Value: l.Method.English},
		{Name: "METHOD_ZH", Value: l.Method.Chinese},
		{Name: "CITY_VERSION", Value: strconv.FormatInt(a.snap.City.Version, 10)},
		{Name: "DIGEST", Value: digest},
	}
	if l.Against != nil {
		out = append(out, geotiff.Item{Name: "AGAINST", Value: l.Against.What}, geotiff.Item{Name: "AGAINST_N", Value: strconv.FormatInt(l.Against.N, 10)})
		if p := l.Against.Period; p != nil {
			out = append(out, geotiff.Item{Name: "AGAINST_FROM", Value: p.From.Format(time.RFC3339)}, geotiff.Item{Name: "AGAINST_TO", Value: p.To.Format(time.RFC3339)})
		}
	}
	return out
}

// nameFile has the answer kept under a name that says what it is.
func (a *ask) nameFile(c echo.Context, s *heatSurface, extension string) {
	p := a.period(a.query.From, a.query.To)
	name := fmt.Sprintf("heat-%s-%s-%s-%s-%sm.%s", a.snap.City.Code, a.mode, p.From.Format("20060102"), p.To.Format("20060102"), plainNumber(s.BandwidthM), extension)
	c.Response().Header().Set("Content-Disposition", `attachment; filename="`+fileName(name)+`"`)
}

// fileName leaves of a name what is one in every system.
func fileName(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_' {
			return r
		}
		return -1
	}, s)
}

// maxLatticeRows is how many nodes a table has at most: with 90 bytes each they are
// some 200 MB, and twice what a spreadsheet holds.
const maxLatticeRows = 2_000_000

// rows is how many a table has.
func (l *onLattice) rows(a *ask) (n int, err error) {
	for _, on := range l.ground {
		if on > 0 {
			n++
		}
	}
	if n > maxLatticeRows {
		return n, web.Refuse(
			"bandwidth_m", a.words.Get("bandwidth_m"),
			fmt.Sprintf("a table of %d rows, more than %d: a larger bandwidth has fewer, and export.tif has them all", n, maxLatticeRows), web.ErrImpossible,
		)
	}
	return n, nil
}

// heatTable is GET /heat/export.csv without by: the nodes on the ground.
func (s *server) table(c echo.Context, a *ask, bom bool) error {
	ctx := c.Request().Context()
	surface, err := s.heat.surface(ctx, a)
	if err != nil {
		return err
	}
	l := surface.lattice()
	if _, err := l.rows(a); err != nil {
		return err
	}
	digest, err := l.digest(ctx, a.city.ground.Plane())
	if err != nil {
		return err
	}
	a.nameFile(c, surface, "csv")
	legend := a.legend(surface)
	return sendStream(c, web.TypeCSV, fmt.Sprintf("%s-%s-%s-%t", digest, a.mode, plainNumber(legend.Per30Days), bom), func(w io.Writer) error {
		if bom {
			if _, err := io.WriteString(w, byteOrderMark); err != nil {
				return err
			}
		}
		return a.writeNodes(ctx, w, &l, &legend)
	})
}

// writeNodes writes a row for each node on the ground, from the south-west.
func (a *ask) writeNodes(ctx context.Context, w io.Writer, l *onLattice, legend *HeatLegend) error {
	if _, err := io.WriteString(w, "lon,lat,x,y,value,per_30_days,cases\n"); err != nil {
		return err
	}
	plane := a.city.ground.Plane()
	km := l.SpacingM / 1000
	km2 := float64(km * km)
	counted := a.mode != modeRate // whose numbers are of no area
	var row []byte
	for j := range l.NY {
		if err := ctx.Err(); err != nil {
			return err
		}
		row = row[:0]
		for i, on := range l.ground[j*l.NX : (j+1)*l.NX] {
			v := float64(l.values[j*l.NX+i])
			if on == 0 {
				continue
			}
			e, n := l.At(i, j)
			lon, lat := plane.Inverse(e, n)
			row = strconv.AppendFloat(row, lon, 'f', 7, 64)
			row = strconv.AppendFloat(append(row, ','), lat, 'f', 7, 64)
			row = strconv.AppendFloat(append(row, ','), e, 'f', 3, 64)
			row = strconv.AppendFloat(append(row, ','), n, 'f', 3, 64)
			if row = append(row, ','); v == v {
				row = strconv.AppendFloat(row, v, 'g', -1, 32)
				row = strconv.AppendFloat(append(row, ','), v*legend.Per30Days, 'g', 7, 64)
				if row = append(row, ','); counted {
					row = strconv.AppendFloat(row, float64(float64(v*float64(on))*km2), 'g', 9, 64)
				}
			} else {
				row = append(row, ",,"...)
			}
			row = append(row, '\n')
		}
		if _, err := w.Write(row); err != nil {
			return err
		}
	}
	return nil
}

// sendStream answers with what write writes, as it is written. The tag names the
// content; with it the answer is 304.
func sendStream(c echo.Context, contentType, tag string, write func(w io.Writer) error) error {
	h := c.Response().Header()
	encoding := "identity"
	if web.AcceptsGzip(c.Request().Header.Values("Accept-Encoding")) {
		encoding = "gzip"
	}
	etag := `"` + tag + "-" + encoding + `"`
	h.Set("ETag", etag)
	h.Set("Cache-Control", "no-cache")
	h.Add("Vary", "Accept-Encoding")
	if web.Matches(c.Request().Header.Values("If-None-Match"), etag) {
		return c.NoContent(http.StatusNotModified)
	}
	h.Set("Content-Type", contentType)
	if encoding == "gzip" {
		h.Set("Content-Encoding", encoding)
	}
	c.Response().WriteHeader(http.StatusOK)
	err := writePacked(c.Response(), encoding == "gzip", write)
	if err != nil {
		panic(http.ErrAbortHandler) // else half a table ends like a whole one
	}
	return nil
}

func writePacked(w io.Writer, packed bool, write func(w io.Writer) error) error {
	if !packed {
		return write(w)
	}
	z, err := gzip.NewWriterLevel(w, gzip.BestSpeed)
	if err != nil {
		return err
	}
	if err := write(z); err != nil {
		return err
	}
	return z.Close()
}
