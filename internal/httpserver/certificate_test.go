package httpserver

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/testutil"
)

func writeFile(t *testing.T, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatalf("writing a file of the test: %v", err)
	}
}

// writePair writes a new self-signed certificate and its key.
func writePair(t *testing.T, certFile, keyFile string) {
	t.Helper()
	cert, key := testutil.Certificate(t, 1)
	writeFile(t, certFile, cert)
	writeFile(t, keyFile, key)
}

func TestCertificateWatch(t *testing.T) {
	dir := t.TempDir()
	certFile, keyFile := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	writePair(t, certFile, keyFile)
	c, err := LoadCertificate(certFile, keyFile, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("LoadCertificate of a valid pair: %v", err)
	}
	before := c.current.Load()
	writePair(t, certFile, keyFile)
	ctx, cancel := context.WithCancel(context.Background())
	ticks, ended := make(chan time.Time), make(chan struct{})
	go func() { c.watch(ctx, ticks); close(ended) }()
	ticks <- time.Now()
	ticks <- time.Now() // is received once the first was handled
	if c.current.Load() == before {
		t.Error("the new pair is not in use after a tick")
	}
	cancel()
	<-ended
}
