package server

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

// A panic is answered, logged without what it was about, and the next request
// on the same server is served.
func TestPanicIsContained(t *testing.T) {
	var log testutil.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	const number = "4000001234567899"
	var digits []byte
	server := httptest.NewServer(contained(logger, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/value":
			panic("number " + number)
		case "/error":
			panic(errors.New(number))
		case "/runtime":
			_ = digits[len(number)]
		case "/begun":
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<16))
			panic(number)
		}
		_, _ = io.WriteString(w, "fine")
	})))
	defer server.Close()
	for path, want := range map[string]string{"/value": "panic with a string", "/error": "panic with a *errors.errorString", "/runtime": "index out of range"} {
		resp, err := http.Post(server.URL+path, "text/plain", strings.NewReader("a body that nobody reads"))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != 500 || string(text) != "internal error\n" {
			t.Errorf("%s: %d %q", path, resp.StatusCode, text)
		}
		if !strings.Contains(log.String(), want) {
			t.Errorf("%s: the log lacks %q:\n%s", path, want, log.String())
		}
	}
	resp, err := http.Get(server.URL + "/begun")
	if err == nil { // the header was sent; the rest must not look whole
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
	if err == nil {
		t.Error("a reply that broke off looks whole")
	}
	resp, err = http.Get(server.URL + "/")
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(err, resp)
	}
	resp.Body.Close()
	if text := log.String(); strings.Contains(text, number) || strings.Contains(text, "0x") || !strings.Contains(text, "guard_test.go:") {
		t.Errorf("the log should have frames, and neither arguments nor the number:\n%s", text)
	}
}

// What aborts on purpose is let through.
func TestAbortIsLetThrough(t *testing.T) {
	var b bytes.Buffer
	defer func() {
		if p := recover(); p != http.ErrAbortHandler || b.Len() > 0 {
			t.Errorf("%v, logged %q", p, b.String())
		}
	}()
	contained(slog.New(slog.NewTextHandler(&b, nil)), http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
}
