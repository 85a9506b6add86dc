package server

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"os"
	"time"

	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/fetch"
	"github.com/kahao/kahao/internal/httpserver"
	"github.com/kahao/kahao/internal/server/download"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/result"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/replay"
)

// parts opens what the settings ask for beside the reading of cards.
func (a *App) parts(o *legacy.Options) error {
	if a.accounts.stores != nil {
		a.openLedger(o)
	} else {
		a.openDirectory(o)
	}
	if c := a.config; c.RatePerIP > 0 {
		o.ClientRate = ratelimit.New(limit(c.RatePerIP, c.BurstPerIP), nil, time.Now)
		o.ClientIP = func(r *http.Request) netip.Addr { return httpserver.ClientInfoFrom(r.Context()).Addr }
	}
	for _, open := range []func(*legacy.Options) error{a.openReplay, a.openResults, a.openFetcher} {
		if err := open(o); err != nil {
			return err
		}
	}
	return nil
}

// openReplay makes one-off signatures acceptable where there is a data folder,
// and no database that they would be marked in: a mark that a restart forgets would let them be used again, so memory alone
// is no place for it.
func (a *App) openReplay(o *legacy.Options) error {
	dir := a.config.Data
	if dir == "" || a.config.SingleUseAge == 0 || a.accounts.stores != nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("data folder: %w", err)
	}
	journal, err := replay.Open(dir, replay.Options{Age: a.config.SingleUseAge, Now: time.Now})
	if err != nil {
		return fmt.Errorf("data folder %s: %w", dir, err)
	}
	a.keep = append(a.keep, journal.Close)
	o.Uses = journal
	return nil
}

func (a *App) openResults(o *legacy.Options) error {
	if a.config.KeepResults == 0 || a.accounts.stores != nil {
		return nil
	}
	results, err := result.New(result.Options{Keep: a.config.KeepResults, Now: time.Now})
	if err != nil {
		return err
	}
	o.Results = results
	return nil
}

func (a *App) openFetcher(o *legacy.Options) error {
	if !a.config.Fetch {
		return nil
	}
	f, err := newFetcher(a.config)
	if err != nil {
		return err
	}
	o.Fetcher = download.New(f)
	return nil
}

func newFetcher(c config.Server) (*fetch.Fetcher, error) {
	redirects := c.FetchRedirects
	if redirects == 0 {
		redirects = -1 // to fetch, 0 is what it has without
	}
	f, err := fetch.New(fetch.Options{
		AllowHosts: c.FetchHosts, Permit: c.FetchPermit, Timeout: c.FetchTimeout, MaxRedirects: redirects,
		ConnectTimeout: min(c.FetchTimeout, 3*time.Second), MaxBytes: min(c.MaxImage, 10<<20),
	})
	if err != nil {
		return nil, fmt.Errorf("--fetch-hosts, --fetch-permit: %w", err)
	}
	return f, nil
}

// Check reports what a server with these settings would find wrong in them, as
// far as that can be seen without starting one, besides what the settings
// themselves report.
func Check(c config.Server) error {
	var errs []error
	if c.AccountsFile != "" {
		_, err := ReadAccounts(c.AccountsFile)
		errs = append(errs, err)
	}
	if c.Fetch {
		_, err := newFetcher(c)
		errs = append(errs, err)
	}
	if _, err := billing.NewCalendar(c.TimeZone); err != nil {
		errs = append(errs, fmt.Errorf("--time-zone: %w", err))
	}
	if _, err := store.Prices(c.Store); err != nil {
		errs = append(errs, fmt.Errorf("--price-file: %w", err))
	}
	return errors.Join(errs...)
}

// openDirectory takes accounts from memory, and counts there.
func (a *App) openDirectory(o *legacy.Options) {
	directory := a.accounts.directory
	o.Accounts = directory
	o.Rate = ratelimit.New(limit(a.config.Rate, a.config.Burst), directory.Limit, time.Now)
	o.Meter = metering.Monthly{Monthly: ratelimit.NewMonthly(directory.Monthly, time.Now)}
}

// limit is a rate whose burst is a second's worth unless it is given.
func limit(perSecond float64, burst int) ratelimit.Limit {
	if perSecond > 0 && burst == 0 {
		burst = int(math.Ceil(perSecond))
	}
	return ratelimit.Limit{PerSecond: perSecond, Burst: burst}
}
