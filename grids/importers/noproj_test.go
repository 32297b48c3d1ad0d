//go:build !proj

package importers

import (
	"errors"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/spatial/crs"
)

func TestASystemThatOnlyPROJKnowsSaysHowToGetIt(t *testing.T) {
	_, err := resolve("epsg:2237")
	if !errors.Is(err, crs.ErrUnknown) || !strings.Contains(err.Error(), "go build -tags proj") {
		t.Errorf("%v", err)
	}
	if _, err := resolve("nad83"); !errors.Is(err, crs.ErrUnknown) || strings.Contains(err.Error(), "proj") {
		t.Errorf("%v", err)
	}
}
