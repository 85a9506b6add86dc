package server

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// certificateCheck is how often the files of the certificate are looked at.
const certificateCheck = 10 * time.Second

// certificate is the server's certificate, read anew when its files change. A
// new pair that cannot be used is logged, and the old one stays: whoever
// replaces the files one after the other breaks nothing.
type certificate struct {
	certFile, keyFile string
	logger            *slog.Logger
	now               atomic.Pointer[tls.Certificate]

	mu   sync.Mutex
	seen [2][]byte // what the files held when they were last tried
}

// newCertificate reads the files. It returns the errors of reading them.
func newCertificate(certFile, keyFile string, logger *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, logger: logger}
	if err := c.reload(); err != nil {
		return nil, err
	}
	return c, nil
}

// reload reads the files if they hold something new.
func (c *certificate) reload() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	cert, err1 := os.ReadFile(c.certFile)
	key, err2 := os.ReadFile(c.keyFile)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	if bytes.Equal(cert, c.seen[0]) && bytes.Equal(key, c.seen[1]) {
		return nil
	}
	c.seen = [2][]byte{cert, key}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return err
	}
	if c.now.Swap(&pair) != nil {
		c.logger.Info("new certificate", "not_after", pair.Leaf.NotAfter)
	}
	return nil
}

// check is reload that logs.
func (c *certificate) check() {
	if err := c.reload(); err != nil {
		c.logger.Error("the new certificate cannot be used, the old one stays", "cause", err)
	}
}

// watch checks the files at every tick until the context ends.
func (c *certificate) watch(ctx context.Context, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			c.check()
		}
	}
}

// notAfter is when the certificate in use ends.
func (c *certificate) notAfter() time.Time { return c.now.Load().Leaf.NotAfter }

// config is what a listener needs: TLS 1.2 or later.
func (c *certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return c.now.Load(), nil
		},
	}
}
