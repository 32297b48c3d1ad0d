package api

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/terms"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
	"github.com/wanmi-gis/wanmi/spatial"
)

// typeMergePatch is the type of a JSON merge patch (RFC 7396).
const typeMergePatch = "application/merge-patch+json"

// editAnswer is the answer to a write as it is kept for its repetition.
type editAnswer struct {
	Status   int    `json:"status"`
	Location string `json:"location,omitempty"`
	ETag     string `json:"etag"`
	Body     string `json:"body"`
}

// asked is what a write asks for, read and checked as far as it can be without
// the row.
type asked struct {
	snap    *grids.Snapshot
	members web.Members
	body    []byte
	actor   cityfile.Actor
	key     string
	ifMatch string
}

// readEdit reads what all writes have: the actor first, then the body.
func (s *server) readEdit(c echo.Context, types ...string) (*asked, error) {
	if _, err := web.Parameters(c); err != nil {
		return nil, err
	}
	actor, err := s.actor(c)
	if err != nil {
		return nil, err
	}
	a := &asked{actor: actor, snap: s.live.Current(), ifMatch: strings.Join(c.Request().Header.Values("If-Match"), ",")}
	if a.key, err = idempotencyKey(c); err != nil {
		return nil, err
	}
	if a.body, err = web.ReadBody(c, web.MaxBodyBytes, types...); err != nil {
		return nil, err
	}
	a.members, err = web.ReadMembers(a.body)
	return a, err
}

// maxKey bounds an Idempotency-Key.
const maxKey = 255

func idempotencyKey(c echo.Context) (string, error) {
	keys := c.Request().Header.Values("Idempotency-Key")
	if len(keys) == 0 {
		return "", nil
	}
	bad := func(r rune) bool { return r <= ' ' || r > '~' }
	if len(keys) > 1 || keys[0] == "" || len(keys[0]) > maxKey || strings.ContainsFunc(keys[0], bad) {
		return "", web.Refuse("Idempotency-Key", "", fmt.Sprintf("one key of 1 to %d visible ASCII characters", maxKey), web.ErrMalformed)
	}
	return keys[0], nil
}

// hash is of all that a repetition must have in common with the first request.
func (a *asked) hash(c echo.Context) string {
	h := sha256.New()
	for _, part := range [...]string{c.Request().Method, c.Request().URL.Path, a.ifMatch, string(a.body)} {
		_, _ = fmt.Fprintf(h, "%d\n%s", len(part), part) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))
}

// edit makes the edit durable, then answers.
func (s *server) edit(c echo.Context, a *asked, e cityfile.Edit, status int) error {
	e.Actor, e.Key = a.actor, a.key
	if a.key != "" {
		e.Hash = a.hash(c)
	}
	change := e.Change
	e.Change = func(row *grids.Edit, at time.Time) error {
		if err := matchesRow(a.ifMatch, row); err != nil {
			return err
		}
		return change(row, at)
	}
	e.Answer = func(row *grids.Edit) (string, error) {
		l, f := row.Row()
		body, err := json.Marshal(featureBody{*rowFeature(s.live.Current(), row), row.Version})
		if err != nil {
			return "", err
		}
		tag, err := tagOf(row)
		if err != nil {
			return "", err
		}
		out := editAnswer{Status: status, ETag: tag, Body: string(body) + "\n"} // as huma ends its answers
		if status == http.StatusCreated {
			out.Location = "/v1/" + string(l) + "/" + url.PathEscape(f.Code)
		}
		text, err := json.Marshal(out)
		return string(text), err
	}
	text, err := s.keeper.Edit(c.Request().Context(), e)
	if err != nil {
		if err = s.editFault(err, &e); errors.Is(err, web.ErrBusy) {
			c.Response().Header().Set("Retry-After", "1")
		}
		return err
	}
	var out editAnswer
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("ETag", out.ETag)
	h.Set("Cache-Control", "no-store")
	if out.Location != "" {
		h.Set("Location", out.Location)
	}
	return c.JSONBlob(out.Status, []byte(out.Body))
}

// editFault puts what the store says into words that name no file.
func (s *server) editFault(err error, e *cityfile.Edit) error {
	var ours *web.InputError
	switch {
	case errors.As(err, &ours):
		return ours
	case errors.Is(err, cityfile.ErrNoRow):
		return web.Refuse("code", e.Code, "no such code in "+string(e.Layer), web.ErrNotFound)
	case errors.Is(err, cityfile.ErrExists):
		return web.Refuse("code", e.Code, "a component has or had this code", web.ErrConflict)
	case errors.Is(err, cityfile.ErrKeyReused):
		return web.Refuse("Idempotency-Key", "", "it was used for another request", web.ErrConflict)
	case errors.Is(err, cityfile.ErrNoSerial):
		return web.Refuse("code", "", "all serial numbers of this division and category are given out; give a code", web.ErrImpossible)
	}
	return terms.StoreFault(s.log, err, string(e.Layer))
}

// tagOf is the ETag of a row: its version, and a hash of what it holds, because
// other programs change rows without raising their version.
func tagOf(row *grids.Edit) (string, error) {
	bare := *row
	bare.Version = 0
	text, err := json.Marshal(bare)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return fmt.Sprintf(`"%d-%x"`, row.Version, sum[:8]), nil
}

// rowTag is the ETag of a feature that can be edited, "" of another.
func rowTag(s *grids.Snapshot, l grids.Layer, code string) string {
	i := s.Find(l, code)
	if i == spatial.None {
		return ""
	}
	row := editable(s, l, i)
	if row == nil {
		return ""
	}
	tag, err := tagOf(row)
	if err != nil {
		return ""
	}
	return tag
}

// matchesRow holds If-Match against a row: one of the ETags listed, or a bare
// version. Weak tags never match (RFC 9110).
func matchesRow(header string, row *grids.Edit) error {
	if header == "" {
		return nil
	}
	tag, err := tagOf(row)
	if err != nil {
		return err
	}
	version := strconv.FormatInt(row.Version, 10)
	for want := range strings.SplitSeq(header, ",") {
		want = strings.TrimSpace(want)
		if want == "*" || want == tag || strings.Trim(want, `"`) == version {
			return nil
		}
	}
	return web.Refuse("If-Match", header, "the version is now "+version+", the ETag "+tag, web.ErrVersion)
}
