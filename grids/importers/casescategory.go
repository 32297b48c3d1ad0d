package importers

import (
	"fmt"
	"strings"

	"github.com/wanmi-gis/wanmi/grids"
)

// classifier turns what a table calls a class into a minor of the city's scheme.
type classifier struct {
	catalogue *grids.Catalogue
	scheme    string
	byName    bool
	known     map[classText]classFound
}

type classText struct {
	kind grids.Kind
	text string
}

type classFound struct {
	code string
	err  error
}

// maxClasses bounds what is remembered: a column of free texts would fill memory.
const maxClasses = 10_000

// find is asked once for each text.
func (c *classifier) find(kind grids.Kind, text string) (string, error) {
	k := classText{kind, text}
	found, ok := c.known[k]
	if !ok {
		found.code, found.err = c.look(kind, text)
		if len(c.known) < maxClasses {
			c.known[classText{kind, strings.Clone(text)}] = found
		}
	}
	return found.code, found.err
}

func (c *classifier) look(kind grids.Kind, text string) (string, error) {
	if kind != grids.ComponentKind && kind != grids.EventKind {
		return "", nil // the kind is told as a fault
	}
	code := text
	if c.byName && !strings.Contains(text, ":") {
		var err error
		if code, err = c.named(kind, text); err != nil {
			return "", err
		}
	}
	if c.scheme != "" && !strings.Contains(code, ":") {
		code = c.scheme + ":" + code
	}
	found, err := c.catalogue.Resolve(kind, code)
	if err != nil {
		return "", err
	}
	return surest(kind, text, found)
}

// named is the code of the minor that has the name in the table's scheme.
func (c *classifier) named(kind grids.Kind, name string) (string, error) {
	scheme := c.scheme
	if scheme == "" {
		scheme = c.catalogue.Schemes()[0]
	}
	list, err := c.catalogue.Scheme(scheme)
	if err != nil {
		return "", err
	}
	code := ""
	for i := range list {
		k := &list[i]
		if k.Kind != kind || k.Major == "" || k.Name != name {
			continue
		}
		if code != "" {
			return "", fmt.Errorf("%w: scheme %s has the name twice, as %s and %s; name one of them in map", grids.ErrCategory, scheme, code, k.Code)
		}
		code = k.Code
	}
	if code == "" {
		return "", fmt.Errorf("%w: no %s category of scheme %s has the name", grids.ErrCategory, kind, scheme)
	}
	return code, nil
}

// fitting are the certainties with which a class holds every case of another: one
// that is narrower or overlaps holds some of them, nobody knows which.
var fitting = []grids.Certainty{grids.Same, grids.ExactName, grids.ByRule, grids.NearName, grids.Wider}

// surest picks the one counterpart that is surer than all others.
func surest(kind grids.Kind, text string, found []grids.Counterpart) (string, error) {
	for _, certainty := range fitting {
		var codes []string
		for i := range found {
			if found[i].Certainty == certainty {
				codes = append(codes, found[i].Code)
			}
		}
		switch len(codes) {
		case 0:
			continue
		case 1:
			return codes[0], nil
		}
		return "", fmt.Errorf("%w: %s %s may be %s in the city; name one of them in map", grids.ErrCategory, kind, text, strings.Join(codes, ", "))
	}
	codes := make([]string, 0, len(found))
	for i := range found {
		codes = append(codes, found[i].Code)
	}
	return "", fmt.Errorf("%w: %s %s is only in part what the city has as %s; name one of them in map", grids.ErrNoCounterpart, kind, text, strings.Join(codes, ", "))
}
