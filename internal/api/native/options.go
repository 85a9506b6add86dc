package native

import (
	"context"
	"errors"
	"net/http"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/redaction"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/bearer"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/recognition"
	"github.com/kahao/kahao/internal/service/usage"
)

// Options of a Handler. Those without a word about their absence are required.
type Options struct {
	backend.Options

	Keys bearer.Keys
	// Reader returns what reads the cards in one way of treating the check digit,
	// and Luhn is the way of requests that do not choose.
	Reader func(kahao.LuhnMode) (recognition.ExtrasReader, error)
	Luhn   kahao.LuhnMode
	// Redact covers the card numbers in an image.
	Redact func(ctx context.Context, image []byte, o redaction.Options) (*redaction.Result, error)
	// Versions are those of every reading.
	Versions kahao.Versions
	// Results returns the replies that Meter keeps.
	Results Results
	// Usage returns counts of calls, by the days of Calendar. CodeText returns the
	// text of a code of any API; nil means that of this one.
	Usage    func(context.Context, usage.Filter) ([]usage.Row, error)
	Calendar billing.Calendar
	CodeText func(code int) string
	// Observe is called for each request after its reply, and must be fast; nil
	// means not at all.
	Observe func(context.Context, Outcome)
	// RequestID returns the id of a request; nil means none.
	RequestID func(*http.Request) string

	MaxBody   int64 // bytes of a body; 0 means 10 MiB
	MaxImage  int64 // bytes of an image; 0 means MaxBody
	MaxImages int   // in one request; 0 means 20
}

// Results returns replies by their ids.
type Results interface {
	// Get returns the account's reply with the id. A reply that the asker may not
	// see is not found.
	Get(ctx context.Context, appID, id string, asker account.Access) (reply []byte, found bool, err error)
}

const (
	defaultMaxBody   = 10 << 20
	defaultMaxImages = 20
	// LongestRead is how many times ReadTimeout a request with several images may
	// take.
	LongestRead = 3
)

// withDefaults fills in what is not set, and reports what cannot be.
func (o Options) withDefaults() (Options, error) {
	common, err := o.Options.WithDefaults("native")
	o.Options = common
	for name, absent := range map[string]bool{
		"Keys": o.Keys == nil, "Reader": o.Reader == nil, "Redact": o.Redact == nil, "Results": o.Results == nil, "Usage": o.Usage == nil,
	} {
		if absent {
			err = errors.Join(err, errors.New("native: Options."+name+" is required"))
		}
	}
	if o.Observe == nil {
		o.Observe = func(context.Context, Outcome) {}
	}
	if o.RequestID == nil {
		o.RequestID = func(*http.Request) string { return "" }
	}
	if o.CodeText == nil {
		o.CodeText = func(code int) string { text, _ := CodeText(code); return text }
	}
	backend.Fill(&o.MaxBody, defaultMaxBody)
	backend.Fill(&o.MaxImage, o.MaxBody)
	backend.Fill(&o.MaxImages, defaultMaxImages)
	return o, err
}
