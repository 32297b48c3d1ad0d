package upstream

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"regexp"
	"strconv"
	"strings"

	"github.com/wanmi-gis/wanmi/tiler"
)

// matrixSet is a TileMatrixSet of a capabilities document.
type matrixSet struct {
	ID       string   `xml:"Identifier"`
	CRS      string   `xml:"SupportedCRS"`
	Matrices []matrix `xml:"TileMatrix"`
}

type matrix struct {
	ID     string  `xml:"Identifier"`
	Scale  float64 `xml:"ScaleDenominator"`
	Corner string  `xml:"TopLeftCorner"`
	TileW  int     `xml:"TileWidth"`
	TileH  int     `xml:"TileHeight"`
	Width  uint32  `xml:"MatrixWidth"`
	Height uint32  `xml:"MatrixHeight"`
}

// grid is a matrix set that is one of the two quads: its levels by zoom.
type grid struct {
	crs              string // "" for Web Mercator
	levels           []string
	minZoom, maxZoom uint8
	notes            []string
}

// The extents that are known: Web Mercator is 2·π·6378137 m each way; 360° at the
// equator are as long.
const (
	worldM     = 40075016.685578488
	worldHalfM = worldM / 2

	// A pixel of the standard is 0.28 mm; of 96 dots an inch 25.4/96 mm. A scale
	// reckoned with the one is read with the other wrong by their ratio.
	pixelM       = 0.00028
	ratio96      = 0.28 / (25.4 / 96) // 1.0583
	scaleMargin  = 0.01               // far less than between the two, more than any rounding
	cornerMargin = 0.01
)

var codeOfCRS = regexp.MustCompile(`(?i)(?:^|[:/#])(\d{4,6}|CRS84)$`)

// system says which of the quads a CRS's name is for.
func system(name string) (crs string, degrees bool, err error) {
	m := codeOfCRS.FindStringSubmatch(strings.TrimSpace(name))
	if m == nil {
		return "", false, fmt.Errorf("its CRS is %s", clipped(name))
	}
	switch code := strings.ToUpper(m[1]); code {
	case "3857", "900913", "3785", "102100", "102113":
		return "", false, nil
	case "4490", "4326":
		return "EPSG:" + code, true, nil
	case "CRS84":
		return "OGC:CRS84", true, nil
	default:
		return "", false, fmt.Errorf("its CRS is %s; there are Web Mercator and latitude and longitude", clipped(name))
	}
}

// grid reads the set by the number of tiles across: a matrix 2^z across is zoom z
// of the whole world. Matrices deeper than the deepest zoom are left out.
func (s *matrixSet) grid() (*grid, error) {
	crs, degrees, err := system(s.CRS)
	if err != nil {
		return nil, err
	}
	out := grid{crs: crs, levels: make([]string, tiler.MaxZoom+1), minZoom: tiler.MaxZoom}
	coarse, corners := 0, 0
	known := 0
	for i := range s.Matrices {
		m := &s.Matrices[i]
		z, err := m.zoom(degrees)
		if err == nil {
			var dots, odd bool
			dots, odd, err = m.covers(degrees)
			coarse, corners = coarse+count(dots), corners+count(odd)
		}
		if err != nil {
			return nil, fmt.Errorf("matrix %s: %w", clipped(m.ID), err)
		}
		if z > tiler.MaxZoom {
			continue
		}
		if out.levels[z] != "" {
			return nil, fmt.Errorf("matrices %s and %s are both %d tiles across", clipped(out.levels[z]), clipped(m.ID), m.Width)
		}
		if m.ID == "" {
			return nil, errors.New("a matrix without a name")
		}
		out.levels[z] = m.ID
		out.minZoom, out.maxZoom = min(out.minZoom, uint8(z)), max(out.maxZoom, uint8(z))
		known++
	}
	if known == 0 {
		return nil, errors.New("it has no matrix")
	}
	if coarse > 0 {
		out.notes = append(out.notes, "the scales of the matrix set are for 96 dots an inch; its numbers of tiles are taken")
	}
	if corners > 0 {
		out.notes = append(out.notes, "the corner of the matrix set is not where its first tile is; the world's is taken")
	}
	return &out, nil
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}

// zoom is the power of two that the matrix is across.
func (m *matrix) zoom(degrees bool) (int, error) {
	if m.TileW != m.TileH || (m.TileW != 256 && m.TileW != 512) {
		return 0, fmt.Errorf("tiles of %d × %d pixels; 256 or 512 are drawn", m.TileW, m.TileH)
	}
	rows := m.Width
	if degrees {
		rows = m.Width / 2
	}
	if bits.OnesCount32(m.Width) != 1 || m.Height != rows {
		return 0, fmt.Errorf("%d × %d tiles are no power of two of the whole world", m.Width, m.Height)
	}
	return bits.TrailingZeros32(m.Width), nil
}

// covers checks that the matrix is of the whole world: by its scale, for one of the
// two kinds of pixel (dots: for 96 an inch), and by its corner's distance from the
// middle; odd says that it is another corner than the first tile's.
func (m *matrix) covers(degrees bool) (dots, odd bool, err error) {
	ratio := m.Scale * pixelM * float64(m.TileW) * float64(m.Width) / worldM
	dots = math.Abs(ratio-ratio96) < scaleMargin
	if !dots && !(math.Abs(ratio-1) < scaleMargin) {
		return false, false, fmt.Errorf("by its scale it is %.4g times as wide as the world", ratio)
	}
	var at [2]float64
	words := strings.Fields(m.Corner)
	for i, w := range words {
		v, err := strconv.ParseFloat(w, 64)
		if err != nil || i >= len(at) {
			return false, false, fmt.Errorf("its corner is %s", clipped(m.Corner))
		}
		at[i] = v
	}
	near := func(i int, want float64) bool { return math.Abs(math.Abs(at[i])-want) <= want*cornerMargin }
	if degrees {
		if !(near(0, 90) && near(1, 180)) && !(near(0, 180) && near(1, 90)) {
			return false, false, fmt.Errorf("it begins at %s, not at 90° N, 180° W", clipped(m.Corner))
		}
		north, west := at[0], at[1]
		if near(0, 180) {
			north, west = west, north
		}
		return dots, north < 0 || west > 0, nil
	}
	if !near(0, worldHalfM) || !near(1, worldHalfM) {
		return false, false, fmt.Errorf("it begins at %s, not at the world's corner", clipped(m.Corner))
	}
	return dots, at[0] > 0 || at[1] < 0, nil
}
