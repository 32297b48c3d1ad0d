package config_test

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/wanmi-gis/wanmi/api/config"
)

const hookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

func TestWebhooksAreReadWithTheirDefaults(t *testing.T) {
	c, err := config.Parse([]byte(`
webhooks:
  - {url: "https://gis.example.org/hooks", secret: ` + hookSecret + `}
  - url: http://10.1.2.3:8080/in?x=1
    secret: ` + hookSecret + `
    events: [alarm]
    units: [U1, U2]
    allow_http: true
    allow_addresses: [10.1.2.3/16]
`))
	if err != nil || len(c.Webhooks) != 2 {
		t.Fatalf("%+v, %v", c, err)
	}
	want := []config.Webhook{
		{URL: "https://gis.example.org/hooks", Secret: c.Webhooks[0].Secret, Events: []string{"case", "alarm"}},
		{
			URL: "http://10.1.2.3:8080/in?x=1", Secret: c.Webhooks[0].Secret, Events: []string{"alarm"}, Units: []string{"U1", "U2"},
			AllowAddresses: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16")},
		},
	}
	if !reflect.DeepEqual(c.Webhooks, want) || len(want[0].Secret) != 24 {
		t.Errorf("%+v", c.Webhooks)
	}
}

func TestAWebhookThatIsWrongIsRefusedAndItsSecretNotRepeated(t *testing.T) {
	hook := func(members string) string { return "webhooks: [{" + members + "}]" }
	for text, want := range map[string]string{
		hook(`url: "http://a.example", secret: ` + hookSecret):                                                                       "https://",
		hook(`url: "ftp://a.example", secret: ` + hookSecret + `, allow_http: true`):                                                 "https://",
		hook(`url: "https://me:pw@a.example", secret: ` + hookSecret):                                                                "no user",
		hook(`url: "https://a.example/#x", secret: ` + hookSecret):                                                                   "fragment",
		hook(`url: "/hooks", secret: ` + hookSecret):                                                                                 "address",
		hook(`url: "https://` + strings.Repeat("a", 3000) + `", secret: ` + hookSecret):                                              "2048",
		hook(`url: "https://a.example"`):                                                                                             "secret",
		hook(`url: "https://a.example", secret: MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw`):                                                   "whsec_",
		hook(`url: "https://a.example", secret: whsec_MfKQ9r8G`):                                                                     "24 to 64",
		hook(`url: "https://a.example", secret: ` + hookSecret + `, events: [tiles]`):                                                "case and alarm",
		hook(`url: "https://a.example", secret: ` + hookSecret + `, units: [""]`):                                                    "units",
		hook(`url: "https://a.example", secret: ` + hookSecret + `, allow_addresses: [localhost]`):                                   "network",
		hook(`url: "https://a.example", secret: ` + hookSecret + `, retries: 3`):                                                     "retries",
		`webhooks: [{url: "https://a.example", secret: ` + hookSecret + `}, {url: "https://a.example", secret: ` + hookSecret + `}]`: "of another",
		"webhooks: [" + strings.Repeat(`{url: x},`, 33) + "]":                                                                        "more than 32",
	} {
		_, err := config.Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "MfKQ") {
			t.Errorf("%.80s: %v, not %s", text, err, want)
		}
	}
}
