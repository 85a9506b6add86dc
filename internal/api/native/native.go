// Package native implements kahao's own API below /v1, as docs/native-api.md
// describes it: bearer keys, plain images or JSON, and problem documents (RFC 9457).
// Accounts, readings and redactions come through small interfaces.
//
// No image and no card number leaves it except in the reply, and in the replies
// that metering keeps: nothing is written to a disk, and the log has neither.
package native

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/api/stopwatch"
	"github.com/kahao/kahao/internal/httpserver"
	"github.com/kahao/kahao/internal/secret"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/bearer"
	"github.com/kahao/kahao/internal/service/policy"
	"github.com/kahao/kahao/internal/service/ratelimit"
)

// Prefix is that of all paths.
const Prefix = "/v1/"

// The paths. That of results takes an id behind it; that of Presidio is not below
// Prefix.
const (
	PathCards         = "/v1/cards"
	PathRedactions    = "/v1/redactions"
	PathVerifications = "/v1/verifications"
	PathUsage         = "/v1/usage"
	PathResults       = "/v1/results/"
	PathPresidio      = "/redact"
)

// The names of the interfaces in the ledger.
const (
	APICards         = "v1.cards"
	APIRedactions    = "v1.redactions"
	APIVerifications = "v1.verifications"
	APIPresidio      = "presidio.redact"
	APIOther         = "v1" // requests that name none of them
)

// APIs returns the names of all interfaces.
func APIs() []string {
	return []string{APIOther, APICards, APIRedactions, APIVerifications, APIPresidio}
}

// Handler answers the API. It is safe for concurrent use.
type Handler struct {
	Options
	lookups    *ratelimit.Limiter // failed queries of results
	mismatches *ratelimit.Limiter // claims that did not match
}

var _ http.Handler = (*Handler)(nil)

// Wants reports whether a request is for a path of this API.
func Wants(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, Prefix) }

// WantsPresidio reports whether a request is for the path of Presidio's dialect.
func WantsPresidio(r *http.Request) bool { return r.URL.Path == PathPresidio }

// New returns a Handler, or an error if a required option is missing.
func New(o Options) (*Handler, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Handler{
		Options: o, lookups: ratelimit.New(backend.FailedLookups, nil, o.Now), mismatches: ratelimit.New(Mismatches, nil, o.Now),
	}, nil
}

// route is one path.
type route struct {
	path    string // as the log writes it
	api     string // in the ledger
	method  string
	action  string // that a policy must allow; empty if the answer asks for it
	query   []string
	answer  func(*call)
	dialect bool // replies have the forms of Presidio
}

var routes = map[string]*route{
	PathCards: {PathCards, APICards, http.MethodPost, policy.Recognise,
		[]string{"bucket", "luhn", "max_cards", "crop", "checks", "deadline_ms"}, (*call).cards, false},
	PathRedactions: {PathRedactions, APIRedactions, http.MethodPost, policy.Redact,
		[]string{"bucket", "keep", "style", "fields", "allow_empty", "deadline_ms"}, (*call).redactions, false},
	PathVerifications: {PathVerifications, APIVerifications, http.MethodPost, policy.Verify,
		[]string{"bucket", "deadline_ms"}, (*call).verifications, false},
	PathUsage:   {PathUsage, APIOther, http.MethodGet, "", []string{"from", "to", "by"}, (*call).usage, false},
	PathResults: {PathResults + "{id}", APIOther, http.MethodGet, policy.Recognise, []string{"bucket"}, (*call).result, false},
	PathPresidio: {PathPresidio, APIPresidio, http.MethodPost, policy.Redact,
		[]string{"bucket", "fields", "lenient", "allow_unsure", "deadline_ms"}, (*call).presidio, true},
}

// none stands for a path that is none of the API's.
var none = &route{path: "other", api: APIOther}

func routeOf(path string) *route {
	if rest, ok := strings.CutPrefix(path, PathResults); ok && rest != "" && !strings.Contains(rest, "/") {
		return routes[PathResults]
	}
	if r, ok := routes[path]; ok && path != PathResults {
		return r
	}
	return none
}

