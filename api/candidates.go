package api

import (
	"fmt"

	"github.com/danielgtaylor/huma/v2"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
)

// accuracyParam reads the parameter accuracy_m. Without it, and with 0, which
// devices send that know none, there are no candidates.
func accuracyParam(text string) (accuracyM float64, err error) {
	if text == "" {
		return 0, nil
	}
	v, ok := web.ParseNumber(text)
	if !ok {
		return 0, web.Refuse(accuracyName, text, "not a number", web.ErrMalformed)
	}
	return v, checkAccuracy(v)
}

const accuracyName = "accuracy_m"

func checkAccuracy(accuracyM float64) error {
	if accuracyM == 0 {
		return nil
	}
	if err := grids.CheckAccuracy(accuracyM); err != nil {
		return web.Refuse(accuracyName, fmt.Sprint(accuracyM), fmt.Sprintf("write metres above 0, at most %d", grids.MaxAccuracyM), web.ErrMalformed)
	}
	return nil
}

// maxUncertainM2 is what the square of the accuracy may be, times the number of
// points in one batch: their cost grows with it, 4 ms at 500 m. Up to 50 m it
// allows maxBatchPoints, at 500 m 1,000 of them, some 4 s either way.
const maxUncertainM2 = maxBatchPoints * 50 * 50

// checkUncertain is what accuracy_m asks of a batch.
func (in *batchRequest) checkUncertain() error {
	if err := checkAccuracy(in.AccuracyM); err != nil {
		return err
	}
	if n := len(in.Points); float64(n)*in.AccuracyM*in.AccuracyM > maxUncertainM2 {
		most := int(maxUncertainM2 / (in.AccuracyM * in.AccuracyM))
		return web.Refuse("points", "", fmt.Sprintf("at most %d points in one request with %s %v", most, accuracyName, in.AccuracyM), web.ErrTooMany)
	}
	return nil
}

// streamAccuracy reads the parameter accuracy of a streamed body: metres, or the
// name of the column or member that has them.
func streamAccuracy(text string) (string, error) {
	metres, ok := web.ParseNumber(text)
	if !ok {
		return text, nil
	}
	if err := grids.CheckAccuracy(metres); err != nil {
		return "", web.Refuse("accuracy", text, fmt.Sprintf("write metres above 0, at most %d, or a column's name", grids.MaxAccuracyM), web.ErrMalformed)
	}
	return text, nil
}

func accuracyQuery() *huma.Param {
	p := web.QueryParam(accuracyName, "68 % circular error of the position (1.51 σ), 0 to 500: adds candidates and likely. 0 adds nothing", "number", false)
	least, most := 0.0, float64(grids.MaxAccuracyM)
	p.Schema.Minimum, p.Schema.Maximum = &least, &most
	return p
}
