package server

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/testutil"
	"github.com/kahao/kahao/internal/tracing"
)

// collector keeps what is sent to it.
type collector struct {
	mu   sync.Mutex
	sent bytes.Buffer
}

func (c *collector) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, _ = io.Copy(&c.sent, r.Body)
}

// TestTraces sends requests to both APIs, full of a card number, and finds their
// spans at the collector and their trace in the log, without the number, the
// secrets and the image.
func TestTraces(t *testing.T) {
	const number, secret = "4000001234567899", "an image with its content"
	got := &collector{}
	at := httptest.NewServer(got)
	defer at.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", at.URL)
	tracer := tracing.FromEnvironment(t.Context(), "1.2.3", slog.New(slog.DiscardHandler))
	var log testutil.Buffer
	r := start(t, &fakeReader{}, func(c *Config) { c.Tracer = tracer; c.Logger = slog.New(slog.NewJSONHandler(&log, nil)) })

	const parent = "0af7651916cd43dd8448eb211c80319c"
	send := func(path, traceparent string) {
		t.Helper()
		body, _ := json.Marshal(map[string]string{
			"appid": r.Account().AppID, "bucket": r.Account().Bucket, "image": base64.StdEncoding.EncodeToString([]byte(secret)),
		})
		req, _ := http.NewRequest("POST", r.url+path+"?number="+number, bytes.NewReader(body))
		for name, value := range map[string]string{
			"Content-Type": "application/json", "Authorization": r.sign(), "User-Agent": number, "X-Request-Id": number,
			"traceparent": traceparent, "tracestate": "n=" + number, "baggage": "n=" + number,
		} {
			req.Header.Set(name, value)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("Do: %v", err)
		}
		resp.Body.Close()
	}
	send(legacy.Path, "00-"+parent+"-b7ad6b7169203331-01")
	send("/"+number, "00-"+number+number+"-"+number+"-01")
	r.call(t, r.Account(), "BankCardOCR", cardBody)
	if err := r.stop(); err != nil {
		t.Fatalf("stop: %v", err)
	}
	if err := tracer.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}

	sent := got.sent.String()
	for _, want := range []string{
		"legacy bankcard", "legacy other", "api3 BankCardOCR", "verify", "body", "read", "wait", "recognise", "reply",
		"\x0a\xf7\x65\x19\x16\xcd\x43\xdd\x84\x48\xeb\x21\x1c\x80\x31\x9c", // the client's trace
	} {
		if !strings.Contains(sent, want) {
			t.Errorf("the spans lack %q", want)
		}
	}
	if !regexp.MustCompile(`"condition":"ok".*"trace_id":"` + parent + `","span_id":"[0-9a-f]{16}"`).MatchString(log.String()) {
		t.Errorf("the log lacks the request with the client's trace:\n%s", log.String())
	}
	if n := strings.Count(log.String(), `"trace_id"`); n != 3 {
		t.Errorf("%d log lines have a trace, want the 3 requests'", n)
	}
	for place, text := range map[string]string{"spans": sent, "log": log.String()} {
		for _, secret := range []string{number, "\x40\x00\x00\x12\x34\x56\x78\x99", secret, string(r.Account().SecretKey), r.Account().SecretID} {
			if strings.Contains(text, secret) {
				t.Errorf("the %s have %q", place, secret)
			}
		}
	}
}