// call is one request being answered.
type call struct {
	*Handler
	w     http.ResponseWriter
	r     *http.Request
	start time.Time
	watch *stopwatch.Watch
	route *route
	id    string // of the request
	leave func() // the gate

	key    bearer.Key  // once verified
	text   secret.Text // of the key
	access account.Access
	bucket string
	query  query

	charge *metering.Charge
	keyed  bool        // the request has an idempotency key, and its reply is recorded
	images []Condition // of each image that was read
	bytes  int         // of all images

	condition Condition
	status    int    // sent; 0 before
	detail    string // of a refusal: what is wrong with the request, without its content
	cause     error  // of a fault of the server
	download  slog.LogValuer
}

// ServeHTTP answers one request, and contains its panics.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := h.Now()
	c := &call{
		Handler: h, w: w, r: r, start: now, watch: stopwatch.New(h.Now, now), route: routeOf(r.URL.Path),
		id: h.RequestID(r), leave: func() {},
	}
	defer c.end()
	c.trace()
	c.answer()
}

// answer runs the checks in their order: the first that fails decides the reply.
func (c *call) answer() {
	switch {
	case c.route == none:
		c.refuse(NotFound)
		return
	case c.r.Method != c.route.method:
		c.w.Header().Set("Allow", c.route.method)
		c.refuse(MethodNotAllowed)
		return
	case c.Draining():
		c.w.Header().Set("Connection", "close")
		c.retryAfter(backend.DrainRetryAfter)
		c.refuse(Overloaded)
		return
	}
	c.watch.Enter(stopwatch.Verify)
	condition := c.authenticate()
	c.watch.Enter(stopwatch.None)
	if condition == OK {
		condition = c.parseQuery()
	}
	if condition == OK {
		condition = c.chooseBucket()
	}
	if condition != OK {
		c.refuse(condition)
		return
	}
	c.route.answer(c)
}

// authenticate verifies the key, applies the rates, and checks what its user may
// do. The client's limit comes first, so that it also bounds guesses of keys.
func (c *call) authenticate() Condition {
	if c.ClientRate != nil && !c.take(c.ClientRate, c.network()) {
		return TooFrequent
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), c.AuthTimeout)
	defer cancel()
	key, text, err := bearer.Verify(ctx, c.Keys, c.authorization())
	if err != nil {
		return c.ofKey(err)
	}
	c.key, c.text = key, text
	if !c.take(c.KeyRate, key.ID) || !c.take(c.Rate, key.AppID) {
		return TooFrequent
	}
	if c.access, err = c.Accounts.Access(ctx, key.AppID, key.ID); err != nil {
		return c.ofKey(err)
	}
	if c.route.action != "" && !c.access.Policies.Allows(c.route.action, policy.All) {
		return NotAuthorized
	}
	return OK
}

// network is the client's address, of IPv6 its /64.
func (c *call) network() string { return httpserver.ClientNetwork(c.ClientIP(c.r)).String() }

// chooseBucket takes the bucket that the request counts for: the one that it names,
// or the only one that the key is valid for.
func (c *call) chooseBucket() Condition {
	c.bucket = c.query.bucket
	if c.bucket == "" && len(c.access.Only) == 1 {
		c.bucket = c.access.Only[0]
	}
	switch {
	case c.bucket != "" && !c.access.HasBucket(c.bucket):
		return UnknownBucket
	case !c.access.Allows(c.bucket):
		return BucketNotAllowed
	}
	return OK
}

func (c *call) take(rate backend.Rate, caller string) bool {
	return backend.Take(c.r.Context(), c.w.Header(), rate, caller)
}

// standing refuses accounts that are not served. For what is charged the ledger
// does that.
func (c *call) standing() Condition {
	switch c.access.Standing {
	case account.Active:
		return OK
	case account.Arrears:
		return Arrears
	}
	return NotOpened
}
