package httpserver

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/testutil"
)

// A panic is answered and logged without its value, and the server goes on.
func TestWithRecovery(t *testing.T) {
	var log testutil.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	const number = "4000001234567899"
	var digits []byte
	server := httptest.NewServer(WithRecovery(logger, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/value":
			panic("number " + number)
		case "/error":
			panic(errors.New(number))
		case "/runtime":
			_ = digits[len(number)]
		case "/started":
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<16))
			panic(number)
		}
		_, _ = io.WriteString(w, "ok")
	})))
	defer server.Close()
	for path, want := range map[string]string{"/value": "panic with a string", "/error": "panic with a *errors.errorString", "/runtime": "index out of range"} {
		resp, err := http.Post(server.URL+path, "text/plain", strings.NewReader("unread body"))
		if err != nil {
			t.Fatalf("http.Post: %v", err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 500 || string(text) != "internal error\n" {
			t.Errorf("%s: status %d, %q; want 500, internal error", path, resp.StatusCode, text)
		}
		if !strings.Contains(log.String(), want) {
			t.Errorf("%s: the log lacks %q:\n%s", path, want, log.String())
		}
	}
	resp, err := http.Get(server.URL + "/started")
	if err == nil { // the header was sent; the body must be seen to be truncated
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	if err == nil {
		t.Error("a truncated reply looks complete to the client")
	}
	resp, err = http.Get(server.URL + "/")
	if err != nil {
		t.Fatalf("request after the panics: %v", err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("request after the panics: status %d, want 200", resp.StatusCode)
	}
	text := log.String()
	if !strings.Contains(text, "recovery_test.go:") {
		t.Errorf("the log has no stack frames:\n%s", text)
	}
	for _, secret := range []string{number, "0x"} {
		if strings.Contains(text, secret) {
			t.Errorf("the log contains %q:\n%s", secret, text)
		}
	}
}

// http.ErrAbortHandler is passed on.
func TestWithRecoveryPassesAbort(t *testing.T) {
	var b bytes.Buffer
	defer func() {
		if p := recover(); p != http.ErrAbortHandler || b.Len() > 0 {
			t.Errorf("recovered %v and logged %q, want http.ErrAbortHandler and no log", p, b.String())
		}
	}()
	WithRecovery(slog.New(slog.NewTextHandler(&b, nil)), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}
