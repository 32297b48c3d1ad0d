package web

import (
	"strings"

	"github.com/wanmi-gis/wanmi/tiler"
)

// Weights says how much a client wants each content coding, in thousandths;
// notNamed is for one that it said nothing of.
type Weights [tiler.Codings]int16

const notNamed = -1

// maxCodings is how many members of Accept-Encoding are read; browsers send
// four.
const maxCodings = 32

// AcceptEncoding reads Accept-Encoding as RFC 9110 (12.5.3, 12.4.2) writes it.
// A member that is none is passed over. "*" stands for gzip and identity where
// those are not named: nobody sends it who can be relied on to read all there
// is.
func AcceptEncoding(headers []string) Weights {
	w := Weights{notNamed, notNamed, notNamed, notNamed}
	rest, members := int16(notNamed), 0
	for _, h := range headers {
		for item := range strings.SplitSeq(h, ",") {
			if members++; members > maxCodings {
				return w.rest(rest)
			}
			name, params, weighed := strings.Cut(item, ";")
			q := int16(1000)
			if weighed {
				if q = weight(trim(params)); q < 0 {
					continue
				}
			}
			name = trim(name)
			if name == "*" {
				rest = q
				continue
			}
			for c := range w {
				if strings.EqualFold(name, tiler.Coding(c).String()) {
					w[c] = q
				}
			}
		}
	}
	return w.rest(rest)
}

func (w Weights) rest(q int16) Weights {
	for _, c := range [...]tiler.Coding{tiler.Identity, tiler.GZIP} {
		if w[c] == notNamed {
			w[c] = q
		}
	}
	return w
}

func trim(s string) string { return strings.Trim(s, " \t") }

// weight reads q=0.123 to thousandths; what is none is negative.
func weight(s string) int16 {
	if len(s) < 3 || len(s) > len("q=0.000") || s[0]|0x20 != 'q' || s[1] != '=' || (s[2] != '0' && s[2] != '1') {
		return notNamed
	}
	if len(s) > 3 && s[3] != '.' {
		return notNamed
	}
	q, unit := int16(s[2]-'0')*1000, int16(100)
	for i := 4; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return notNamed
		}
		q += int16(s[i]-'0') * unit
		unit /= 10
	}
	if q > 1000 {
		return notNamed
	}
	return q
}

// Best returns the coding that the client wants most of those that can be had;
// of equals Brotli, gzip, zstd, identity. Identity is what is left, also for
// who refuses it and takes nothing that is there.
func (w Weights) Best(has func(tiler.Coding) bool) tiler.Coding {
	best := tiler.Identity
	for _, c := range [...]tiler.Coding{tiler.Brotli, tiler.GZIP, tiler.Zstd} {
		if w.prefers(c, best) && has(c) {
			best = c
		}
	}
	return best
}

// prefers reports whether c is wanted, and more than the coding before it in
// the order of best.
func (w Weights) prefers(c, than tiler.Coding) bool {
	return w[c] > 0 && (w[c] > w[than] || (than == tiler.Identity && w[c] == w[than]))
}

// AcceptsGzip reports whether gzip is to be sent by who has that and identity.
func AcceptsGzip(headers []string) bool {
	return AcceptEncoding(headers).prefers(tiler.GZIP, tiler.Identity)
}
