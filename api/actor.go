package api

import (
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

// actor returns who writes, by the token of the request.
func (s *server) actor(c echo.Context) (cityfile.Actor, error) {
	if s.keeper == nil || len(s.tokens) == 0 {
		return cityfile.Actor{}, web.Refuse(
			"Authorization", "",
			"this server takes no writes; list tokens in the file that wanmi serve --config names", web.ErrReadOnly,
		)
	}
	scheme, token, _ := strings.Cut(c.Request().Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return cityfile.Actor{}, unauthenticated(c, "send Authorization: Bearer TOKEN")
	}
	// Hashes of equal length, and all of them: the time tells nothing.
	sum := sha256.Sum256([]byte(strings.TrimSpace(token)))
	found := -1
	for i := range s.tokens {
		if subtle.ConstantTimeCompare(sum[:], s.tokens[i].SHA256[:]) == 1 {
			found = i
		}
	}
	if found < 0 {
		return cityfile.Actor{}, unauthenticated(c, "nobody has this token")
	}
	return s.tokens[found].Actor, nil
}

func unauthenticated(c echo.Context, why string) error {
	c.Response().Header().Set("WWW-Authenticate", `Bearer realm="wanmi"`)
	return web.Refuse("Authorization", "", why, web.ErrNoActor)
}
