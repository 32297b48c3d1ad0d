package codes_test

import (
	"testing"

	"github.com/wanmi-gis/wanmi/grids/codes"
)

// FuzzPattern: a pattern that is read is written the same and read again.
func FuzzPattern(f *testing.F) {
	for _, text := range []string{"6+3+3+3", "6+2+3", "Z+2", "", "++", "网+2", "9+9+9+9+9"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := codes.ParsePattern(text)
		if err == nil && p.String() != text {
			t.Errorf("%q is written %q", text, p)
		}
	})
}

// FuzzParse: with any pattern, a code of any kind that is read is written
// again digit for digit; nothing falls.
func FuzzParse(f *testing.F) {
	for _, seed := range [][2]string{
		{"6+3+3+3", "410204003001017"},
		{"6+3+3+4", "4102040030010017"},
		{"6+2+2+6", "4102040118000042"},
		{"6+2+3+6", "41020401037000042"},
		{"6+2+3", "41020406010"},
		{"Z+2", "Z07"},
		{"6+3+2", "41020400307"},
		{"6", "410204"},
		{"6+3", "410204003"},
		{"6+3+3+3", "４1\xff"},
		{"", ""},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, text, code string) {
		p, err := codes.ParsePattern(text)
		if err != nil {
			p = codes.Pattern{}
		}
		again := func(what, written string, err error) {
			if err != nil || written != code {
				t.Errorf("%s %q by %q is written %q, %v", what, code, p, written, err)
			}
		}
		if x, err := codes.ParseDivision(p, code); err == nil {
			again("division", p.Prefix+x, nil)
		}
		if x, err := codes.ParseStreet(p, code); err == nil {
			written, err := x.Code(p)
			again("street", written, err)
		}
		if x, err := codes.ParseCommunity(p, code); err == nil {
			written, err := x.Code(p)
			again("community", written, err)
		}
		if x, err := codes.ParseCell(p, code); err == nil {
			written, err := x.Code(p)
			again("cell", written, err)
		}
		if x, err := codes.ParseComponent(p, code); err == nil {
			written, err := x.Code(p)
			again("component", written, err)
		}
		if x, err := codes.ParseEvent(p, code); err == nil {
			written, err := x.Code(p)
			again("event", written, err)
		}
		if x, err := codes.ParseZone(p, code); err == nil {
			written, err := x.Code(p)
			again("zone", written, err)
		}
	})
}
