package api_test

import (
	"bytes"
	"io/fs"
	"net/http"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/viewer"
)

func TestTheViewerIsServedWithItsHeaders(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	index := "index.html"
	if !viewer.Built() {
		index = "placeholder.html"
	}
	err := fs.WalkDir(viewer.Files(), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		want, err := fs.ReadFile(viewer.Files(), name)
		if err != nil {
			return err
		}
		r := d.get(t, "/"+name)
		if r.status != http.StatusOK || !bytes.Equal(r.body, want) {
			t.Errorf("%s: %d, %d bytes, want %d", name, r.status, len(r.body), len(want))
		}
		cache := "no-cache"
		if strings.HasPrefix(name, "assets/") {
			cache = "public, max-age=31536000, immutable"
		}
		for header, want := range map[string]string{
			"Cache-Control": cache, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Vary": "Accept-Encoding",
		} {
			if got := r.header.Get(header); got != want {
				t.Errorf("%s: %s %q, want %q", name, header, got, want)
			}
		}
		for _, part := range []string{"default-src 'self'", "script-src 'self'", "object-src 'none'", "base-uri 'self'", "frame-ancestors 'self'"} {
			if csp := r.header.Get("Content-Security-Policy"); !strings.Contains(csp, part) || strings.Contains(csp, "unsafe") {
				t.Errorf("%s: policy %q", name, csp)
			}
		}
		if r.header.Get("ETag") == "" || r.header.Get("Content-Type") == "" {
			t.Errorf("%s: %v", name, r.header)
		}
		if strings.HasSuffix(name, ".js") && !strings.HasPrefix(r.header.Get("Content-Type"), "text/javascript") {
			t.Errorf("%s is %s", name, r.header.Get("Content-Type"))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	page, root := d.get(t, "/"+index), d.get(t, "/")
	if !bytes.Equal(page.body, root.body) || root.header.Get("Content-Type") != "text/html; charset=utf-8" {
		t.Errorf("/ is not the page: %v", root.header)
	}
	if r := d.get(t, "/", "If-None-Match", root.header.Get("ETag")); r.status != http.StatusNotModified {
		t.Errorf("the page again: %d", r.status)
	}
}

func TestNoPathLeavesTheViewer(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	for _, target := range []string{
		"/../embed.go", "/../../go.mod", "/..%2f..%2fgo.mod", "/%2e%2e/%2e%2e/go.mod", "/assets/../../embed.go", "/assets/..%5c..%5cgo.mod",
		"/etc/passwd", "/assets", "/assets/", "/.", "/index.html/", "/index.html%00.js", "/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/assets//x",
	} {
		r := d.get(t, target)
		if r.status == http.StatusOK {
			clean := strings.Contains(string(r.body), "<html") || strings.Contains(string(r.body), "<!doctype")
			if (target == "/." || target == "/index.html/") && clean {
				continue // cleaned to the page itself
			}
			t.Errorf("%s: %.100q", target, r.body)
			continue
		}
		if p := r.problem(t); p.Status != http.StatusNotFound || p.Code != "not-found" {
			t.Errorf("%s: %+v", target, p)
		}
	}
}

func TestPagesElsewhereMayAsk(t *testing.T) {
	t.Parallel()
	d := open(t, townPlan{})
	asked := d.ask(t, http.MethodOptions, "/v1/geocode", "", "Origin", "https://map.example",
		"Access-Control-Request-Method", "POST", "Access-Control-Request-Headers", "content-type")
	if asked.status != http.StatusNoContent || asked.header.Get("Access-Control-Allow-Origin") != "*" ||
		!strings.Contains(asked.header.Get("Access-Control-Allow-Methods"), "POST") ||
		!strings.Contains(asked.header.Get("Access-Control-Allow-Headers"), "Content-Type") {
		t.Errorf("%d %v", asked.status, asked.header)
	}
	for _, target := range []string{"/tiles.json", tileURL("cells", d.middle(14)), "/v1/cells/nothing"} {
		r := d.get(t, target, "Origin", "https://map.example")
		if r.header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(r.header.Get("Access-Control-Expose-Headers"), "ETag") {
			t.Errorf("%s: %v", target, r.header)
		}
	}
}
