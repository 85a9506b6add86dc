package api3

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/recognition"
)

// Options of a Handler. Accounts, Reader and Meter are required; the zero value
// of every other field is the documented behaviour.
type Options struct {
	Accounts Accounts
	// Reader reads the cards; its errors are a *kahao.ImageError,
	// recognition.ErrOverloaded and the like, the context's, or its own faults.
	Reader recognition.ExtrasReader
	// Fetcher brings images given by URL. Without one a URL is answered as a
	// failed download.
	Fetcher Fetcher
	// Meter charges the accounts, and keeps the replies to requests with an
	// idempotency key.
	Meter *metering.Meter
	// Rate bounds the requests of each app id over all APIs, KeyRate those of each
	// SecretId, and ClientRate those from each address that ClientIP tells, of IPv6
	// each /64; nil means no bound.
	Rate       Rate
	KeyRate    Rate
	ClientRate Rate
	ClientIP   func(*http.Request) netip.Addr
	// NewRate makes the limiter of an action, which bounds the requests of each app
	// id; nil means one in memory. PerSecond is the limit of BankCardOCR, and the
	// other actions have theirs in proportion; 0 means none.
	NewRate   func(action string, limit ratelimit.Limit) Rate
	PerSecond float64
	// Gate bounds what is in the server at once; nil means no bound.
	Gate Gate
	// Draining reports that the server is about to stop: clients are sent
	// elsewhere. Nil means that it never is.
	Draining func() bool
	// Logger gets one line a request, with the request's context; nil means no
	// log. Observe is called for each request after its reply, and must be fast.
	Logger  *slog.Logger
	Observe func(context.Context, Outcome)
	// Now is the clock; nil means the system's.
	Now func() time.Time
	// NewID returns a new request id; nil means a random UUID.
	NewID func() string

	// Strict refuses signatures for another service than ocr, and regions that the
	// vendor's page does not have.
	Strict bool
	// ChecksAsked makes BankCardOCR look for copies, screens and screenshots only if
	// a flag asks for the first or the second: faster, and without a flag every card
	// is taken for a physical one.
	ChecksAsked bool
	// Conceal does not disclose which keys exist; see tc3.Verifier.
	Conceal bool

	MaxBody     int64         // bytes of a body signed with TC3; 0 means 10 MiB
	ReadTimeout time.Duration // for fetching and reading a card; 0 means 20 s
	AuthTimeout time.Duration // for asking Accounts; 0 means 2 s
}

// The documented limits, where MB is 1024 x 1024, and kahao's own.
const (
	defaultMaxBody     = 10 << 20
	maxForm            = 1 << 20  // of a body signed with v1
	maxQuery           = 32 << 10 // of a GET request
	defaultReadTimeout = 20 * time.Second
	defaultAuthTimeout = 2 * time.Second

	// DefaultPerSecond is the vendor's limit of BankCardOCR.
	DefaultPerSecond = 10

	drainRetryAfter = time.Minute // told while draining
)

// MaxImage returns the largest image, in bytes, for a limit of its base64.
func MaxImage(body int64) int64 { return body / 4 * 3 }

// withDefaults fills in what is not set, and reports what cannot be.
func (o Options) withDefaults() (Options, error) {
	var missing []error
	for name, absent := range map[string]bool{"Accounts": o.Accounts == nil, "Reader": o.Reader == nil, "Meter": o.Meter == nil} {
		if absent {
			missing = append(missing, errors.New("api3: Options."+name+" is required"))
		}
	}
	if o.ClientRate != nil && o.ClientIP == nil {
		missing = append(missing, errors.New("api3: Options.ClientRate needs ClientIP"))
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
	if o.Observe == nil {
		o.Observe = func(context.Context, Outcome) {}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.NewRate == nil {
		now := o.Now
		o.NewRate = func(_ string, limit ratelimit.Limit) Rate { return ratelimit.New(limit, nil, now) }
	}
	if o.NewID == nil {
		o.NewID = newUUID
	}
	fill(&o.MaxBody, defaultMaxBody)
	fill(&o.ReadTimeout, defaultReadTimeout)
	fill(&o.AuthTimeout, defaultAuthTimeout)
	return o, errors.Join(missing...)
}

func fill[T int64 | time.Duration](value *T, standard T) {
	if *value <= 0 {
		*value = standard
	}
}

// open is a Gate that lets everyone in.
type open struct{}

func (open) Enter(context.Context, int64) (leave func(), ok bool) { return func() {}, true }

func (open) RetryAfter() time.Duration { return time.Second }
