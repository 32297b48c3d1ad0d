package web_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
)

// A route doubles a number; what it refuses is told as a problem.
func Example() {
	r := web.NewRouter(web.RouterOptions{Log: slog.New(slog.DiscardHandler), Version: "1.0.0", About: "An example."})
	r.Echo.GET("/twice", func(c echo.Context) error {
		params, err := web.Parameters(c, "of")
		if err != nil {
			return err
		}
		n, ok := web.ParseNumber(params.Get("of"))
		if !ok {
			return web.Refuse("of", params.Get("of"), "not a number", web.ErrMalformed)
		}
		return web.SendJSON(c, map[string]float64{"is": 2 * n})
	})
	for _, target := range []string{"/twice?of=21", "/twice?of=many"} {
		w := httptest.NewRecorder()
		r.Handler().ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil)) //nolint:noctx // an example
		fmt.Println(w.Code, w.Body)
	}
	// Output:
	// 200 {"is":42}
	// 400 {"type":"urn:wanmi:problem:malformed","title":"malformed","status":400,"detail":"of: not a number","code":"malformed","errors":[{"location":"of","message":"not a number","value":"many"}]}
}
