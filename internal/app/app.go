// Package app puts the server together: New, Run, Close, in a plain and
// visible order. The command and the end-to-end tests use it.
package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/wire/legacy"
)

// Config is what a server is made of.
type Config struct {
	config.Server
	// Reader reads the cards. It is called for at most Workers pictures at
	// once.
	Reader legacy.Reader
	// Logger gets a line a request, and what goes wrong; nil means no log.
	Logger *slog.Logger
}

// App is a server. It listens from New on, and answers while Run runs.
type App struct {
	config   config.Server
	logger   *slog.Logger
	account  account.Account
	created  bool
	listener net.Listener
	server   *http.Server
	ready    chan net.Addr
	running  atomic.Bool
	draining atomic.Bool
	close    sync.Once
}

// New checks the configuration, opens or makes the demo account and starts to
// listen. The App must be closed. It returns the errors of
// config.Server.Validate, and those of the data folder and the address.
func New(ctx context.Context, c Config) (*App, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Reader == nil {
		return nil, errors.New("app: Config.Reader is required")
	}
	a := &App{config: c.Resolved(0), logger: c.Logger, ready: make(chan net.Addr, 1)}
	if a.logger == nil {
		a.logger = slog.New(slog.DiscardHandler)
	}
	var err error
	if a.account, a.created, err = demoAccount(c.Data); err != nil {
		return nil, err
	}
	handler, err := a.handler(c.Reader)
	if err != nil {
		return nil, err
	}
	a.server = newServer(handler, a.logger)
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: %w", c.Listen, err)
	}
	a.listener = newLimitedListener(listener, c.MaxConnections, c.MaxConnectionsPerIP)
	return a, nil
}

// handler builds what answers, from the inside out.
func (a *App) handler(reader legacy.Reader) (http.Handler, error) {
	accounts, err := account.NewStatic(a.account)
	if err != nil {
		return nil, err
	}
	room := newAdmission(reader, a.config.Workers, a.config.Queue)
	endpoint, err := legacy.New(legacy.Options{
		Accounts:    accounts,
		Reader:      room,
		Gate:        room,
		Logger:      a.logger,
		Draining:    a.draining.Load,
		HTTP2017:    a.config.HTTPStatus == "2017",
		Strict:      a.config.Strict,
		Conceal:     a.config.ConcealKeys,
		ReadTimeout: a.config.ReadTimeout,
	})
	if err != nil {
		return nil, err
	}
	return paced(a.withHealth(endpoint)), nil
}

// withHealth answers /healthz while the process lives, and /readyz while it
// takes requests.
func (a *App) withHealth(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/healthz":
			status(w, http.StatusOK, "ok")
		case r.URL.Path == "/readyz" && a.draining.Load():
			status(w, http.StatusServiceUnavailable, "draining")
		case r.URL.Path == "/readyz":
			status(w, http.StatusOK, "ready")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func status(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text + "\n"))
}

// Account returns the demo account.
func (a *App) Account() account.Account { return a.account }

// AccountIsNew reports whether this start made the demo account.
func (a *App) AccountIsNew() bool { return a.created }

// Addr is the address that the server listens on.
func (a *App) Addr() net.Addr { return a.listener.Addr() }

// Ready delivers Addr once, when Run answers requests.
func (a *App) Ready() <-chan net.Addr { return a.ready }

// Run answers requests until the context ends, then stops in order: it says
// that it is about to, takes no more connections, and answers what it has
// begun. It returns nil after an orderly stop, and may be called once.
func (a *App) Run(ctx context.Context) error {
	if !a.running.CompareAndSwap(false, true) {
		return errors.New("app: Run was called twice")
	}
	served := make(chan error, 1)
	go func() { served <- a.server.Serve(a.listener) }()
	a.ready <- a.Addr()
	a.logger.Info("listening", "address", a.Addr().String())
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	a.logger.Info("stopping")
	err := a.stop()
	if failed := <-served; !errors.Is(failed, http.ErrServerClosed) {
		err = errors.Join(err, failed)
	}
	a.logger.Info("stopped")
	return err
}

// stop drains and shuts the server down within the configured time.
func (a *App) stop() error {
	ctx, cancel := context.WithTimeout(context.Background(), a.config.Stop)
	defer cancel()
	a.draining.Store(true)
	if a.config.Drain > 0 {
		time.Sleep(a.config.Drain)
	}
	if err := a.server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests were cut off after %v: %w", a.config.Stop, err), a.server.Close())
	}
	return nil
}

// Close lets go of the address. A Run that is under way ends with an error;
// end its context instead for an orderly stop. It may be called twice.
func (a *App) Close() error {
	var err error
	a.close.Do(func() {
		err = a.server.Close()
		if e := a.listener.Close(); e != nil && !errors.Is(e, net.ErrClosed) {
			err = errors.Join(err, e)
		}
	})
	return err
}
