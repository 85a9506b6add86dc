package api3

import (
	"context"
	"errors"

	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/recognition"
)

// Options of a Handler. Accounts, Reader and Meter are required; the zero value
// of every other field is the documented behaviour.
type Options struct {
	backend.Options

	// Reader reads the cards; its errors are a *kahao.ImageError,
	// recognition.ErrOverloaded and the like, the context's, or its own faults.
	Reader recognition.ExtrasReader
	// NewRate makes the limiter of an action, which bounds the requests of each app
	// id; nil means one in memory. PerSecond is the limit of BankCardOCR, and the
	// other actions have theirs in proportion; 0 means none.
	NewRate   func(action string, limit ratelimit.Limit) Rate
	PerSecond float64
	// Observe is called for each request after its reply, and must be fast.
	Observe func(context.Context, Outcome)
	// NewID returns a new request id; nil means a random UUID.
	NewID func() string

	// Strict refuses signatures for another service than ocr, and regions that the
	// vendor's page does not have.
	Strict bool
	// ChecksAsked makes BankCardOCR look for copies, screens and screenshots only if
	// a flag asks for the first or the second: faster, and without a flag every card
	// is taken for a physical one.
	ChecksAsked bool

	MaxBody int64 // bytes of a body signed with TC3; 0 means 10 MiB
}

// The documented limits, where MB is 1024 x 1024, and kahao's own.
const (
	defaultMaxBody = 10 << 20
	maxForm        = 1 << 20  // of a body signed with v1
	maxQuery       = 32 << 10 // of a GET request

	// DefaultPerSecond is the vendor's limit of BankCardOCR.
	DefaultPerSecond = 10
)

// MaxImage returns the largest image, in bytes, for a limit of its base64.
func MaxImage(body int64) int64 { return body / 4 * 3 }

// withDefaults fills in what is not set, and reports what cannot be.
func (o Options) withDefaults() (Options, error) {
	common, err := o.Options.WithDefaults(API)
	o.Options = common
	if o.Reader == nil {
		err = errors.Join(err, errors.New("api3: Options.Reader is required"))
	}
	if o.Observe == nil {
		o.Observe = func(context.Context, Outcome) {}
	}
	if o.NewRate == nil {
		now := o.Now
		o.NewRate = func(_ string, limit ratelimit.Limit) Rate { return ratelimit.New(limit, nil, now) }
	}
	if o.NewID == nil {
		o.NewID = newUUID
	}
	backend.Fill(&o.MaxBody, defaultMaxBody)
	return o, err
}
