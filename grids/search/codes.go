package search

import (
	"sort"
	"strings"
)

// maxCodeBytes is the longest code that is looked for.
const maxCodeBytes = 128

// codes looks for a code or the beginning of one, as written and in capital and
// small letters.
func (h *hits) codes(text string) {
	if text == "" || len(text) > maxCodeBytes {
		return
	}
	before := h.count
	written := []string{text}
	for _, other := range [...]string{strings.ToUpper(text), strings.ToLower(text)} {
		if other != written[0] && other != written[len(written)-1] {
			written = append(written, other)
		}
	}
	for l := range layerID(len(layers)) {
		c := codeList{h.x, l, 0, int32(h.x.s.Count(layers[l]))}
		for _, code := range written {
			all := c.beginning(code)
			for i := all.from; i < min(all.to, all.from+MaxResults+1); i++ {
				if len(h.x.code(l, i)) == len(code) {
					h.add(rankCode, l, i)
				} else {
					h.add(rankPrefix+ofBeginning, l, i)
				}
			}
		}
	}
	if h.count > before || len(text) < leastForgivenASCII || !isASCII(text) {
		return
	}
	for l := range layerID(len(layers)) {
		codeList{h.x, l, 0, int32(h.x.s.Count(layers[l]))}.oneOff(text, func(i int32) { h.add(rankFuzzy, l, i) })
	}
}

// codeList is a run of rows of a layer, which are sorted by code.
type codeList struct {
	x        *Index
	l        layerID
	from, to int32
}

func (c codeList) code(i int32) string { return c.x.code(c.l, i) }

// first is the first row for which after holds; it holds for all that follow.
func (c codeList) first(after func(code string) bool) int32 {
	return c.from + int32(sort.Search(int(c.to-c.from), func(i int) bool { return after(c.code(c.from + int32(i))) }))
}

// beginning is the run of the codes that begin so.
func (c codeList) beginning(text string) codeList {
	c.from = c.first(func(code string) bool { return code >= text })
	c.to = c.first(func(code string) bool { return code >= text && !strings.HasPrefix(code, text) })
	return c
}

// exactly visits the rows with the code.
func (c codeList) exactly(code string, visit func(i int32)) {
	for i := c.first(func(other string) bool { return other >= code }); i < c.to && c.code(i) == code; i++ {
		visit(i)
	}
}

// oneOff visits the rows whose code is one typing error away from the text. It
// goes down the sorted codes as down a tree: at each place it tries only the
// characters that some code has there.
func (c codeList) oneOff(text string, visit func(i int32)) {
	for p := 0; p <= len(text); p++ {
		head, tail := text[:p], text[p:]
		if tail != "" {
			c.exactly(head+tail[1:], visit) // one too many
		}
		if len(tail) > 1 && tail[0] != tail[1] {
			c.exactly(head+tail[1:2]+tail[:1]+tail[2:], visit) // two swapped
		}
		c.eachNext(p, func(next string, run codeList) {
			run.exactly(next+tail, visit) // one missing
			if tail != "" && next[p] != tail[0] {
				run.exactly(next+tail[1:], visit) // one wrong
			}
		})
		if tail == "" {
			return
		}
		if c = c.beginning(text[:p+1]); c.from == c.to {
			return
		}
	}
}

// eachNext visits the runs that differ in character p, all codes of the list
// being the same before it, with the beginning that each has.
func (c codeList) eachNext(p int, visit func(next string, run codeList)) {
	for i := c.from; i < c.to; {
		code := c.code(i)
		if len(code) <= p {
			i++
			continue
		}
		next := code[:p+1]
		run := codeList{c.x, c.l, i, c.to}.beginning(next)
		visit(next, run)
		i = run.to
	}
}
