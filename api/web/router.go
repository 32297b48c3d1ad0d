package web

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humaecho"
	"github.com/labstack/echo/v4"
)

// RouterOptions of NewRouter.
type RouterOptions struct {
	// Log takes the server's own failures.
	Log *slog.Logger
	// Version is the program's, About says what it is for: the API's description.
	Version, About string
	// Otherwise writes an error in another form than a problem document where the
	// request wants that, and reports whether it does; nil where none does.
	Otherwise func(c echo.Context, err error) (does bool, failed error)
}

// Router is what all routes go through: every answer's headers, one reading of
// queries and paths, problem documents for errors, the API's description.
type Router struct {
	Echo *echo.Echo
	// API takes the handlers that huma reads for; its document describes them all.
	API huma.API

	log       *slog.Logger
	otherwise func(echo.Context, error) (bool, error)
}

// NewRouter returns a router without routes.
func NewRouter(o RouterOptions) *Router {
	e := echo.New()
	r := &Router{Echo: e, log: o.Log, otherwise: o.Otherwise}
	e.HideBanner, e.HidePort = true, true
	e.IPExtractor = echo.ExtractIPDirect()
	e.HTTPErrorHandler = r.fail
	e.Use(r.guard)

	useProblems()
	config := huma.DefaultConfig("wanmi", o.Version)
	config.Info.Description = o.About + "\n\n" + ProblemTable()
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "/openapi", "", ""
	config.CreateHooks = nil // else every answer gets a $schema member and a Link header
	config.RejectUnknownQueryParameters = true
	config.Transformers = nil
	r.API = humaecho.New(e, config)
	return r
}

// Handler answers by the routes that were added, HEAD wherever GET is.
func (r *Router) Handler() http.Handler { return headAsGet(r.Echo) }

// fail writes the problem of an error that a handler returned.
func (r *Router) fail(err error, c echo.Context) {
	if c.Response().Committed {
		return
	}
	if r.otherwise != nil {
		if does, failed := r.otherwise(c, err); does {
			if failed != nil {
				r.log.Debug("answer not sent", "error", failed)
			}
			return
		}
	}
	p := Report(r.log, err)
	body, merr := json.Marshal(p)
	if merr != nil {
		body = []byte(`{"code":"internal","status":500}`)
	}
	c.Response().Header().Set("Cache-Control", "no-store")
	if werr := c.Blob(p.Status, "application/problem+json", body); werr != nil {
		r.log.Debug("answer not sent", "error", werr)
	}
}

// everyAnswer has the headers of every answer. The values are shared: whoever
// knows better sets another list, and no list has room to be appended to.
var everyAnswer = [...]struct {
	name   string
	values []string
}{
	{"X-Content-Type-Options", []string{"nosniff"}},
	{"Referrer-Policy", []string{"same-origin"}},
	{"Access-Control-Allow-Origin", []string{"*"}}, // all of it is public to whoever reaches the server
	{"Access-Control-Expose-Headers", []string{"ETag, Location, X-Basemap-Stale, X-City-Version, X-Features-Dropped, X-Tile-Thinned"}},
	{"Cache-Control", []string{"no-cache"}}, // unless the handler knows better
}

// guard sets the headers every answer has, reads what all routes read the same
// way, and turns a panic into a 500 that tells nothing to the outside.
func (r *Router) guard(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) (err error) {
		h := c.Response().Header()
		for i := range everyAnswer {
			h[everyAnswer[i].name] = everyAnswer[i].values
		}
		if c.Request().Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PATCH, PUT, DELETE")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match")
			h.Set("Access-Control-Max-Age", "86400")
		}
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler { //nolint:errorlint // the value itself, as net/http compares it
				panic(p)
			}
			r.log.Error("panic", "path", c.Request().URL.Path, "reason", fmt.Sprint(p))
			if c.Response().Committed {
				panic(http.ErrAbortHandler) // else half an answer ends like a whole one
			}
			err = fmt.Errorf("panic: %v", p)
		}()
		if err := readQuery(c); err != nil {
			return err
		}
		if err := decodePath(c); err != nil {
			return err
		}
		return next(c)
	}
}

// decodePath undoes the escapes in the path's parameters, once: echo routes by
// the path as sent where that differs from its usual form ("%2C" for a comma),
// by the decoded one otherwise.
func decodePath(c echo.Context) error {
	if c.Request().URL.RawPath == "" {
		return nil
	}
	values := slices.Clone(c.ParamValues())
	for i, v := range values {
		plain, err := url.PathUnescape(v)
		if err != nil {
			return Refuse("path", v, "a broken escape", ErrMalformed)
		}
		values[i] = plain
	}
	c.SetParamValues(values...)
	return nil
}

// headAsGet answers HEAD wherever GET is answered: the same headers, no body.
func headAsGet(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodHead {
			asked := *r
			asked.Method = http.MethodGet
			w, r = bodiless{w}, &asked
		}
		next.ServeHTTP(w, r)
	})
}

// bodiless passes the head of an answer on and drops its body.
type bodiless struct{ http.ResponseWriter }

func (bodiless) Write(p []byte) (int, error) { return len(p), nil }

// WantsHead reports whether the body of the answer is dropped.
func WantsHead(c echo.Context) bool {
	_, head := c.Response().Writer.(bodiless)
	return head
}

// Unwrap lets http.ResponseController reach the connection.
func (b bodiless) Unwrap() http.ResponseWriter { return b.ResponseWriter }
