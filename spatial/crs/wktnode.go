package crs

import (
	"fmt"
	"strconv"
	"strings"
)

// wktNode is KEY["name",1.5,WORD,KEY[…]]: keys in lower case, numbers and nodes in
// their order.
type wktNode struct {
	key     string
	name    string
	numbers []float64
	nodes   []*wktNode
}

// find returns the first node below with one of the keys.
func (n *wktNode) find(keys ...string) *wktNode {
	for _, k := range keys {
		for _, c := range n.nodes {
			if c.key == k {
				return c
			}
		}
	}
	return nil
}

// number is the i-th figure, 0 when there is none.
func (n *wktNode) number(i int) float64 {
	if i < len(n.numbers) {
		return n.numbers[i]
	}
	return 0
}

const (
	maxWKTBytes = 64 << 10 // the longest real ones have 3 KB
	maxWKTDepth = 16
)

func parseWKTNode(text string) (*wktNode, error) {
	if len(text) > maxWKTBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d are read", ErrWKT, len(text), maxWKTBytes)
	}
	p := wktParser{rest: strings.TrimSpace(strings.TrimPrefix(text, "\ufeff"))}
	n := p.node(p.word(), 0)
	if p.err == nil && strings.TrimSpace(p.rest) != "" {
		p.fail("text stands behind it")
	}
	return n, p.err
}

type wktParser struct {
	rest string
	err  error
}

func (p *wktParser) fail(why string) {
	if p.err == nil {
		p.err = fmt.Errorf("%w: %s at %.24q", ErrWKT, why, p.rest)
	}
	p.rest = ""
}

func (p *wktParser) blanks() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// word takes letters, digits and what numbers are made of.
func (p *wktParser) word() string {
	p.blanks()
	n := 0
	for n < len(p.rest) && !strings.ContainsRune("[](), \t\r\n\"", rune(p.rest[n])) {
		n++
	}
	w := p.rest[:n]
	p.rest = p.rest[n:]
	p.blanks()
	return w
}

// node reads what stands in the brackets behind a key.
func (p *wktParser) node(key string, depth int) *wktNode {
	n := &wktNode{key: strings.ToLower(key)}
	if depth > maxWKTDepth {
		p.fail("nested too deep")
		return n
	}
	if key == "" || !p.open() {
		p.fail("a word and a bracket are missing")
		return n
	}
	for p.err == nil {
		p.blanks()
		if strings.HasPrefix(p.rest, `"`) {
			s := p.quoted()
			if n.name == "" {
				n.name = s
			}
		} else if w := p.word(); p.opens() {
			n.nodes = append(n.nodes, p.node(w, depth+1))
		} else if v, err := strconv.ParseFloat(w, 64); err == nil {
			n.numbers = append(n.numbers, v)
		} else if w == "" {
			p.fail("a value is missing")
		}
		p.blanks()
		switch {
		case strings.HasPrefix(p.rest, ","):
			p.rest = p.rest[1:]
		case strings.HasPrefix(p.rest, "]"), strings.HasPrefix(p.rest, ")"):
			p.rest = p.rest[1:]
			return n
		default:
			p.fail("a bracket is not closed")
		}
	}
	return n
}

func (p *wktParser) opens() bool {
	return strings.HasPrefix(p.rest, "[") || strings.HasPrefix(p.rest, "(")
}

func (p *wktParser) open() bool {
	if !p.opens() {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// quoted reads a text; two quotes in it are one.
func (p *wktParser) quoted() string {
	var b strings.Builder
	for p.rest = p.rest[1:]; ; {
		before, after, ok := strings.Cut(p.rest, `"`)
		if !ok {
			p.fail("a quote is not closed")
			return ""
		}
		b.WriteString(before)
		if p.rest = after; !strings.HasPrefix(after, `"`) {
			return b.String()
		}
		b.WriteByte('"')
		p.rest = after[1:]
	}
}
