package api

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/wanmi-gis/wanmi/api/config"
	"github.com/wanmi-gis/wanmi/api/web"
	"github.com/wanmi-gis/wanmi/egress"
	"github.com/wanmi-gis/wanmi/grids"
	"github.com/wanmi-gis/wanmi/grids/cases"
)

// WebhookBody is what is posted. Data is a [CaseNews] or [AlarmNews], as in the
// stream.
type WebhookBody struct {
	Type      string    `json:"type" enum:"case,alarm"`
	Timestamp time.Time `json:"timestamp" doc:"When it happened"`
	Data      any       `json:"data"`
}

// SignWebhook returns the header webhook-signature of a message, in the form of
// Standard Webhooks (version 1): "v1," and the base64 of the HMAC-SHA256, by the
// secret's bytes, of
//
//	webhook-id "." webhook-timestamp "." body
//
// The receiver makes the same of the headers and the body as it came, compares in
// constant time, refuses a timestamp more than five minutes off, and takes a
// webhook-id that it has seen as done: a message is sent again where its answer
// got lost.
func SignWebhook(secret []byte, id string, at time.Time, body []byte) string {
	h := hmac.New(sha256.New, secret)
	fmt.Fprintf(h, "%s.%d.", id, at.Unix())
	h.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(h.Sum(nil))
}

const (
	// postTimeout is how long a receiver may take for all of its answer, of which
	// maxPostAnswer bytes are read.
	postTimeout   = 15 * time.Second
	maxPostAnswer = 64 << 10
)

// errRedirect is a receiver that sends elsewhere: only the address that was
// configured is told anything.
var errRedirect = errors.New("the receiver redirects, which is not followed")

// newPoster returns the client for a hook. It connects to public addresses and
// those allowed, by what a name means when it is dialled, and through no proxy.
func newPoster(h *config.Webhook) *http.Client {
	return egress.Client(&egress.Options{Allow: h.AllowAddresses, Timeout: postTimeout, AtOnce: postsAtOnce, MaxHeaderBytes: maxHeaderBytes})
}

// delivery is one message of a hook.
type delivery struct {
	kind eventKinds
	step *cases.Step
}

func (d *delivery) place() place {
	if d.kind == alarmEvents {
		return placeOf(d.step.Seq).alarm()
	}
	return placeOf(d.step.Seq)
}

func (d *delivery) body(snap *grids.Snapshot) ([]byte, error) {
	out := WebhookBody{Type: "case", Timestamp: d.step.At.In(snap.City.TimeZone), Data: caseNewsOf(snap, d.step)}
	if d.kind == alarmEvents {
		out.Type, out.Data = "alarm", alarmNewsOf(snap, d.step)
	}
	return json.Marshal(out)
}

// post sends a message; anything but 2xx is an error.
func post(ctx context.Context, client *http.Client, h *config.Webhook, id string, at time.Time, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.URL, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", web.TypeJSON)
	r.Header.Set("User-Agent", "wanmi")
	r.Header.Set("Webhook-Id", id)
	r.Header.Set("Webhook-Timestamp", strconv.FormatInt(at.Unix(), 10))
	r.Header.Set("Webhook-Signature", SignWebhook(h.Secret, id, at, body))
	answer, err := client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, io.LimitReader(answer.Body, maxPostAnswer)); err != nil {
		return err
	}
	switch code := answer.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code >= 300 && code < 400:
		return errRedirect
	default:
		return fmt.Errorf("the receiver answers %d", code)
	}
}
