package server

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/console"
	"github.com/kahao/kahao/internal/httpserver"
	"github.com/kahao/kahao/internal/service/login"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// listenForBrowsers listens on the address of the console if it is enabled. If
// its default address is in use, the server starts without it: several servers
// on one machine are for the API's sake.
func (a *Server) listenForBrowsers(ctx context.Context) error {
	address := a.config.ConsoleAddress()
	if address == "" {
		return nil
	}
	l, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if address == config.DefaultConsole && errors.Is(err, syscall.EADDRINUSE) {
		a.logger.Warn("no console: its default address is in use; choose another with --console", "address", address)
		return nil
	}
	if err != nil {
		return fmt.Errorf("cannot listen on %s: %w", address, err)
	}
	a.consoleAt = httpserver.Limit(l, a.config.MaxConnections, a.config.MaxConnectionsPerIP, a.config.TrustedProxies)
	return nil
}

// openConsole makes the pages, and the setup link if the operator has no
// password.
func (a *Server) openConsole(ctx context.Context, reader Reader) error {
	if a.consoleAt == nil {
		return nil
	}
	logins, err := login.New(login.Options{Users: a.store.Accounts, Store: a.store.Logins, Now: a.store.Now, Sleep: sleep, RequireFactor: a.config.ConsoleTwoStep})
	if err != nil {
		return err
	}
	gate := a.gate(reader, a.config.MaxImage)
	pages, err := console.New(console.Options{
		Logins: logins, Accounts: a.store.Accounts, Audit: a.store.Audit, Usage: a.usageRows, Totals: a.usageTotals, Times: a.callTimes,
		Prices: a.store.Prices, Calendar: a.store.Calendar,
		Books:  console.Books{Verify: a.store.Ledger.Verify, Last: a.lastVerified},
		Status: a.status,
		Trial: console.Trial{
			Reader: gate, Gate: gate, Meter: a.shared.meter, Rate: a.shared.rate, ReadTimeout: a.config.ReadTimeout, MaxImage: a.config.MaxImage,
		},
		API:    a.scheme() + "://" + a.Addr().String(),
		Logger: a.logger, Now: a.store.Now, Secure: a.Secure() || a.config.ConsoleBehindProxy,
	})
	if err != nil {
		return err
	}
	h := httpserver.WithClientInfo(a.config.TrustedProxies, a.scheme(), httpserver.WithDeadlines(withTicket(pages)))
	a.console = httpserver.NewServer(httpserver.WithRecovery(a.logger, h), a.logger)
	has, err := logins.HasPassword(ctx, login.Operator)
	if err != nil || has {
		return err
	}
	token, err := logins.Invite(ctx, login.Operator)
	a.setup = console.SetupPath(token)
	return err
}

func (a *Server) usageRows(ctx context.Context, f usage.Filter) ([]usage.Row, error) {
	return ledgerdb.UsageRows(ctx, a.store.Engine, f)
}

func (a *Server) usageTotals(ctx context.Context, f usage.Filter, byAccount bool) ([]usage.Row, error) {
	return ledgerdb.UsageTotals(ctx, a.store.Engine, f, byAccount)
}

func (a *Server) callTimes(ctx context.Context, f usage.Filter, from, to time.Time) ([]usage.Moment, []usage.Quarter, error) {
	calls, refused, err := ledgerdb.CallTimes(ctx, a.store.Engine, f, from, to)
	if errors.Is(err, ledgerdb.ErrManyCalls) {
		err = console.ErrManyCalls
	}
	return calls, refused, err
}

// lastVerified returns when the background job last verified the ledger, and
// whether it was broken.
func (a *Server) lastVerified() (at time.Time, broken bool) {
	m := a.jobs.Metrics()
	if seconds := m.LastChecked.Load(); seconds > 0 {
		at = time.Unix(seconds, 0)
	}
	return at, m.Broken.Load() == 1
}

// sleep waits, or returns the context's error.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// Console returns the console's URL, and with it that of the one-time setup
// link if the operator has no password. Both are empty without a console.
func (a *Server) Console() (url, setup string) {
	if a.consoleAt == nil {
		return "", ""
	}
	url = "http://" + a.consoleAt.Addr().String()
	if a.Secure() {
		url = "https://" + a.consoleAt.Addr().String()
	}
	if a.setup != "" {
		setup = url + a.setup
	}
	return url, setup
}
