package legacy

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"time"

	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/recognition"
)

// Options of a Handler. Accounts, Reader and Meter are required; the zero value
// of every other field is the documented behaviour.
type Options struct {
	Accounts Accounts
	// Reader reads the cards; its errors are a *kahao.ImageError,
	// recognition.ErrOverloaded and the like, the context's, or its own faults.
	Reader recognition.Reader
	// Fetcher brings images given by url. Without one a url is answered as
	// a failed download.
	Fetcher Fetcher
	// Meter charges the accounts, marks single-use signatures as used, and keeps
	// the replies for as long as account.Access says.
	Meter *metering.Meter
	// Results makes GET /ocr/session/{id} answer with the replies that Meter
	// kept. Without it there is no such path.
	Results Results
	// Rate bounds the requests of each app id, KeyRate those of each SecretId,
	// and ClientRate those from each address that ClientIP tells, of IPv6 each
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
	// log. Observe is called for each request after its reply, and must be fast.
	Logger  *slog.Logger
	Observe func(context.Context, Outcome)
	// Now and Random are the clock and the source of session ids; nil means
	// the system's.
	Now    func() time.Time
	Random func() uint64

	// HTTP2017 sends the HTTP statuses of the 2017 documentation in place of
	// 200 for every JSON code.
	HTTP2017 bool
	// Strict sends only the codes that the vendor publishes for this
	// endpoint.
	Strict bool
	// Conceal does not disclose which keys exist; see signature.Verifier.
	Conceal bool

	MaxBody     int64         // bytes of a body; 0 means 6 MiB
	MaxImage    int64         // bytes of an image; 0 means 1 MiB
	MaxImages   int           // in one request; 0 means 20
	ReadTimeout time.Duration // for fetching and reading a card; 0 means 20 s
	AuthTimeout time.Duration // for asking Accounts; 0 means 2 s
}

// The documented limits, where MB is 1024 x 1024, and kahao's own.
const (
	defaultMaxBody     = 6 << 20
	defaultMaxImage    = 1 << 20
	defaultMaxImages   = 20
	defaultReadTimeout = 20 * time.Second
	defaultAuthTimeout = 2 * time.Second

	drainRetryAfter = time.Minute // told while draining
	// LongestRead is how many times ReadTimeout a request with several
	// images may take.
	LongestRead = 3
)

// withDefaults fills in what is not set, and reports what cannot be.
func (o Options) withDefaults() (Options, error) {
	var missing []error
	if o.Accounts == nil {
		missing = append(missing, errors.New("legacy: Options.Accounts is required"))
	}
	if o.Reader == nil {
		missing = append(missing, errors.New("legacy: Options.Reader is required"))
	}
	if o.ClientRate != nil && o.ClientIP == nil {
		missing = append(missing, errors.New("legacy: Options.ClientRate needs ClientIP"))
	}
	if o.Meter == nil {
		missing = append(missing, errors.New("legacy: Options.Meter is required"))
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
	if o.Random == nil {
		o.Random = random
	}
	fill(&o.MaxBody, defaultMaxBody)
	fill(&o.MaxImage, defaultMaxImage)
	fill(&o.MaxImages, defaultMaxImages)
	fill(&o.ReadTimeout, defaultReadTimeout)
	fill(&o.AuthTimeout, defaultAuthTimeout)
	return o, errors.Join(missing...)
}

func fill[T int | int64 | time.Duration](value *T, standard T) {
	if *value <= 0 {
		*value = standard
	}
}

// open is a Gate that lets everyone in.
type open struct{}

func (open) Enter(context.Context, int64) (leave func(), ok bool) { return func() {}, true }

func (open) RetryAfter() time.Duration { return time.Second }
