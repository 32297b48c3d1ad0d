package cityfile

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// ErrCursor is returned by Feed for a cursor that this file did not give.
var ErrCursor = errors.New("not a cursor of this city file")

// Entry is one change in the feed.
type Entry struct {
	Seq     int64           `json:"seq"`
	Version int64           `json:"version"`
	Kind    string          `json:"kind" doc:"component, zone, resource or city"`
	Key     string          `json:"key" doc:"The code of what changed"`
	At      string          `json:"at"`
	Body    json.RawMessage `json:"body" doc:"actor, fid, set and was of an edit by columns of the city file, geom as [lon, lat]; the reason of another change"`
}

// Cursor is a place in the feed of one file: what comes after it is new.
type Cursor struct {
	Epoch string
	Seq   int64
}

// String writes the cursor as ParseCursor reads it.
func (c Cursor) String() string { return c.Epoch + "-" + strconv.FormatInt(c.Seq, 10) }

// ParseCursor reads a cursor; "" is the beginning.
func ParseCursor(text string) (Cursor, error) {
	if text == "" {
		return Cursor{}, nil
	}
	epoch, seq, ok := strings.Cut(text, "-")
	n, err := strconv.ParseInt(seq, 10, 64)
	if !ok || epoch == "" || err != nil || n < 0 {
		return Cursor{}, fmt.Errorf("%w: %q", ErrCursor, text)
	}
	return Cursor{epoch, n}, nil
}

// Feed returns at most limit changes after the cursor, in the order of their
// commits, and the cursor to go on from. What this program committed is in it once
// it is published: who reads of an edit can see it.
func (s *Store) Feed(ctx context.Context, after Cursor, limit int) ([]Entry, Cursor, error) {
	if after.Epoch != "" && after.Epoch != s.epoch {
		return nil, after, fmt.Errorf("%w: the file was made anew", ErrCursor)
	}
	next := Cursor{s.epoch, after.Seq}
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, after, err
	}
	defer tx.Rollback()
	out := []Entry{}
	err = each(ctx, tx, "SELECT seq, version, kind, key, at, body FROM change WHERE seq > ? ORDER BY seq LIMIT ?", func(r []sql.RawBytes) error {
		e := Entry{Kind: string(r[2]), Key: string(r[3]), At: string(r[4]), Body: json.RawMessage(append([]byte{}, r[5]...))}
		if e.Seq, err = strconv.ParseInt(string(r[0]), 10, 64); err != nil {
			return err
		}
		if e.Version, err = strconv.ParseInt(string(r[1]), 10, 64); err != nil {
			return err
		}
		if !json.Valid(e.Body) {
			e.Body = json.RawMessage("null")
		}
		out = append(out, e)
		return nil
	}, after.Seq, limit)
	if err != nil {
		return nil, after, fmt.Errorf("feed of %s: %w", s.path, err)
	}
	if out = s.news.settled(out); len(out) > 0 {
		next.Seq = out[len(out)-1].Seq
	}
	return out, next, nil
}
