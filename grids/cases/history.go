package cases

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases/clock"
)

// The log of a case of bulk history is one blob beside its row:
//
//	version   1 byte   1, or 2 where the report has a description
//	count     uvarint  events after the report, which is made of the row
//	reporter  uvarint  number in case_actors
//	text      uvarint and bytes, the description, in version 2
//	then for each event:
//	  kind    1 byte   place in EventKinds; +32 a note, +64 a due time, +128 the actor of the event before
//	  after   uvarint  seconds since the event before
//	  actor   uvarint  number in case_actors, unless it is the one before
//	  due     varint   seconds from this event, where there is one
//	  unit    uvarint  number in units, for dispatch and rule
//	  level   1 byte   1 district, 2 unit, for dispatch
//	  score   1 byte   for survey
//	  note    uvarint and bytes, where there is one
const (
	blobVersion   = 1
	blobDescribed = 2
	blobNote      = 0x20
	blobDue       = 0x40
	blobSame      = 0x80
	blobKinds     = 0x1f
)

// ErrBlob is returned for a blob of history that is broken.
var ErrBlob = errors.New("not the log of a case")

// numbering gives actors and units their numbers in the file.
type numbering interface {
	actor(a Actor) (int64, error)
	unit(code string) (int64, error)
}

// naming is its inverse.
type naming interface {
	actorOf(n int64) (Actor, error)
	unitOf(n int64) (string, error)
}

// appendHistory writes the log of a case; what a blob cannot have is refused.
func appendHistory(dst []byte, events []Event, n numbering) ([]byte, error) {
	if len(events) == 0 || len(events) > maxEvents || events[0].Kind != Report {
		return nil, fmt.Errorf("%w: it must begin with its report and have at most %d events", ErrBlob, maxEvents)
	}
	last := events[0]
	actor, err := n.actor(last.Actor)
	if err != nil {
		return nil, err
	}
	text := ""
	if last.Report != nil {
		text = last.Report.Description
	}
	version := byte(blobVersion)
	if text != "" {
		version = blobDescribed
	}
	dst = append(dst, version)
	dst = binary.AppendUvarint(dst, uint64(len(events)-1))
	dst = binary.AppendUvarint(dst, uint64(actor))
	if text != "" {
		dst = binary.AppendUvarint(dst, uint64(len(text)))
		dst = append(dst, text...)
	}
	for i := range events[1:] {
		e := &events[i+1]
		if dst, err = appendEvent(dst, e, &last, n); err != nil {
			return nil, err
		}
		last = *e
	}
	return dst, nil
}

func appendEvent(dst []byte, e, last *Event, n numbering) ([]byte, error) {
	named := e.Kind == Dispatch || e.Kind == Rule
	if e.Media != nil || e.Members != nil || e.Decision != nil || e.Number != "" || !e.Until.IsZero() || e.Report != nil || e.Alarm != nil ||
		!e.YellowAt.IsZero() || e.Limit != (clock.Limit{}) ||
		(!named && (e.Unit != "" || e.Level != "")) || (e.Kind == Rule && e.Level != UnitLevel) || (e.Kind != Survey && e.Score != 0) {
		return nil, fmt.Errorf("%w: event %d has more than bulk history keeps", ErrBlob, e.Seq)
	}
	kind := slices.Index(eventKinds[:], e.Kind)
	if kind < 0 || e.At.Before(last.At) {
		return nil, fmt.Errorf("%w: event %d: kind %q at %v after %v", ErrBlob, e.Seq, e.Kind, e.At, last.At)
	}
	head := byte(kind)
	if e.Note != "" {
		head |= blobNote
	}
	if !e.DueAt.IsZero() {
		head |= blobDue
	}
	if e.Actor == last.Actor {
		head |= blobSame
	}
	dst = append(dst, head)
	dst = binary.AppendUvarint(dst, uint64(e.At.Unix()-last.At.Unix()))
	if e.Actor != last.Actor {
		actor, err := n.actor(e.Actor)
		if err != nil {
			return nil, err
		}
		dst = binary.AppendUvarint(dst, uint64(actor))
	}
	if !e.DueAt.IsZero() {
		dst = binary.AppendVarint(dst, e.DueAt.Unix()-e.At.Unix())
	}
	switch e.Kind {
	case Dispatch, Rule:
		unit, err := n.unit(e.Unit)
		if err != nil {
			return nil, err
		}
		dst = binary.AppendUvarint(dst, uint64(unit))
		if e.Kind == Dispatch {
			dst = append(dst, byte(e.Level.depth()))
		}
	case Survey:
		dst = append(dst, byte(e.Score))
	}
	if e.Note != "" {
		dst = binary.AppendUvarint(dst, uint64(len(e.Note)))
		dst = append(dst, e.Note...)
	}
	return dst, nil
}

// blobReader reads a blob; the first fault is kept.
type blobReader struct {
	rest []byte
	err  error
}

func (r *blobReader) fail(what string) {
	if r.err == nil {
		r.err = fmt.Errorf("%w: %s", ErrBlob, what)
	}
}

func (r *blobReader) uvarint(what string, most uint64) int64 {
	v, n := binary.Uvarint(r.rest)
	if n <= 0 || v > most {
		r.fail(what)
		return 0
	}
	r.rest = r.rest[n:]
	return int64(v)
}

