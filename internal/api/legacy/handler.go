// Package legacy implements the vendor's older bank-card API: POST
// /ocr/bankcard with its own signature scheme, as docs/legacy.md describes it.
// It knows the request and reply shapes and the error codes; accounts and
// readings come through small interfaces.
//
// No image and no card number leaves it except in the reply, and in the replies
// that metering keeps: nothing is written to a disk, and the log has neither.
package legacy

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/legacy/request"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/api/stopwatch"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/signature"
)

// Paths. The second is an alias of the oldest documentation; the last is kahao's
// own, and needs Options.Results.
const (
	Path        = "/ocr/bankcard"
	PathAlias   = "/ocr/creditcardocr"
	PathSession = "/ocr/session/" // and the session id
)

// Handler answers the endpoint. It is safe for concurrent use.
type Handler struct {
	Options
	verifier signature.Verifier
	lookups  *ratelimit.Limiter // failed queries by session id
}

var _ http.Handler = (*Handler)(nil)

// Wants reports whether a request is for one of the paths of this API.
func Wants(r *http.Request) bool {
	path := r.URL.Path
	return path == Path || path == PathAlias || strings.HasPrefix(path, PathSession)
}

// New returns a Handler, or an error if a required option is missing.
func New(o Options) (*Handler, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Handler{
		Options:  o,
		verifier: signature.Verifier{Keys: o.Accounts, Conceal: o.Conceal},
		lookups:  ratelimit.New(backend.FailedLookups, nil, o.Now),
	}, nil
}

// ServeHTTP answers one request, and contains its panics.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	now := h.Now()
	c := &call{Handler: h, w: w, r: r, start: now, watch: stopwatch.New(h.Now, now)}
	defer c.end()
	c.answer()
}

// call is one request being answered.
type call struct {
	*Handler
	w     http.ResponseWriter
	r     *http.Request
	start time.Time
	watch *stopwatch.Watch

	claims  signature.Claims // once verified
	access  account.Access   // the rights of the key, once read
	charge  *metering.Charge // by Meter; nil before
	keyed   bool             // the request has an idempotency key, and its reply is recorded
	answers []answer         // one for each image
	images  []Condition      // of each image that was read
	bytes   int              // of all images

	condition Condition
	detail    string // of a refusal: what is wrong with the request, without its content
	status    int    // sent; 0 before
	cause     error  // of a fault of the server
	download  slog.LogValuer
}

// answer routes the request.
func (c *call) answer() {
	path, method, answer := c.r.URL.Path, http.MethodPost, c.bankcard
	switch {
	case path == Path, path == PathAlias:
	case c.Results != nil && strings.HasPrefix(path, PathSession):
		method, answer = http.MethodGet, c.session
	default:
		c.refuse(NotFound)
		return
	}
	switch {
	case c.r.Method != method:
		c.w.Header().Set("Allow", method)
		c.refuse(MethodNotAllowed)
	case c.Draining():
		c.w.Header().Set("Connection", "close")
		c.retryAfter(backend.DrainRetryAfter)
		c.refuse(Overloaded)
	default:
		answer()
	}
}

// bankcard runs the checks in their order: the first that fails decides the
// reply. A request that is refused before its body is read costs the least.
func (c *call) bankcard() {
	c.watch.Enter(stopwatch.Verify)
	condition := c.authenticate()
	c.watch.Enter(stopwatch.None)
	if condition != OK {
		c.refuse(condition)
		return
	}
	size := c.r.ContentLength
	if size < 0 || size > c.MaxBody {
		size = c.MaxBody
	}
	leave, ok := c.Gate.Enter(c.r.Context(), size)
	if !ok {
		c.refuse(Overloaded)
		return
	}
	defer leave()
	c.watch.Enter(stopwatch.Body)
	request, condition := c.receive()
	c.watch.Enter(stopwatch.None)
	if condition == OK {
		condition = c.check(request)
	}
	if condition != OK {
		c.refuse(condition)
		return
	}
	if c.charge.Earlier() != nil {
		c.replay()
		return
	}
	c.read(request.Images)
	c.watch.Enter(stopwatch.None)
	c.reply(request.Images)
}

// receive reads the body within its limits.
func (c *call) receive() (*request.Request, Condition) {
	if c.r.ContentLength > c.MaxBody {
		return nil, BodyTooLarge
	}
	limited := http.MaxBytesReader(c.w, c.r.Body, c.MaxBody)
	req, err := request.Parse(c.r.Header.Get("Content-Type"), limited, request.Limits{Image: c.MaxImage, Images: c.MaxImages})
	var wrong *request.BodyError
	switch {
	case err == nil:
		return req, OK
	case errors.As(err, &wrong) && wrong.WrongType:
		c.detail = wrong.Detail
		return nil, MediaType
	case wrong != nil:
		c.detail = wrong.Detail
		return nil, BadRequest
	case errors.Is(err, request.ErrBroken):
		c.w.Header().Set("Connection", "close")
		return nil, BodyBroken
	}
	return nil, BodyTooLarge
}
