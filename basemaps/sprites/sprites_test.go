package sprites_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/basemaps/sprites"
)

func Example() {
	sheet, err := sprites.Draw(1)
	fmt.Println(len(sheet.JSON) > 0, err, sprites.Icon("component", "园林绿化设施"), sprites.Icon("event", "Street order"))
	// Output: true <nil> component-green event-other
}

// sheet reads one as a map does.
func sheet(t *testing.T, ratio int) (map[string]sprites.Place, image.Image) {
	t.Helper()
	s, err := sprites.Draw(ratio)
	if err != nil {
		t.Fatal(err)
	}
	var places map[string]sprites.Place
	if err := json.Unmarshal(s.JSON, &places); err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(bytes.NewReader(s.PNG))
	if err != nil {
		t.Fatal(err)
	}
	return places, picture
}

func TestEachIconIsWhereTheListSaysAndAloneThere(t *testing.T) {
	t.Parallel()
	for ratio := 1; ratio <= 2; ratio++ {
		places, picture := sheet(t, ratio)
		if len(places) < 16 {
			t.Fatalf("%d icons", len(places))
		}
		taken := map[image.Point]string{}
		for name, p := range places {
			at := image.Rect(p.X, p.Y, p.X+p.Width, p.Y+p.Height)
			if !at.In(picture.Bounds()) || p.Width != 16*ratio || p.Height != 16*ratio || p.PixelRatio != ratio {
				t.Errorf("%s: %+v on %v", name, p, picture.Bounds())
			}
			colours := map[string]int{}
			for y := at.Min.Y; y < at.Max.Y; y++ {
				for x := at.Min.X; x < at.Max.X; x++ {
					if other, twice := taken[image.Pt(x, y)]; twice {
						t.Fatalf("%s lies over %s", name, other)
					}
					taken[image.Pt(x, y)] = name
					r, g, b, a := picture.At(x, y).RGBA()
					switch {
					case a < 0xffff:
						colours["clear"]++
					case r == 0xffff && g == 0xffff && b == 0xffff:
						colours["white"]++
					default:
						colours["colour"]++
					}
				}
			}
			// A sign in white on a ground of one colour, with free corners.
			area := 16 * 16 * ratio * ratio
			if colours["white"]*40 < area || colours["colour"]*4 < area || colours["clear"] < 4 {
				t.Errorf("%s at ratio %d: %v of %d pixels", name, ratio, colours, area)
			}
		}
		again, err := sprites.Draw(ratio)
		first, ferr := sprites.Draw(ratio)
		if err != nil || ferr != nil || !bytes.Equal(again.PNG, first.PNG) || !bytes.Equal(again.JSON, first.JSON) {
			t.Error("two drawings differ")
		}
	}
	for _, ratio := range []int{0, -1, sprites.MaxRatio + 1} {
		if _, err := sprites.Draw(ratio); err == nil {
			t.Errorf("a sheet of ratio %d", ratio)
		}
	}
}

func TestMajorsOfEveryStandardHaveTheirIcon(t *testing.T) {
	t.Parallel()
	places, _ := sheet(t, 1)
	for _, c := range []struct{ kind, names, icon string }{
		{"component", "公用设施 市政公用设施", "utility"},
		{"component", "道路交通 道路交通设施 交通设施", "traffic"},
		{"component", "市容环境 市容环境设施 市容环卫设施", "sanitation"},
		{"component", "园林绿化 园林绿化设施", "green"},
		{"component", "房屋土地", "house"},
		{"component", "其他设施 其他部件 其他管理部件 扩展部件 Lamps", "other"},
		{"event", "市容环境 市容环境类", "environment"},
		{"event", "宣传广告 宣传广告类", "advertising"},
		{"event", "施工管理 施工管理类", "construction"},
		{"event", "突发事件", "emergency"},
		{"event", "街面秩序 街面秩序类", "street"},
		{"event", "市政公用设施类", "utility"},
		{"event", "市容环卫设施类", "sanitation"},
		{"event", "其他事件 其他事项类 其他管理部件类 扩展事件 房屋", "other"},
	} {
		for name := range strings.FieldsSeq(c.names) {
			if got := sprites.Icon(c.kind, name); got != c.kind+"-"+c.icon {
				t.Errorf("%s %s: %s", c.kind, name, got)
			}
		}
		if _, ok := places[c.kind+"-"+c.icon]; !ok {
			t.Errorf("%s-%s is not on the sheet", c.kind, c.icon)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	for b.Loop() {
		if _, err := sprites.Draw(2); err != nil {
			b.Fatal(err)
		}
	}
}
