package terms

import (
	"math"
	"strconv"

	"github.com/wanmi-gis/wanmi/grids/stats"
)

// Figure is a number with six digits that tell; null where there is none. The rest
// of the digits are not the same on every machine.
type Figure float64

// MarshalJSON implements json.Marshaler.
func (f Figure) MarshalJSON() ([]byte, error) {
	if v := float64(f); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return strconv.AppendFloat(nil, v, 'g', 6, 64), nil
	}
	return []byte("null"), nil
}

// Band is an interval as figures.
type Band struct {
	Low  Figure `json:"low"`
	High Figure `json:"high"`
}

// BandOf rounds an interval.
func BandOf(i stats.Interval) Band { return Band{Figure(i.Low), Figure(i.High)} }

// StatShare is a part of a number of cases.
type StatShare struct {
	K        int    `json:"k"`
	N        int    `json:"n"`
	Share    Figure `json:"share" doc:"null of nothing"`
	Interval Band   `json:"interval" doc:"Wilson, 95 %"`
}

// ShareOf rounds a share.
func ShareOf(s stats.Share) StatShare {
	share := math.NaN()
	if s.Share != nil {
		share = *s.Share
	}
	return StatShare{s.K, s.N, Figure(share), BandOf(s.Interval)}
}
