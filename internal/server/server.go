// Package server is the composition root: it builds the server from its parts.
// The command and the end-to-end tests use it.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/admission"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/httpserver"
	"github.com/kahao/kahao/internal/jobs"
	"github.com/kahao/kahao/internal/redaction"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/tracing"
)

// Config configures a Server.
type Config struct {
	config.Server
	// Reader reads the cards, at most Workers images at once.
	Reader Reader
	// Open opens a reader that treats the check digit in another way than Reader;
	// without it requests that choose another way fail.
	Open func(kahao.LuhnMode) (Reader, error)
	// Finder opens what finds card numbers to cover, when it is first needed;
	// without it redactions fail.
	Finder func() (redaction.Finder, error)
	// Logger gets one line per request, and the errors; nil means no log.
	Logger *slog.Logger
	// MemoryAvailable is the memory limit of the process in bytes, or 0 if
	// unknown.
	MemoryAvailable int64
	// Versions are those of the Reader. The metrics report that of kahao.
	Versions kahao.Versions
	// Tracer makes spans of the APIs' requests; nil means none.
	Tracer *tracing.Tracer
}

// Server listens from New on, and answers while Run runs.
type Server struct {
	config   config.Server
	memory   int64 // see Config.MemoryAvailable
	versions kahao.Versions
	logger   *slog.Logger
	tracer   *tracing.Tracer
	store    *store.Store
	demo     account.Credentials // empty if there is none
	created  bool                // this start created it
	jobs     *jobs.Runner
	limiter  *admission.Limiter
	measures *measures
	recent   *recentLines // of the log
	vendor   *vendorMetrics
	keep     []func() error // closed by Close in reverse order

	certificate *httpserver.Certificate // nil without TLS
	listener    *httpserver.Listener
	server      *httpserver.Server
	shared      shared
	console     *httpserver.Server // nil without a console
	consoleAt   *httpserver.Listener
	setup       string // path of the one-time setup link, empty if the operator has a password
	page        *page  // nil without metrics
	pageAt      *httpserver.Listener
	pageServer  *httpserver.Server

	ready    chan net.Addr
	running  atomic.Bool
	draining atomic.Bool
	id       string // of the process
	close    sync.Once
}

// New opens the files, the database and the addresses that the settings name,
// and starts to listen. The Server must be closed. The settings must be valid:
// config.Loader.Load validates them, with Check.
func New(ctx context.Context, c Config) (*Server, error) {
	if c.Reader == nil {
		return nil, errors.New("server: Config.Reader is required")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	a := &Server{
		config: c.Resolved(c.MemoryAvailable), memory: c.MemoryAvailable, tracer: c.Tracer, versions: c.Versions, recent: &recentLines{},
		id: newID(), measures: newMeasures(c.MetricsAppID, c.Versions.Kahao), ready: make(chan net.Addr, 1),
	}
	a.logger = slog.New(tracing.LogHandler{Handler: httpserver.LogHandler{Handler: recorder{c.Logger.Handler(), a.recent}}})
	if err := errors.Join(a.useIssuers(), a.open(ctx, c)); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// open opens the parts, from the inside out. After an error Close closes those
// that are open.
func (a *Server) open(ctx context.Context, c Config) (err error) {
	a.limiter = admission.New(admission.Bounds{
		Workers: a.config.Workers, MaxWeight: a.config.Workers + a.config.Queue,
		Bodies: a.config.BodyMemory, Memory: a.config.ImageMemory,
	}, time.Now)
	a.measures.observeLimiter(a.limiter)
	// What can fail comes before the database: the first start creates an account
	// there, whose secret must be told.
	if c.TLSCertFile != "" {
		if a.certificate, err = httpserver.LoadCertificate(c.TLSCertFile, c.TLSKeyFile, a.logger); err != nil {
			return fmt.Errorf("certificate: %w", err)
		}
		a.measures.gauge("kahao_certificate_not_after_seconds", func() float64 { return float64(a.certificate.NotAfter().Unix()) })
	}
	if a.listener, err = a.listen(ctx, c.Listen); err != nil {
		return err
	}
	if err := a.listenForBrowsers(ctx); err != nil {
		return err
	}
	if err := a.openPage(ctx); err != nil {
		return err
	}
	if err := a.openStore(ctx); err != nil {
		return err
	}
	if err := a.openJobs(ctx); err != nil {
		return err
	}
	handler, err := a.handler(c)
	if err != nil {
		return err
	}
	a.server = httpserver.NewServer(handler, a.logger)
	return a.openConsole(ctx, c.Reader)
}

// openPage listens for the metrics if they are enabled.
func (a *Server) openPage(ctx context.Context) error {
	if a.config.MetricsListen == "" {
		return nil
	}
	a.page = &page{measures: a.measures}
	if err := a.page.readToken(a.config.MetricsTokenFile); err != nil {
		return err
	}
	a.pageServer = httpserver.NewServer(httpserver.WithRecovery(a.logger, a.page), a.logger)
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", a.config.MetricsListen)
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", a.config.MetricsListen, err)
	}
	a.pageAt = httpserver.Limit(l, metricsConnections, metricsConnections, nil)
	return nil
}

// metricsConnections bounds the connections of metrics collectors.
const metricsConnections = 64

// listen listens on the address, with the limits on connections.
func (a *Server) listen(ctx context.Context, address string) (*httpserver.Listener, error) {
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", address, err)
	}
	limited := httpserver.Limit(l, a.config.MaxConnections, a.config.MaxConnectionsPerIP, a.config.TrustedProxies)
	a.measures.ofListener(limited)
	return limited, nil
}

// Account returns a key of the demo account, or the zero Account if there is
// none.
func (a *Server) Account() account.Credentials { return a.demo }

// AccountIsNew reports whether this start created the demo account.
func (a *Server) AccountIsNew() bool { return a.created }

// Addr returns the address that the server listens on.
func (a *Server) Addr() net.Addr { return a.listener.Addr() }

// Secure reports whether it serves HTTPS.
func (a *Server) Secure() bool { return a.certificate != nil }

// MetricsAddr returns the address of the metrics, or nil if they are disabled.
func (a *Server) MetricsAddr() net.Addr {
	if a.pageAt == nil {
		return nil
	}
	return a.pageAt.Addr()
}

// Ready delivers Addr once, when Run starts to answer requests.
func (a *Server) Ready() <-chan net.Addr { return a.ready }

// Close closes the listeners and the database. A Run in progress ends with an
// error; cancel its context for an orderly stop. Close may be called twice.
func (a *Server) Close() error {
	var errs []error
	a.close.Do(func() {
		for _, s := range []*httpserver.Server{a.server, a.console, a.pageServer} {
			if s != nil {
				errs = append(errs, s.Close())
			}
		}
		for _, l := range []*httpserver.Listener{a.listener, a.consoleAt, a.pageAt} {
			if l == nil {
				continue
			}
			if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
				errs = append(errs, err)
			}
		}
		for i := len(a.keep) - 1; i >= 0; i-- {
			errs = append(errs, a.keep[i]())
		}
	})
	return errors.Join(errs...)
}
