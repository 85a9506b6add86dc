package server

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/testutil"
)

// files of a pair.
type files struct{ cert, key string }

func (f files) write(t *testing.T, cert, key []byte) {
	t.Helper()
	if err := os.WriteFile(f.cert, cert, 0o600); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	if err := os.WriteFile(f.key, key, 0o600); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
}

func newFiles(t *testing.T) files {
	dir := t.TempDir()
	return files{filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")}
}

// serial shakes hands and returns the number of the certificate that is shown.
func serial(t *testing.T, address string) int64 {
	t.Helper()
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatalf("tls.Dial: %v", err)
	}
	defer conn.Close()
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

// HTTPS is served, with a new certificate as soon as there is one; a broken
// one, or half of a new one, leaves the old in place and is logged.
func TestCertificateReload(t *testing.T) {
	f := newFiles(t)
	cert1, key1 := testutil.Certificate(t, 1)
	f.write(t, cert1, key1)
	var log testutil.Buffer
	r := start(t, &fakeReader{}, func(c *Config) {
		c.TLSCertFile, c.TLSKeyFile = f.cert, f.key
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	at := r.Addr().String()
	if !r.Secure() || serial(t, at) != 1 {
		t.Fatal("the first certificate is not shown")
	}
	cert2, key2 := testutil.Certificate(t, 2)
	for name, c := range map[string]struct{ cert, key []byte }{
		"only the certificate is new": {cert2, key1}, "only the key is new": {cert1, key2},
		"no PEM": {[]byte("x"), key2}, "empty": {nil, nil},
	} {
		f.write(t, c.cert, c.key)
		before := len(log.String())
		r.Reload()
		if serial(t, at) != 1 || !strings.Contains(log.String()[before:], "keeping the old one") {
			t.Errorf("%s: certificate %d, logged %q", name, serial(t, at), log.String()[before:])
		}
		// What is known to be broken is not told again every time.
		before = len(log.String())
		r.certificate.Reload()
		if len(log.String()) != before {
			t.Errorf("%s: told twice", name)
		}
	}
	if err := os.Remove(f.key); err != nil {
		t.Fatalf("Remove: %v", err)
	}
	r.Reload()
	f.write(t, cert2, key2)
	r.Reload()
	if got := serial(t, at); got != 2 {
		t.Errorf("after a good pair: certificate %d", got)
	}
	if !strings.Contains(log.String(), "certificate reloaded") || strings.Contains(log.String(), "PRIVATE") {
		t.Error(log.String())
	}
}

// TLS 1.2 is the oldest, HTTP/1.1 is what is spoken, and requests are answered
// as without TLS.
func TestHTTPS(t *testing.T) {
	f := newFiles(t)
	cert, key := testutil.Certificate(t, 1)
	f.write(t, cert, key)
	var log testutil.Buffer
	r := start(t, &fakeReader{}, func(c *Config) {
		c.TLSCertFile, c.TLSKeyFile = f.cert, f.key
		c.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	at := r.Addr().String()
	if _, err := tls.Dial("tcp", at, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(cert)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}}
	defer client.CloseIdleConnections()
	resp, err := client.Post("https://"+at+"/ocr/bankcard", "application/json", bytes.NewReader([]byte("{}")))
	if err != nil {
		t.Fatalf("client.Post: %v", err)
	}
	text, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	if resp.ProtoMajor != 1 || !strings.HasPrefix(string(text), `{"code":4,`) || len(resp.Header.Get("X-Request-Id")) != 32 {
		t.Errorf("%s: %s, %v", resp.Proto, text, resp.Header)
	}
	// Plain HTTP is not spoken on this port.
	if resp, err := http.Get("http://" + at + "/healthz"); err == nil {
		resp.Body.Close()
		t.Errorf("plain HTTP: %d", resp.StatusCode)
	}
	if err := r.stop(); err != nil {
		t.Fatalf("stop: %v", err)
	}
	if !strings.Contains(log.String(), "scheme=https") {
		t.Errorf("%s", log.String())
	}
}
