package api3

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/httpserver"
)

// statusOK is the status of every reply: with another one clients do not see the
// code.
const statusOK = http.StatusOK

// response is the content of a successful reply.
type response interface {
	// named returns it with the request's id.
	named(id string) any
}

// envelope is a reply.
type envelope struct {
	Response any
}

// failure is the content of a reply to a request that failed.
type failure struct {
	Error     failureError
	RequestID string `json:"RequestId"`
}

type failureError struct {
	Code    string
	Message string
}

// encode writes a reply as the vendor does: no escapes for HTML.
func encode(content any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(envelope{content}); err != nil {
		panic(err) // replies always encode: they contain no NaN
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// message returns the message of a condition in the request's language.
func (c *call) message(row Row) string {
	text := row.English
	if c.language == chinese {
		text = row.Chinese
	}
	if len(c.arguments) > 0 {
		return fmt.Sprintf(text, c.arguments...)
	}
	return text
}

// refuse answers with a failure, once the ledger has it.
func (c *call) refuse(condition Condition) {
	if condition == Overloaded && c.w.Header().Get("Retry-After") == "" {
		c.retryAfter(c.Gate.RetryAfter())
	}
	text := c.encodeFailure(condition)
	if err := c.release(condition, text); err != nil && condition.Row().Billed {
		// A failure that is billed must be in the ledger before it is told.
		condition = ServerFault
		text = c.encodeFailure(condition)
	}
	httpserver.Refuse(c.w, c.r, backend.DrainBodies*c.MaxBody, func() { c.send(condition, text) })
}

func (c *call) encodeFailure(condition Condition) []byte {
	row := condition.Row()
	return encode(failure{failureError{row.Code, c.message(row)}, c.id})
}

// release settles the hold of a request that failed.
func (c *call) release(condition Condition, text []byte) error {
	if !c.charge.Open() {
		return nil
	}
	err := c.charge.Settle(c.r.Context(), c.settlement(condition, text))
	if err != nil && c.cause == nil {
		c.cause = err
	}
	return err
}

// retryAfter sets Retry-After, in whole seconds.
func (c *call) retryAfter(d time.Duration) { backend.RetryAfter(c.w.Header(), d) }

// send writes the reply.
func (c *call) send(condition Condition, text []byte) {
	c.condition, c.sent = condition, true
	backend.Content(c.w.Header(), jsonType, len(text))
	c.w.WriteHeader(statusOK)
	_, _ = c.w.Write(text)
}
