// Package server puts the server together: New, Run, Close, in a plain and
// visible order. The command and the end-to-end tests use it.
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

	"github.com/kahao/kahao/internal/admission"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/httpserver"
	"github.com/kahao/kahao/internal/jobs"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/store"
)

// Config is what a server is made of.
type Config struct {
	config.Server
	// Reader reads the cards, at most Workers images at once.
	Reader Reader
	// Logger gets a line a request, and what goes wrong; nil means no log.
	Logger *slog.Logger
	// MemoryAvailable is what the process may use, in bytes; 0 where that is
	// not known.
	MemoryAvailable int64
	// Version is what the figures say that this is.
	Version string
}

// App is a server. It listens from New on, and answers while Run runs.
type App struct {
	config   config.Server
	memory   int64 // available to the process; 0 where that is not known
	logger   *slog.Logger
	store    *store.Stores
	demo     account.Account // empty if there is none
	created  bool            // this start created it
	jobs     *jobs.Runner
	limiter  *admission.Limiter
	measures *measures
	keep     []func() error // what Close closes, the last first

	certificate *httpserver.Certificate // nil without TLS
	listener    *httpserver.Listener
	server      *httpserver.Server
	page        *page // nil without metrics
	pageAt      *httpserver.Listener
	pageServer  *httpserver.Server

	ready    chan net.Addr
	running  atomic.Bool
	draining atomic.Bool
	close    sync.Once
}

// New opens the files, the database and the addresses that the settings name,
// and starts to listen. The App must be closed. The settings must be valid:
// config.Loader.Load validates them, with Check.
func New(ctx context.Context, c Config) (*App, error) {
	if c.Reader == nil {
		return nil, errors.New("app: Config.Reader is required")
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	a := &App{
		config: c.Resolved(c.MemoryAvailable), memory: c.MemoryAvailable, logger: slog.New(httpserver.LogHandler{Handler: c.Logger.Handler()}),
		measures: newMeasures(c.MetricsAppID, c.Version), ready: make(chan net.Addr, 1),
	}
	if err := a.open(ctx, c); err != nil {
		return nil, errors.Join(err, a.Close())
	}
	return a, nil
}

// open fills the App in, from the inside out. What it leaves behind when it
// fails, Close closes.
func (a *App) open(ctx context.Context, c Config) (err error) {
	a.limiter = admission.New(admission.Bounds{
		Workers: a.config.Workers, MaxWeight: a.config.Workers + a.config.Queue,
		Bodies: a.config.BodyMemory, Memory: a.config.ImageMemory,
	}, time.Now)
	a.measures.observeLimiter(a.limiter)
	if err := a.openStore(ctx); err != nil {
		return err
	}
	if err := a.openJobs(ctx); err != nil {
		return err
	}
	handler, err := a.handler(c.Reader)
	if err != nil {
		return err
	}
	a.server = httpserver.NewServer(handler, a.logger)
	if c.TLSCertFile != "" {
		if a.certificate, err = httpserver.LoadCertificate(c.TLSCertFile, c.TLSKeyFile, a.logger); err != nil {
			return fmt.Errorf("certificate: %w", err)
		}
		a.measures.gauge("kahao_certificate_not_after_seconds", func() float64 { return float64(a.certificate.NotAfter().Unix()) })
	}
	if a.listener, err = a.listen(ctx, c.Listen); err != nil {
		return err
	}
	return a.openPage(ctx)
}

// openPage listens for those who ask for the figures, where that is wanted.
func (a *App) openPage(ctx context.Context) error {
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

// metricsConnections are enough for those who collect figures.
const metricsConnections = 64

// listen takes the address, within the bounds on connections.
func (a *App) listen(ctx context.Context, address string) (*httpserver.Listener, error) {
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
func (a *App) Account() account.Account { return a.demo }

// AccountIsNew reports whether this start created the demo account.
func (a *App) AccountIsNew() bool { return a.created }

// Addr is the address that the server listens on.
func (a *App) Addr() net.Addr { return a.listener.Addr() }

// Secure reports whether it speaks HTTPS there.
func (a *App) Secure() bool { return a.certificate != nil }

// MetricsAddr is the address that the figures are served on; nil where they
// are not.
func (a *App) MetricsAddr() net.Addr {
	if a.pageAt == nil {
		return nil
	}
	return a.pageAt.Addr()
}

// Ready delivers Addr once, when Run answers requests.
func (a *App) Ready() <-chan net.Addr { return a.ready }

// Close lets go of the addresses and of the data folder. A Run that is under
// way ends with an error; end its context instead for an orderly stop. It may
// be called twice.
func (a *App) Close() error {
	var errs []error
	a.close.Do(func() {
		for _, s := range []*httpserver.Server{a.server, a.pageServer} {
			if s != nil {
				errs = append(errs, s.Close())
			}
		}
		for _, l := range []*httpserver.Listener{a.listener, a.pageAt} {
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
