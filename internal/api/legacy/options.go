package legacy

import (
	"context"
	"errors"

	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/service/recognition"
)

// Options of a Handler. Accounts, Reader and Meter are required; the zero value
// of every other field is the documented behaviour.
type Options struct {
	backend.Options // Meter also marks single-use signatures as used

	// Reader reads the cards; its errors are a *kahao.ImageError,
	// recognition.ErrOverloaded and the like, the context's, or its own faults.
	Reader recognition.Reader
	// Results makes GET /ocr/session/{id} answer with the replies that Meter
	// kept. Without it there is no such path.
	Results Results
	// Observe is called for each request after its reply, and must be fast.
	Observe func(context.Context, Outcome)
	// Random is the source of session ids; nil means the system's.
	Random func() uint64

	// HTTP2017 sends the HTTP statuses of the 2017 documentation in place of
	// 200 for every JSON code.
	HTTP2017 bool
	// Strict sends only the codes that the vendor publishes for this
	// endpoint.
	Strict bool

	MaxBody   int64 // bytes of a body; 0 means 6 MiB
	MaxImage  int64 // bytes of an image; 0 means 1 MiB
	MaxImages int   // in one request; 0 means 20
}

// The documented limits, where MB is 1024 x 1024, and kahao's own.
const (
	defaultMaxBody   = 6 << 20
	defaultMaxImage  = 1 << 20
	defaultMaxImages = 20

	// LongestRead is how many times ReadTimeout a request with several
	// images may take.
	LongestRead = 3
)

// withDefaults fills in what is not set, and reports what cannot be.
func (o Options) withDefaults() (Options, error) {
	common, err := o.Options.WithDefaults(API)
	o.Options = common
	if o.Reader == nil {
		err = errors.Join(err, errors.New("legacy: Options.Reader is required"))
	}
	if o.Observe == nil {
		o.Observe = func(context.Context, Outcome) {}
	}
	if o.Random == nil {
		o.Random = random
	}
	backend.Fill(&o.MaxBody, defaultMaxBody)
	backend.Fill(&o.MaxImage, defaultMaxImage)
	backend.Fill(&o.MaxImages, defaultMaxImages)
	return o, err
}
