package server

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"time"

	"github.com/kahao/kahao/internal/api/api3"
	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/failpoint"
	"github.com/kahao/kahao/internal/fetch"
	"github.com/kahao/kahao/internal/httpserver"
	"github.com/kahao/kahao/internal/jobs"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/issuer"
)

// shared are the parts that all APIs use: their calls make one total, and their
// callers have one limit.
type shared struct {
	meter         *metering.Meter
	rate, keyRate legacy.Rate
	clientRate    legacy.Rate    // nil without a limit
	fetcher       legacy.Fetcher // nil without fetching
}

// openShared makes the parts that depend on the store and the settings.
func (a *Server) openShared() (p shared, err error) {
	c, s := a.config, a.store
	p.meter = &metering.Meter{Ledger: failpoint.Inject(s.Ledger), Replies: s.Results, SingleUseAge: c.SingleUseAge, Now: s.Now, HoldTime: jobs.HoldTime(a.longestRequest())}
	if s.Memory {
		p.meter.SingleUseFrom = s.Opened
	}
	p.rate = a.rate(limit(c.Rate, c.Burst), "account:", s.Accounts.Limit)
	p.keyRate = a.rate(ratelimit.Limit{}, "key:", s.Accounts.KeyLimit)
	if c.RatePerIP > 0 {
		p.clientRate = ratelimit.New(limit(c.RatePerIP, c.BurstPerIP), nil, time.Now)
	}
	if c.Fetch {
		// Not assigned directly: a nil *fetch.Fetcher is no nil Fetcher.
		f, err := newFetcher(c)
		if err != nil {
			return p, err
		}
		p.fetcher = f
	}
	return p, nil
}

// clientIP returns the client's address.
func clientIP(r *http.Request) netip.Addr { return httpserver.ClientInfoFrom(r.Context()).Addr }

func newFetcher(c config.Server) (*fetch.Fetcher, error) {
	redirects := c.FetchRedirects
	if redirects == 0 {
		redirects = -1 // to fetch, 0 is what it has without
	}
	f, err := fetch.New(fetch.Options{
		AllowHosts: c.FetchHosts, Permit: c.FetchPermit, Refuse: c.FetchRefuse, Timeout: c.FetchTimeout, MaxRedirects: redirects,
		ConnectTimeout: min(c.FetchTimeout, 3*time.Second), MaxBytes: min(max(c.MaxImage, api3.MaxImage(c.API3MaxBody), c.V1MaxBody), 10<<20),
	})
	if err != nil {
		return nil, fmt.Errorf("--fetch-hosts, --fetch-permit, --fetch-refuse: %w", err)
	}
	return f, nil
}

// Check reports the mistakes in the settings that only opening the named files
// reveals, without starting a server.
func Check(c config.Server) error {
	var errs []error
	if c.AccountsFile != "" {
		_, err := store.ReadAccountsFile(c.AccountsFile)
		errs = append(errs, err)
	}
	if c.IssuersFile != "" {
		_, err := issuer.OpenOverlay(c.IssuersFile)
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
