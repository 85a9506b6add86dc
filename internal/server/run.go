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
	"github.com/kahao/kahao/issuer"
)

// Run answers requests until the context ends, then stops in order: it reports
// not ready, accepts no more connections, and answers the requests in progress.
// It returns nil after an orderly stop, and may be called once.
func (a *Server) Run(ctx context.Context) error {
	if !a.running.CompareAndSwap(false, true) {
		return errors.New("server: Run was called twice")
	}
	if a.certificate != nil {
		watching, unwatch := context.WithCancel(context.Background())
		defer unwatch()
		go a.certificate.Watch(watching)
	}
	defer a.startJobs()() // until all requests are answered
	served, page, console := make(chan error, 1), make(chan error, 1), make(chan error, 1)
	go func() { served <- a.serve(a.server, a.listener) }()
	if a.pageServer != nil {
		go func() { page <- a.serve(a.pageServer, a.pageAt) }()
		a.logger.Info("listening for metrics", "address", a.pageAt.Addr().String())
	}
	if a.console != nil {
		go func() { console <- a.serve(a.console, a.consoleAt) }()
		a.logger.Info("listening for browsers", "address", a.consoleAt.Addr().String())
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
	case err := <-console:
		return err
	case <-ctx.Done():
	}
	a.logger.Info("stopping")
	err := a.stop(served)
	a.logger.Info("stopped")
	return err
}

// serve answers on a listener, with TLS if there is a certificate. The framing
// guard passes only unambiguous requests to net/http, which does not see the TLS
// connection.
func (a *Server) serve(s *httpserver.Server, l net.Listener) error {
	if a.certificate != nil {
		l = tls.NewListener(l, a.certificate.TLSConfig())
	}
	return s.Serve(framing.Listener(l))
}

// stop drains and shuts down within the configured time. Metrics are served to
// the end.
func (a *Server) stop(served <-chan error) error {
	ctx, cancel := context.WithTimeout(context.Background(), a.config.Stop)
	defer cancel()
	a.draining.Store(true)
	if a.config.Drain > 0 {
		time.Sleep(a.config.Drain)
	}
	// Every client with a connection gets an answer: all are accepted, then all
	// are answered, and only then closed.
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
	if a.console != nil {
		err = errors.Join(err, a.console.Shutdown(ctx))
	}
	if a.pageServer != nil {
		err = errors.Join(err, a.pageServer.Close())
	}
	return err
}

// useIssuers puts the issuers file in front of the embedded table.
func (a *Server) useIssuers() error {
	if a.config.IssuersFile == "" {
		return nil
	}
	o, err := issuer.OpenOverlay(a.config.IssuersFile)
	if err == nil {
		issuer.Use(o)
	}
	return err
}

// Reload reads the certificate, the accounts file, the issuers file and the metrics token again.
// A file that cannot be used is logged, and the previous content stays in use.
func (a *Server) Reload() {
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
			a.logger.Error("metrics token not applied; token unchanged", "cause", err)
		}
	}
	if err := a.useIssuers(); err != nil {
		a.logger.Error("issuers file not applied; issuers unchanged", "cause", err)
	}
	a.logger.Info("reloaded", "issuers", issuer.TableVersion())
}
