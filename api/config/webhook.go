package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Webhook is another system that is told of cases.
//
//	webhooks:
//	  - url: https://gis.example.org/hooks/cases
//	    secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw   # echo whsec_$(openssl rand -base64 32)
//	    events: [case, alarm]      # default both
//	    units: [U1, U7]            # default all
//	    allow_http: false          # true lets the url be http://…
//	    allow_addresses: [10.1.0.0/16]   # private networks that it may be in
type Webhook struct {
	URL string
	// Secret signs what is sent; see api.SignWebhook.
	Secret []byte
	// Events are the kinds wanted: case, alarm. Units, if any, have only cases
	// told that lie with one of them or that one of them acted on.
	Events, Units []string
	// AllowAddresses are networks that may be connected to though they are not
	// public.
	AllowAddresses []netip.Prefix
}

type fileWebhook struct {
	URL            string   `yaml:"url"`
	Secret         string   `yaml:"secret"`
	Events         []string `yaml:"events"`
	Units          []string `yaml:"units"`
	AllowHTTP      bool     `yaml:"allow_http"`
	AllowAddresses []string `yaml:"allow_addresses"`
}

const (
	maxWebhooks = 32
	maxURL      = 2048
	maxUnits    = 1000
	// secretPrefix and the length of secrets are those of Standard Webhooks.
	secretPrefix = "whsec_"
	minSecret    = 24
	maxSecret    = 64
)

// webhooks reads the list.
func webhooks(in []fileWebhook) ([]Webhook, error) {
	if len(in) > maxWebhooks {
		return nil, fmt.Errorf("webhooks: more than %d", maxWebhooks)
	}
	var out []Webhook
	for i := range in {
		h, err := in[i].read()
		if err != nil {
			return nil, fmt.Errorf("webhooks[%d]: %w", i, err)
		}
		if slices.ContainsFunc(out, func(o Webhook) bool { return o.URL == h.URL }) {
			return nil, fmt.Errorf("webhooks[%d]: the url of another", i) // what each was told is kept by its url
		}
		out = append(out, h)
	}
	return out, nil
}

func (f *fileWebhook) read() (h Webhook, err error) {
	u, err := url.Parse(f.URL)
	switch {
	case err != nil || len(f.URL) > maxURL || u.Host == "":
		return h, fmt.Errorf("url: not an address of at most %d bytes, such as https://host/path", maxURL)
	case u.User != nil || u.Fragment != "":
		return h, errors.New("url: no user, password or fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || !f.AllowHTTP):
		return h, errors.New("url: it begins with https:// (or http:// with allow_http: true)")
	}
	h.URL = u.String()
	text, ok := strings.CutPrefix(f.Secret, secretPrefix)
	if h.Secret, err = base64.StdEncoding.DecodeString(text); !ok || err != nil || len(h.Secret) < minSecret || len(h.Secret) > maxSecret {
		return h, fmt.Errorf("secret: %s and the base64 of %d to %d bytes; such as: echo %s$(openssl rand -base64 32)", secretPrefix, minSecret, maxSecret, secretPrefix)
	}
	if h.Events = f.Events; len(h.Events) == 0 {
		h.Events = []string{"case", "alarm"}
	}
	for _, e := range h.Events {
		if e != "case" && e != "alarm" {
			return h, fmt.Errorf("events: %q; there are case and alarm", e)
		}
	}
	if h.Units = f.Units; len(h.Units) > maxUnits || slices.Contains(h.Units, "") {
		return h, fmt.Errorf("units: at most %d codes, none empty", maxUnits)
	}
	h.AllowAddresses, err = addresses(f.AllowAddresses)
	return h, err
}