func (r *blobReader) varint(what string, most int64) int64 {
	v, n := binary.Varint(r.rest)
	if n <= 0 || v > most || v < -most {
		r.fail(what)
		return 0
	}
	r.rest = r.rest[n:]
	return v
}

func (r *blobReader) bytes(what string, n int64) []byte {
	if r.err != nil || n > int64(len(r.rest)) {
		r.fail(what)
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *blobReader) byte(what string) byte {
	if b := r.bytes(what, 1); len(b) == 1 {
		return b[0]
	}
	return 0
}

// maxSeconds bounds the times of a blob: 300 years.
const maxSeconds = 300 * 366 * 86400

// readHistory reads what appendHistory wrote after the report, which is given.
func readHistory(blob []byte, report *Draft, n naming) ([]Event, error) {
	r := &blobReader{rest: blob}
	version := r.byte("version")
	if version != blobVersion && version != blobDescribed {
		r.fail("unknown version")
	}
	count := r.uvarint("count", maxEvents-1)
	if count > int64(len(r.rest)) { // each takes a byte at least
		r.fail("count")
	}
	actor, err := n.actorOf(r.uvarint("reporter", 1<<40))
	if r.err != nil || err != nil {
		return nil, errors.Join(r.err, err)
	}
	if version == blobDescribed {
		text := r.bytes("description", r.uvarint("description", maxTextBytes))
		if r.err != nil {
			return nil, r.err
		}
		described := *report
		described.Description = string(text)
		report = &described
	}
	events := make([]Event, 1, count+1)
	events[0] = Event{Seq: 1, At: report.ReportedAt, Kind: Report, Actor: actor, Details: Details{Report: report}}
	for i := range count {
		e, err := r.event(&events[i], n)
		if r.err != nil || err != nil {
			return nil, errors.Join(r.err, err)
		}
		events = append(events, e)
	}
	if len(r.rest) > 0 {
		return nil, fmt.Errorf("%w: %d bytes after its end", ErrBlob, len(r.rest))
	}
	return events, nil
}

func (r *blobReader) event(last *Event, n naming) (e Event, err error) {
	head := r.byte("kind")
	if int(head&blobKinds) >= len(eventKinds) {
		r.fail("kind")
		return e, nil
	}
	e.Seq, e.Kind, e.Actor = last.Seq+1, eventKinds[head&blobKinds], last.Actor
	e.At = last.At.Add(time.Duration(r.uvarint("time", maxSeconds)) * time.Second)
	if head&blobSame == 0 {
		if e.Actor, err = n.actorOf(r.uvarint("actor", 1<<40)); err != nil {
			return e, err
		}
	}
	if head&blobDue != 0 {
		e.DueAt = e.At.Add(time.Duration(r.varint("due", maxSeconds)) * time.Second)
	}
	switch e.Kind {
	case Dispatch, Rule:
		if e.Unit, err = n.unitOf(r.uvarint("unit", 1<<40)); err != nil {
			return e, err
		}
		e.Level = UnitLevel
		if e.Kind == Dispatch {
			switch r.byte("level") {
			case 1:
				e.Level = DistrictLevel
			case 2:
			default:
				r.fail("level")
			}
		}
	case Survey:
		e.Score = int(r.byte("score"))
	}
	if head&blobNote != 0 {
		e.Note = string(r.bytes("note", r.uvarint("note", maxTextBytes)))
	}
	return e, nil
}

// history reads the part of a case's log that came in bulk.
func (c codes) history(ctx context.Context, tx *sql.Tx, fid int64) ([]Event, error) {
	var blob []byte
	err := tx.QueryRowContext(ctx, "SELECT events FROM history WHERE case_fid = ?", fid).Scan(&blob)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	report, err := reportOf(ctx, tx, fid)
	if err != nil {
		return nil, err
	}
	return readHistory(blob, report, &fileNames{ctx, tx})
}

// reportOf makes the report of a case of bulk history of its row.
func reportOf(ctx context.Context, tx *sql.Tx, fid int64) (*Draft, error) {
	rows, err := tx.QueryContext(ctx, "SELECT "+summaryColumns+" FROM cases c WHERE c.fid = ?", fid)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, errors.Join(ErrNotFound, rows.Err())
	}
	s, err := scanSummary(rows)
	if err != nil {
		return nil, err
	}
	if err := rows.Close(); err != nil {
		return nil, err
	}
	d := s.draft()
	err = tx.QueryRowContext(ctx, "SELECT source_system, external_id FROM case_external WHERE case_fid = ?", fid).Scan(&d.System, &d.ExternalID)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return d, err
}

// fileNames reads the numbers of a blob.
type fileNames struct {
	ctx context.Context
	tx  *sql.Tx
}

func (f *fileNames) actorOf(n int64) (a Actor, err error) {
	err = f.tx.QueryRowContext(f.ctx, "SELECT actor, role, unit FROM case_actors WHERE id = ?", n).Scan(&a.ID, &a.Role, &a.Unit)
	if errors.Is(err, sql.ErrNoRows) {
		return a, fmt.Errorf("%w: no actor has number %d", ErrBlob, n)
	}
	return a, err
}

func (f *fileNames) unitOf(n int64) (code string, err error) {
	err = f.tx.QueryRowContext(f.ctx, "SELECT "+codeOf(grids.Units, "unit")+" FROM (SELECT ? AS unit) c", n).Scan(&code)
	if err == nil && code == "" {
		return "", fmt.Errorf("%w: no unit has number %d", ErrBlob, n)
	}
	return code, err
}
