package tiler

import "testing"

func TestETagsDifferByBodyAndEncoding(t *testing.T) {
	seen := map[string]bool{}
	for _, body := range []string{"", "a", "b", "gzip\x00a"} {
		for _, encoding := range []string{"identity", "gzip", "br", "zstd"} {
			tag := ETag([]byte(body), encoding)
			if len(tag) != 34 || tag[0] != '"' || tag[33] != '"' || seen[tag] {
				t.Errorf("%q %s: %s", body, encoding, tag)
			}
			seen[tag] = true
			if tag != ETag([]byte(body), encoding) {
				t.Error("not stable")
			}
		}
		if ETag([]byte(body), "") != ETag([]byte(body), "identity") {
			t.Error("no encoding is not identity")
		}
	}
}
