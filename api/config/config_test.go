package config_test

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/grids/cityfile"
)

const secret = "correct-horse-battery"

func TestWhatIsSaidOfCasesIsRead(t *testing.T) {
	c, err := config.Parse([]byte("auto_dispatch: true\ncentre: ZH\nexpert: [\"component:0111\", \"event:0203\"]\n"))
	if err != nil || !c.AutoDispatch || c.Centre != "ZH" || fmt.Sprint(c.Expert) != "[{component 0111} {event 0203}]" {
		t.Errorf("%+v, %v", c, err)
	}
	for _, text := range []string{"expert: [\"0111\"]", "expert: [\"person:0111\"]", "expert: [\"event:\"]", "auto_dispatch: maybe", "centre: " + strings.Repeat("x", 200)} {
		if c, err := config.Parse([]byte(text)); err == nil {
			t.Errorf("%s is read as %+v", text, c)
		}
	}
}

func ExampleParse() {
	c, err := config.Parse([]byte(`
listen: 0.0.0.0:80
tokens:
  - {token: correct-horse-battery, id: "0017", role: operator, unit: U3}
`))
	fmt.Println(c.Listen, c.Tokens[0].Actor, err)
	// Output: 0.0.0.0:80 {0017 operator U3} <nil>
}

func TestATokenMayBeGivenByItsHash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wanmi.yaml")
	text := fmt.Sprintf("tokens: [{token_sha256: %x, id: a}]", sha256.Sum256([]byte(secret)))
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil || len(c.Tokens) != 1 || c.Tokens[0] != config.NewToken(secret, cityfile.Actor{ID: "a"}) {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestTheRuleFileIsNamedFromTheConfigurationsFolder(t *testing.T) {
	dir := t.TempDir()
	for text, want := range map[string]string{
		"rules: city/rules.yaml":   filepath.Join(dir, "city", "rules.yaml"),
		"rules: /etc/wanmi/r.yaml": "/etc/wanmi/r.yaml",
		"listen: ''":               "",
	} {
		path := filepath.Join(dir, "wanmi.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if c, err := config.Load(path); err != nil || c.Rules != want {
			t.Errorf("%s: %+v, %v", text, c, err)
		}
	}
}

func TestTheTableOfPatrolHoursIsNamedFromTheConfigurationsFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wanmi.yaml")
	if err := os.WriteFile(path, []byte("patrol_hours: tables/hours.csv"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c, err := config.Load(path); err != nil || c.PatrolHours != filepath.Join(filepath.Dir(path), "tables", "hours.csv") {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestAnEmptyFileIsTheDefault(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing\n", "listen: ''"} {
		if c, err := config.Parse([]byte(text)); err != nil || c.Listen != "" || c.Tokens != nil {
			t.Errorf("%q: %+v, %v", text, c, err)
		}
	}
}

func TestWhatIsWrongIsNamedAndNoTokenRepeated(t *testing.T) {
	for text, want := range map[string]string{
		"listen: a\nport: 80": "[2:1]",
		"tokens:\n  - {token: " + secret + ", id: a, roll: b}": "[2:",
		"listen: [" + secret:                                                       "[1:",
		"tokens: " + secret:                                                        "[1:",
		"tokens: [{token: short-" + "secret, id: a}]":                              "tokens[0]: token: at least 16 characters",
		"tokens: [{token: " + secret + "}]":                                        "tokens[0]: id: it is missing",
		"tokens: [{id: a}]":                                                        "tokens[0]: give one of token and token_sha256",
		"tokens: [{token_sha256: " + secret + ", id: a}]":                          "tokens[0]: token_sha256: not 64 hexadecimal digits",
		"tokens: [{token: " + secret + ", id: \"a\\nb\"}]":                         "tokens[0]: id: at most 128 bytes of text",
		"tokens: [{token: " + secret + ", id: a}, {token: " + secret + ", id: b}]": "tokens[1]: the token of tokens[0]",
		fmt.Sprintf("tokens: [{token: %s, token_sha256: %x, id: a}]", secret, sha256.Sum256([]byte(secret))): "give one of",
		"tokens: [" + strings.Repeat("{token: "+secret+", id: a}, ", 10_001) + "]":                           "more than 10000",
	} {
		c, err := config.Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.80q: %+v, %v; want %q", text, c, err, want)
		} else if strings.Contains(err.Error(), secret) {
			t.Errorf("%.80q: the error repeats the token: %v", text, err)
		}
	}
	if _, err := config.Load(filepath.Join(t.TempDir(), "none.yaml")); err == nil || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("no file: %v", err)
	}
}

func TestTheTileCacheIsConfigured(t *testing.T) {
	for text, want := range map[string]config.Config{
		"":                   {TileCacheMB: config.DefaultTileCacheMB},
		"tile_cache_mb: 200": {TileCacheMB: 200},
		"tile_cache_mb: 0\ntile_cache_control: public, max-age=5": {TileCacheControl: "public, max-age=5"},
	} {
		c, err := config.Parse([]byte(text))
		if err != nil || c.TileCacheMB != want.TileCacheMB || c.TileCacheControl != want.TileCacheControl {
			t.Errorf("%q: %+v, %v", text, c, err)
		}
	}
	if none, some := (&config.Config{}).TileCacheBytes(), config.Default().TileCacheBytes(); none >= 0 || some != config.DefaultTileCacheMB*1_000_000 {
		t.Errorf("none is %d, the default %d", none, some)
	}
	for text, want := range map[string]string{
		"tile_cache_mb: -1":                               "tile_cache_mb",
		"tile_cache_mb: 2000000":                          "tile_cache_mb",
		"tile_cache_control: \"a\\r\\nX: b\"":             "tile_cache_control",
		"tile_cache_control: " + strings.Repeat("x", 129): "tile_cache_control",
	} {
		if c, err := config.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %+v, %v", text, c, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("listen: a\ntokens:\n  - {token: " + secret + ", id: a}"))
	f.Add([]byte("tokens: [{token_sha256: 00, id: a}]"))
	f.Add([]byte("webhooks: [{url: \"https://a.example\", secret: " + hookSecret + ", allow_addresses: [10.0.0.0/8]}]"))
	f.Add([]byte("&a [*a]"))
	f.Add([]byte("tokens: !tokens"))
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := config.Parse(text)
		if (c == nil) == (err == nil) {
			t.Fatalf("%+v, %v", c, err)
		}
		if err == nil {
			for _, token := range c.Tokens {
				if token.Actor.ID == "" || token.SHA256 == ([32]byte{}) {
					t.Errorf("%+v", token)
				}
			}
		}
	})
}

