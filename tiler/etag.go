package tiler

import (
	"crypto/sha256"
	"encoding/hex"
)

// ETag returns the strong entity tag, quotes included, of a body as it is
// sent: 128 bits of SHA-256 over the name of the content encoding and the
// bytes. Two encodings never share a tag, not even where their bytes agree.
// An empty encoding is "identity".
func ETag(body []byte, encoding string) string {
	if encoding == "" {
		encoding = "identity"
	}
	h := sha256.New()
	h.Write([]byte(encoding))
	h.Write([]byte{0}) // no encoding's name runs into the body
	h.Write(body)
	sum := h.Sum(make([]byte, 0, sha256.Size))
	return `"` + hex.EncodeToString(sum[:16]) + `"`
}
