package backend

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/ratelimit"
)

// Options are what every API needs of the rest. Accounts and Meter are required.
type Options struct {
	Accounts Accounts
	// Fetcher downloads images given by URL. Without one a URL is answered as a
	// failed download.
	Fetcher Fetcher
	// Meter charges the accounts, and keeps the replies that can be repeated or
	// queried.
	Meter *metering.Meter
	// Rate bounds the requests of each app id over all APIs, KeyRate those of each
	// key, and ClientRate those from each address that ClientIP tells, of IPv6 each
	// /64; nil means no bound.
	Rate       Rate
	KeyRate    Rate
	ClientRate Rate
	ClientIP   func(*http.Request) netip.Addr
	// Gate bounds what is in the server at once; nil means no bound.
	Gate Gate
	// Draining reports that the server is about to stop: clients are sent
	// elsewhere. Nil means that it never is.
	Draining func() bool
	// Logger gets one line a request, with the request's context; nil means no
	// log.
	Logger *slog.Logger
	// Now is the clock; nil means the system's.
	Now func() time.Time
	// Conceal does not disclose which keys exist; see signature.Verifier.
	Conceal bool

	ReadTimeout time.Duration // for fetching and reading a card; 0 means 20 s
	AuthTimeout time.Duration // for asking Accounts; 0 means 2 s
}

const (
	defaultReadTimeout = 20 * time.Second
	defaultAuthTimeout = 2 * time.Second

	// DrainRetryAfter is when clients of a server that is about to stop should try
	// again.
	DrainRetryAfter = time.Minute
	// DrainBodies bounds what is read after a refusal, in largest bodies.
	DrainBodies = 2
)

// WithDefaults fills in what is not set, and reports what cannot be, with the name
// of the API.
func (o Options) WithDefaults(api string) (Options, error) {
	var missing []error
	if o.Accounts == nil {
		missing = append(missing, errors.New(api+": Options.Accounts is required"))
	}
	if o.ClientRate != nil && o.ClientIP == nil {
		missing = append(missing, errors.New(api+": Options.ClientRate needs ClientIP"))
	}
	if o.Meter == nil {
		missing = append(missing, errors.New(api+": Options.Meter is required"))
	}
	if o.Gate == nil {
		o.Gate = open{}
	}
	if o.Draining == nil {
		o.Draining = func() bool { return false }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	Fill(&o.ReadTimeout, defaultReadTimeout)
	Fill(&o.AuthTimeout, defaultAuthTimeout)
	return o, errors.Join(missing...)
}

// Fill sets a value that is not positive to its standard.
func Fill[T int | int64 | time.Duration](value *T, standard T) {
	if *value <= 0 {
		*value = standard
	}
}

// open is a Gate that admits every request.
type open struct{}

func (open) Enter(context.Context, int64) (leave func(), ok bool) { return func() {}, true }

func (open) RetryAfter() time.Duration { return time.Second }

// FailedLookups limits failed queries of kept replies, of an app id, of a key and
// of a client's network, so that their ids cannot be guessed. docs/legacy.md,
// Result by session id, states the limit.
var FailedLookups = ratelimit.Limit{PerSecond: 0.2, Burst: 20}