func TestFontsLieBesideTheConfigurationAndTheApprovalIsText(t *testing.T) {
	path := filepath.Join(t.TempDir(), "wanmi.yaml")
	if err := os.WriteFile(path, []byte("fonts: letters\nfonts_cache: drawn\nmap_approval: GS(2026)0001号\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil || c.Fonts != filepath.Join(filepath.Dir(path), "letters") || c.MapApproval != "GS(2026)0001号" {
		t.Errorf("%+v, %v", c, err)
	}
	if c.FontsCache != filepath.Join(filepath.Dir(path), "drawn") || c.FontsCacheMB != 200 {
		t.Errorf("%+v", c)
	}
	for said, want := range map[string]int{"1": 1, "10000": 10_000, "0": 0, "-3": 0, "10001": 0} {
		c, err := config.Parse([]byte("fonts_cache_mb: " + said))
		if refused := err != nil && strings.Contains(err.Error(), "fonts_cache_mb"); refused != (want == 0) || !refused && c.FontsCacheMB != want {
			t.Errorf("fonts_cache_mb: %s: %v", said, err)
		}
	}
	for _, text := range []string{`map_approval: "a\nb"`, "map_approval: " + strings.Repeat("x", 129)} {
		if _, err := config.Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), "map_approval") {
			t.Errorf("%.40s: %v", text, err)
		}
	}
}
