package check_test

import (
	"testing"

	"github.com/wanmi-gis/wanmi/grids/check"
	"github.com/wanmi-gis/wanmi/grids/demo"
)

func BenchmarkCheckTown(b *testing.B) {
	town, err := demo.Town(1)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := check.Check(b.Context(), town, check.Options{At: at, Workers: 1}); err != nil {
			b.Fatal(err)
		}
	}
}
