package batch

import (
	"testing"
	"unicode/utf8"
)

func TestABallotTellsGBKFromUTF8(t *testing.T) {
	for _, c := range []struct {
		text string
		want Encoding
	}{
		{"plain", Detect},
		{"井盖", UTF8},
		{"\xbe\xae\xb8\xc7", GB18030},
		{"\xc2\xb7", Detect}, // 路 in GBK, which is UTF-8 too
		{"é", Detect},
	} {
		if got := Judge([]byte(c.text)); got != c.want {
			t.Errorf("%q is %q, want %q", c.text, got, c.want)
		}
	}
	var b Ballot
	if b.Winner() != UTF8 {
		t.Error("nothing at all is not UTF-8")
	}
	for _, text := range []string{"井盖", "\xbe\xae", "\xc2\xb7\xb5\xc6", "\xc2\xb7"} {
		b.Add([]byte(text))
	}
	if b.Winner() != GB18030 {
		t.Error("two to one for GBK gives UTF-8")
	}
}

func TestTextSaysWhatIsNoTextOfTheEncoding(t *testing.T) {
	for _, c := range []struct {
		enc  Encoding
		b    string
		text string
		ok   bool
	}{
		{UTF8, "\ufeff井盖", "井盖", true},
		{UTF8, "\xbe\xae", "\ufffd", false},
		{GB18030, "\xbe\xae\xb8\xc7", "井盖", true},
		{GB18030, "\xc2\xb7", "路", true},
		{GB18030, "\xbe\xae\xff", "井\ufffd", false},
		{GB18030, "\x95\x32\x82\x36", "𠀀", true},
	} {
		if text, ok := c.enc.Text([]byte(c.b)); text != c.text || ok != c.ok {
			t.Errorf("%v %q: %q %v, want %q %v", c.enc, c.b, text, ok, c.text, c.ok)
		}
	}
	if b, ok := GB18030.Bytes("井盖"); !ok || string(b) != "\xbe\xae\xb8\xc7" {
		t.Errorf("井盖 is written %q %v", b, ok)
	}
	if _, ok := GB18030.Bytes("𠀀"); ok {
		t.Error("GBK has a character of the second plane")
	}
}

func FuzzWhatIsTextComesBack(f *testing.F) {
	f.Add([]byte("井盖"))
	f.Add([]byte("\xbe\xae\xb8\xc7"))
	f.Add([]byte("\x81\x30\x81\x30\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, e := range []Encoding{UTF8, GB18030} {
			text, ok := e.Text(b)
			if !utf8.ValidString(text) {
				t.Fatalf("%v: %q is decoded to %q", e, b, text)
			}
			if again, fits := e.Bytes(text); ok && fits {
				if back, _ := e.Text(again); back != text {
					t.Fatalf("%v: %q comes back as %q", e, text, back)
				}
			}
		}
	})
}
