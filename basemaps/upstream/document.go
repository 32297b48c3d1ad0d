package upstream

import (
	"bytes"
	"context"
	"errors"
	"net/url"
	"strings"
	"time"
)

// begin knows the map where no document is needed, or the cache has it.
func (m *Map) begin(now time.Time) error {
	if m.source.Kind == XYZ {
		l, err := m.source.xyz()
		if err == nil {
			err = m.know(l, now)
		}
		return err
	}
	if kept, ok := m.maps.cache.get(m.documentKey(), now); ok {
		if l, err := m.source.read(kept.body); err == nil && m.know(l, kept.fetched) == nil {
			m.next = kept.fetched.Add(lookAgain)
		}
	}
	return nil
}

func (m *Map) documentKey() cacheKey { return keyOf(m.name, "document") }

// read reads a TileJSON or capabilities.
func (s *Source) read(text []byte) (*layout, error) {
	if s.Kind == JSON {
		return s.tileJSON(text)
	}
	return s.wmts(text)
}

func (m *Map) know(l *layout, at time.Time) error {
	if err := m.source.finish(l); err != nil {
		return err
	}
	l.info.Changed = at
	m.layout.Store(l)
	return nil
}

// unknown is why the map is not served.
func (m *Map) unknown() *Failure {
	if f := m.why.Load(); f != nil {
		return f
	}
	return m.failure(ErrDown, 0, "its own server was not asked yet what it is", "")
}

// look asks for the document where it is due. What it said before stays where that
// fails.
func (m *Map) look(ctx context.Context) {
	if m.source.Kind == XYZ || !m.looking.TryLock() {
		return
	}
	defer m.looking.Unlock()
	now := m.maps.now()
	if now.Before(m.next) {
		return
	}
	address := m.source.URL
	if m.source.Kind == WMTS {
		address = m.source.capabilitiesURL()
	}
	var at error // what is wrong with the document
	var text []byte
	var l *layout
	f := m.fetch(ctx, withKey(address, m.source.Key, m.source.KeyParam), acceptTheText, func(body []byte) error {
		text = m.source.Key.cut(body)
		if len(text) == 0 {
			return errors.New("no document")
		}
		if l, at = m.source.read(text); at == nil {
			at = m.source.finish(l)
		}
		return nil // the server did what it should
	})
	if f == nil && at != nil {
		f = m.failure(ErrContent, mostLook, at.Error(), "")
	}
	if ctx.Err() != nil {
		return
	}
	if f != nil {
		if was := m.why.Swap(f); was == nil || was.Reason != f.Reason {
			m.maps.told(m.source.ID, f)
		}
		m.attempts++
		m.next = now.Add(min(firstLook<<min(m.attempts-1, 10), mostLook))
		return
	}
	m.why.Store(nil)
	m.attempts, m.next = 0, now.Add(lookAgain)
	l.info.Changed = now
	m.layout.Store(l)
	if err := m.maps.cache.put(m.documentKey(), &record{fetched: now, body: text}); err != nil {
		m.maps.told(m.source.ID, m.failure(ErrDown, 0, "documents cannot be kept", err.Error()))
	}
}

// cut puts {key} for the key in a document that repeats it, as some do in the
// addresses of tiles.
func (k Key) cut(body []byte) []byte {
	if k == "" {
		return body
	}
	for _, text := range []string{string(k), url.QueryEscape(string(k)), url.PathEscape(string(k)), strings.ReplaceAll(string(k), "/", `\/`)} {
		body = bytes.ReplaceAll(body, []byte(text), []byte("{key}"))
	}
	return body
}
