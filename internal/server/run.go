package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/kahao/kahao/internal/httpserver"
	"github.com/kahao/kahao/internal/httpserver/framing"
)

// Run answers requests until the context ends, then stops in order: it says
// that it is about to, takes no more connections, and answers what it has
// begun. It returns nil after an orderly stop, and may be called once.
func (a *App) Run(ctx context.Context) error {
	if !a.running.CompareAndSwap(false, true) {
		return errors.New("app: Run was called twice")
	}
	if a.certificate != nil {
		watching, unwatch := context.WithCancel(context.Background())
		defer unwatch()
		go a.certificate.Watch(watching)
	}
	defer a.startJobs()() // until all requests are answered
	served, page := make(chan error, 1), make(chan error, 1)
	go func() { served <- a.serve(a.server, a.listener) }()
	if a.pageServer != nil {
		go func() { page <- a.serve(a.pageServer, a.pageAt) }()
		a.logger.Info("listening for metrics", "address", a.pageAt.Addr().String())
	}
	a.ready <- a.Addr()
	c := a.config
	a.logger.Info("listening", "address", a.Addr().String(), "tls", a.Secure(), "workers", c.Workers, "queue", c.Queue,
		"image_memory", c.ImageMemory, "body_memory", c.BodyMemory, "memory_available", a.memory)
	select {
	case err := <-served:
		return err
	case err := <-page:
		return err
	case <-ctx.Done():
	}
	a.logger.Info("stopping")
	err := a.stop(served)
	a.logger.Info("stopped")
	return err
}

// serve answers on a listener, with TLS if there is a certificate. net/http
// gets only what is framed beyond doubt, so it does not see the TLS below.
func (a *App) serve(s *httpserver.Server, l net.Listener) error {
	if a.certificate != nil {
		l = tls.NewListener(l, a.certificate.TLSConfig())
	}
	return s.Serve(framing.Listener(l))
}

// stop drains and shuts the server down within the configured time; the
// figures are served to the end.
func (a *App) stop(served <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), a.config.Stop)
	defer cancel()
	a.draining.Store(true)
	if a.config.Drain > 0 {
		time.Sleep(a.config.Drain)
	}
	// Whoever has a connection gets an answer: first all are accepted, then all
	// are answered, and only then are they closed.
	a.listener.Drain()
	var err error
	select {
	case e := <-served:
		if !errors.Is(e, net.ErrClosed) {
			err = e
		}
	case <-ctx.Done():
	}
	a.server.Settle(ctx)
	if e := a.server.Shutdown(ctx); e != nil {
		err = errors.Join(err, fmt.Errorf("requests were cut off after %v: %w", a.config.Stop, e), a.server.Close())
	}
	if a.pageServer != nil {
		err = errors.Join(err, a.pageServer.Close())
	}
	return err
}

// Reload reads again what may change while the server runs: the certificate,
// the accounts file and the token for the figures. What cannot be used is
// logged, and what was in use stays.
func (a *App) Reload() {
	if a.certificate != nil {
		a.certificate.Reload()
	}
	if a.config.AccountsFile != "" {
		if err := a.provision(context.Background()); err != nil {
			a.logger.Error("accounts file not applied; accounts unchanged", "cause", err)
		}
	}
	if a.page != nil {
		if err := a.page.readToken(a.config.MetricsTokenFile); err != nil {
			a.logger.Error("the metrics token cannot be used, the old one stays", "cause", err)
		}
	}
	a.logger.Info("reloaded")
}
