package glyphs_test

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/image/font/gofont/goregular"

	"github.com/wanmi-gis/wanmi/basemaps/glyphs"
)

func Example() {
	dir, err := os.MkdirTemp("", "fonts")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "regular.ttf")
	if err := os.WriteFile(path, goregular.TTF, 0o600); err != nil {
		fmt.Println(err)
		return
	}
	fonts := glyphs.Open(path)
	stack, err := fonts.Stack("Some Other Font,Go Regular")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(stack.Name, len(glyphs.Range(stack, 0, 1)) > 50_000, fonts.Close())
	// Output: Go Regular true <nil>
}
