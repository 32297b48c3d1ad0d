package statistics

import (
	"context"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/spatial"
)

// pilesWord is the word of the filter beside those of cases, as maps of heat have it:
// whether cases count that lie where a geocoder puts what it does not know.
const pilesWord = "piles"

// asker is who asks: what a question needs besides its words.
type asker struct {
	signed func() error
	piles  func(ctx context.Context) ([]spatial.Coord, error)
}

func (s *server) asker(c echo.Context) asker {
	return asker{func() error { return s.signed(c) }, s.piles}
}

// readPiles reads whether cases at piles count; they do unless it is said.
func (a *ask) readPiles(words web.Members) error {
	text, err := words.Text(pilesWord)
	if err != nil || text == nil {
		return err
	}
	switch a.filter[pilesWord] = *text; {
	case *text == "with":
	case *text != "without":
		return web.Refuse(pilesWord, *text, "with or without", web.ErrMalformed)
	case a.who.piles == nil:
		return web.Refuse(pilesWord, *text, "this server has no heat, which finds them", web.ErrConflict)
	default:
		a.withoutPiles = true
	}
	return nil
}

// findPiles looks where they are.
func (j *job) findPiles() error {
	if !j.withoutPiles {
		return nil
	}
	places, err := j.who.piles(j.ctx)
	if err != nil {
		return err
	}
	j.piles = make(map[spatial.Coord]bool, len(places))
	for _, at := range places {
		j.piles[at] = true
	}
	return nil
}

// piled reports whether a case is left out because of where it lies, and counts those
// of the period.
func (j *job) piled(at spatial.Coord, reported int64) bool {
	if !j.piles[at] {
		return false
	}
	if reported >= j.from.Unix() && reported < j.to.Unix() {
		j.atPiles++
	}
	return true
}
