package native

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/api/stopwatch"
	"github.com/kahao/kahao/internal/httpserver"
	"github.com/kahao/kahao/internal/service/ledger"
)

// The content types of replies.
const (
	jsonType    = "application/json"
	problemType = "application/problem+json"
	linesType   = "application/x-ndjson"
)

// problem is a problem document (RFC 9457).
type problem struct {
	Type      string `json:"type"`
	Title     string `json:"title"`
	Status    int    `json:"status"`
	Detail    string `json:"detail,omitempty"`
	Code      string `json:"code"`
	Retryable bool   `json:"retryable"`
	RequestID string `json:"request_id"`
}

// problemPrefix begins the types of problems; the code follows.
const problemPrefix = "urn:kahao:problem:"

func (c *call) problem(condition Condition) []byte {
	row := condition.Row()
	return encode(problem{problemPrefix + row.Code, row.Title, row.Status, c.detail, row.Code, row.Retryable, c.id})
}

// encode writes JSON on one line, without escapes for HTML.
func encode(content any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(content); err != nil {
		panic(err) // replies always encode: they contain no NaN
	}
	return b.Bytes()
}

// refuse answers with a problem document, after the hold is voided.
func (c *call) refuse(condition Condition) {
	reply := c.w.Header()
	switch condition {
	case Overloaded:
		if reply.Get("Retry-After") == "" {
			c.retryAfter(c.Gate.RetryAfter())
		}
	case MissingKey:
		reply.Set("WWW-Authenticate", `Bearer realm="kahao"`)
	case InvalidKey:
		reply.Set("WWW-Authenticate", `Bearer realm="kahao", error="invalid_token"`)
	}
	status, contentType, text := condition.Row().Status, c.problemType(), c.problem(condition)
	if c.route.dialect {
		status, text = c.presidioError(condition)
	}
	c.release(condition, status, text)
	httpserver.Refuse(c.w, c.r, backend.DrainBodies*c.MaxBody, func() { c.send(condition, status, contentType, text) })
}

func (c *call) retryAfter(d time.Duration) { backend.RetryAfter(c.w.Header(), d) }

// send writes the reply.
func (c *call) send(condition Condition, status int, contentType string, content []byte) {
	c.begin(condition, status, contentType, len(content))
	_, _ = c.w.Write(content)
}

// begin writes the reply's headers.
func (c *call) begin(condition Condition, status int, contentType string, length int) {
	c.condition, c.status = condition, status
	c.timing()
	backend.Content(c.w.Header(), contentType, length)
	c.w.WriteHeader(status)
}

// hold reserves units, and checks whether the account is served.
func (c *call) hold(units int, digest func() [32]byte) Condition {
	m := metering.Request{Caller: c.caller(), Access: c.access, Images: units}
	var ok bool
	if c.keyed, ok = m.SetKey(c.r.Header, digest); !ok {
		return IdempotencyMismatch
	}
	var err error
	if c.charge, err = c.Meter.Hold(c.r.Context(), m); err != nil {
		return c.ofHold(err)
	}
	return OK
}

// caller returns who the request is counted for.
func (c *call) caller() ledger.Caller {
	return ledger.Caller{Account: c.key.AppID, User: c.access.User, Key: c.key.ID, Bucket: c.bucket, API: c.route.api}
}

// release voids the hold of a rejected request. Non-retryable rejections are
// stored so that the idempotency key replays them.
func (c *call) release(condition Condition, status int, text []byte) {
	if !c.charge.Open() {
		return
	}
	s := metering.Settlement{Calls: []ledger.Call{{Code: condition.Row().Number, Took: c.Now().Sub(c.start)}}}
	if c.keyed && !condition.Row().Retryable {
		s.Recorded = &metering.Recorded{Condition: condition.String(), Status: status, Text: text}
	}
	if err := c.charge.Settle(c.r.Context(), s); err != nil && c.cause == nil {
		c.cause = err
	}
}

// settle posts a charge, and answers with a fault if that fails.
func (c *call) settle(s metering.Settlement) bool {
	c.watch.Enter(stopwatch.None)
	if err := c.charge.Settle(c.r.Context(), s); err != nil {
		c.cause = err
		c.refuse(ServerFault)
		return false
	}
	c.watch.Enter(stopwatch.Reply)
	return true
}

// replay answers a request that was answered before.
func (c *call) replay(earlier *metering.Recorded) {
	condition := c.replayed(earlier)
	contentType := jsonType
	if condition != OK {
		contentType = c.problemType()
	}
	status := earlier.Status
	if status < http.StatusOK || status > 599 {
		status = http.StatusOK
	}
	c.send(condition, status, contentType, earlier.Text)
}

// replayed marks the reply as an earlier one's, and returns its condition.
func (c *call) replayed(earlier *metering.Recorded) Condition {
	c.w.Header().Set(metering.HeaderReplayed, "true")
	return backend.Named(Conditions(), earlier.Condition)
}
