package exporters

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/paulmach/orb"
	"github.com/paulmach/orb/encoding/wkt"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/batch"
)

// csv writes a table with the columns lon and lat of the point that stands for the
// row, and wkt for what is no point. In UTF-8 it begins with a byte order mark,
// without which spreadsheets take Chinese for GBK.
func (x *export) csv(name string, t *table) error {
	file, err := x.out.create(name)
	if err != nil {
		return err
	}
	text := &encoder{x: x, t: t, w: file}
	if x.encoding != batch.GB18030 {
		if _, err := file.WriteString("\ufeff"); err != nil {
			return errors.Join(err, file.Close())
		}
	}
	w := csv.NewWriter(text)
	err = w.Write(slices.Concat(t.columns, []string{"lon", "lat", "wkt"}))
	if err == nil {
		err = t.each(func(f *grids.Feature, g orb.Geometry, values []any) error {
			text.code = f.Code
			line := make([]string, 0, len(values)+3)
			for _, v := range values {
				line = append(line, plain(v))
			}
			at, err := x.placed(f.At.Point())
			if err != nil {
				return err
			}
			shape := ""
			if f.Shape != nil {
				shape = wkt.MarshalString(g)
			}
			p := at.(orb.Point)
			if err := w.Write(append(line, figure(p[0]), figure(p[1]), shape)); err != nil {
				return err
			}
			w.Flush() // so that a character that cannot be written is told with its row
			return w.Error()
		})
	}
	w.Flush()
	return errors.Join(err, w.Error(), file.Close())
}

// encoder writes text in the export's encoding.
type encoder struct {
	x    *export
	t    *table
	w    io.Writer
	code string
}

func (e *encoder) Write(p []byte) (int, error) {
	b, ok := e.x.encoding.Bytes(string(p))
	if !ok {
		e.x.fault(e.t.layer, grids.Error, "not-in-encoding", e.code, fmt.Sprintf("the row has a character that is not in %s", encodingName(e.x.encoding)), "export as UTF-8")
		b = nil
	}
	if _, err := e.w.Write(b); err != nil {
		return 0, err
	}
	return len(p), nil
}

func encodingName(e batch.Encoding) string {
	if e == batch.GB18030 {
		return "GBK"
	}
	return "UTF-8"
}
