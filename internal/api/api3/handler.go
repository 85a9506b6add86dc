// Package api3 implements the vendor's API 3.0 for bank cards, as docs/api3.md
// describes it: the actions BankCardOCR, RecognizeGeneralCardWarn and
// ClassifyDetectOCR. It knows the request and reply shapes and the error codes;
// accounts and readings come through small interfaces.
//
// No image and no card number leaves it except in the reply, and in the replies
// that metering keeps: nothing is written to a disk, and the log has neither.
package api3

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/api/stopwatch"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/signature/tc3"
)

// Handler answers the endpoint. It is safe for concurrent use.
type Handler struct {
	Options
	verifier tc3.Verifier
	window   *ratelimit.Window // requests by account and action, for the reply to too many
	rates    map[string]Rate   // by action
}

var _ http.Handler = (*Handler)(nil)

// New returns a Handler, or an error if a required option is missing.
func New(o Options) (*Handler, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	h := &Handler{
		Options:  o,
		verifier: tc3.Verifier{Keys: o.Accounts, Conceal: o.Conceal},
		window:   ratelimit.NewWindow(o.Now),
		rates:    map[string]Rate{},
	}
	for name, a := range actions {
		if limit := a.limit(o.PerSecond); limit.PerSecond > 0 {
			h.rates[name] = o.NewRate(name, limit)
		}
	}
	return h, nil
}

// ServeHTTP answers one request, and contains its panics.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := h.Now()
	c := &call{
		Handler: h, w: w, r: r, start: now, watch: stopwatch.New(h.Now, now),
		id: h.NewID(), language: languageOf(r.Header.Get("X-TC-Language")), leave: func() {},
	}
	defer c.end()
	c.answer()
}

// call is one request being answered.
type call struct {
	*Handler
	w        http.ResponseWriter
	r        *http.Request
	start    time.Time
	watch    *stopwatch.Watch
	id       string // RequestId of the reply
	language language
	common   common // parameters
	leave    func() // the gate

	appID, secretID string         // of the key, once verified
	action          string         // empty until it is known to be one of ours
	access          account.Access // the rights of the key, once read
	charge          *metering.Charge
	keyed           bool // the request has an idempotency key, and its reply is recorded
	bytes           int  // of the image

	arguments []any // of the message
	condition Condition
	sent      bool
	cause     error  // of a fault of the server
	detail    string // what is wrong with the image, for the log
	download  slog.LogValuer
}

// answer runs the checks in their order: the first that fails decides the reply.
func (c *call) answer() {
	c.echoTrace()
	if c.r.Method != http.MethodPost && c.r.Method != http.MethodGet {
		c.refuse(UnsupportedMethod)
		return
	}
	if c.Draining() {
		c.w.Header().Set("Connection", "close")
		c.retryAfter(backend.DrainRetryAfter)
		c.refuse(Overloaded)
		return
	}
	parameters, condition := c.authenticate()
	if condition == OK {
		condition = c.authorize()
	}
	if condition != OK {
		c.refuse(condition)
		return
	}
	p, condition := parameters()
	if condition != OK {
		c.refuse(condition)
		return
	}
	task, condition := c.parse(p)
	if condition == OK {
		condition = c.hold(task)
	}
	switch {
	case condition != OK:
		c.refuse(condition)
	case c.charge.Earlier() != nil:
		c.replay()
	default:
		c.run(task)
	}
}
