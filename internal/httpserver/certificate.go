package httpserver

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

// certificateInterval is how often the files of the certificate are checked.
const certificateInterval = 10 * time.Second

// Certificate is the server's certificate, reloaded when its files change. A
// new pair that cannot be used is logged and the old one stays, so the two
// files may be replaced one after the other.
type Certificate struct {
	certFile, keyFile string
	logger            *slog.Logger
	current           atomic.Pointer[tls.Certificate]

	mu   sync.Mutex
	seen [2][]byte // contents of the files at the last attempt
}

// LoadCertificate reads the files.
func LoadCertificate(certFile, keyFile string, logger *slog.Logger) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, logger: logger}
	if err := c.load(); err != nil {
		return nil, err
	}
	return c, nil
}

// load reads the files and uses them if they have changed.
func (c *Certificate) load() error {
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
	if c.current.Swap(&pair) != nil {
		c.logger.Info("certificate reloaded", "not_after", pair.Leaf.NotAfter)
	}
	return nil
}

// Reload uses the files if they have changed, and logs a failure.
func (c *Certificate) Reload() {
	if err := c.load(); err != nil {
		c.logger.Error("cannot use the new certificate; keeping the old one", "cause", err)
	}
}

// Watch reloads the files when they change, until the context ends.
func (c *Certificate) Watch(ctx context.Context) {
	ticker := time.NewTicker(certificateInterval)
	defer ticker.Stop()
	c.watch(ctx, ticker.C)
}

func (c *Certificate) watch(ctx context.Context, ticks <-chan time.Time) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks:
			c.Reload()
		}
	}
}

// NotAfter is when the certificate in use expires.
func (c *Certificate) NotAfter() time.Time { return c.current.Load().Leaf.NotAfter }

// TLSConfig is the configuration of a listener: TLS 1.2 or later.
func (c *Certificate) TLSConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return c.current.Load(), nil
		},
	}
}
