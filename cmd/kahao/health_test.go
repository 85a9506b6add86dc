package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/testutil"
)

func TestHealth(t *testing.T) {
	ready := true
	answer := func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/healthz":
			w.Write([]byte("ok\n"))
		case r.URL.Path == "/readyz" && ready:
			w.Write([]byte("ready\n"))
		default:
			http.Error(w, "draining", http.StatusServiceUnavailable)
		}
	}
	plain := httptest.NewServer(http.HandlerFunc(answer))
	defer plain.Close()
	secure := httptest.NewTLSServer(http.HandlerFunc(answer))
	defer secure.Close()
	certPEM, keyPEM := testutil.Certificate(t, 1)
	cert, key := filepath.Join(t.TempDir(), "cert"), filepath.Join(t.TempDir(), "key")
	if err := errors.Join(os.WriteFile(cert, certPEM, 0o600), os.WriteFile(key, keyPEM, 0o600)); err != nil {
		t.Fatal(err)
	}
	port := func(s *httptest.Server) string { return s.URL[strings.LastIndex(s.URL, ":")+1:] }

	for _, c := range []struct {
		args  []string
		ready bool
		exit  int
		want  string // in both outputs together
	}{
		{[]string{"--listen", "0.0.0.0:" + port(plain), "--insecure"}, true, exitOK, "ready\n"},
		{[]string{"--url", plain.URL + "/"}, true, exitOK, "ready\n"},
		{[]string{"--listen", ":" + port(plain), "--insecure"}, false, exitError, "answered 503: draining"},
		{[]string{"--listen", ":" + port(plain), "--insecure", "--live"}, false, exitOK, "ok\n"},
		{[]string{"--listen", "127.0.0.1:" + port(secure), "--tls-cert-file", cert, "--tls-key-file", key}, true, exitOK, "ready\n"},
		{[]string{"--listen", "127.0.0.1:" + port(secure)}, true, exitError, "answered 400"},
		{[]string{"--url", secure.URL}, true, exitError, "certificate"},
		{[]string{"--url", "nonsense://"}, true, exitError, "unsupported protocol"},
	} {
		ready = c.ready
		var out, failures bytes.Buffer
		e := newEnv()
		e.out, e.err = &out, &failures
		if exit := run(context.Background(), append([]string{"health"}, c.args...), e); exit != c.exit {
			t.Errorf("health %v: exit code %d, want %d: %s", c.args, exit, c.exit, failures.String())
		}
		if both := out.String() + failures.String(); !strings.Contains(both, c.want) {
			t.Errorf("health %v printed %q, want %q", c.args, both, c.want)
		}
	}
}

func TestDialAddress(t *testing.T) {
	for listen, want := range map[string]string{
		"127.0.0.1:8080": "127.0.0.1:8080", ":80": "127.0.0.1:80", "0.0.0.0:80": "127.0.0.1:80", "[::]:80": "[::1]:80", "cards.example.com:443": "cards.example.com:443",
	} {
		if got, err := dialAddress(listen); got != want || err != nil {
			t.Errorf("dialAddress(%q) = %q, %v, want %q", listen, got, err, want)
		}
	}
}
