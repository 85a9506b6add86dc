package legacy

import (
	"github.com/kahao/kahao/internal/api/stopwatch"
	"net/http"
	"time"

	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/legacy/request"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/httpserver"
)

// reply answers with the readings, once the ledger has them.
func (c *call) reply(images []request.Image) {
	if len(c.answers) == 1 && c.answers[0].condition != OK {
		c.refuse(c.answers[0].condition)
		return
	}
	c.watch.Enter(stopwatch.Reply)
	id := c.newSession()
	text := c.encodeAll(images, id)
	s := metering.Settlement{Calls: calls(c.answers), SessionID: id, Reply: text, Keep: c.keeps()}
	if c.keyed {
		s.Recorded = &metering.Recorded{Condition: OK.String(), Status: http.StatusOK, Text: text}
	}
	c.watch.Enter(stopwatch.None)
	if err := c.charge.Settle(c.r.Context(), s); err != nil {
		c.cause = err
		c.refuse(ServerFault)
		return
	}
	c.watch.Enter(stopwatch.Reply)
	c.send(OK, http.StatusOK, text)
}

// refuse answers with a failure, after the hold is voided.
func (c *call) refuse(condition Condition) {
	if condition == Overloaded && c.w.Header().Get("Retry-After") == "" {
		c.retryAfter(c.Gate.RetryAfter())
	}
	row := c.row(condition)
	text := encodeJSON(reply{Code: row.Code, Message: row.Message, Detail: c.shownDetail()})
	status := c.statusOf(condition)
	c.release(condition, status, text)
	httpserver.Refuse(c.w, c.r, backend.DrainBodies*c.MaxBody, func() { c.send(condition, status, text) })
}

// shownDetail is what the reply says beside the vendor's message; in strict mode
// replies have the documented members only.
func (c *call) shownDetail() string {
	if c.Strict {
		return ""
	}
	return c.detail
}

// row returns the row that the client gets.
func (c *call) row(condition Condition) Row {
	if c.Strict {
		condition = condition.strict()
	}
	return condition.Row()
}

// statusOf returns the HTTP status that the client gets.
func (c *call) statusOf(condition Condition) int {
	if c.Strict && !condition.transport() {
		condition = condition.strict()
	}
	return condition.status(c.HTTP2017)
}

// retryAfter sets Retry-After, in whole seconds.
func (c *call) retryAfter(d time.Duration) { backend.RetryAfter(c.w.Header(), d) }

// send writes the reply.
func (c *call) send(condition Condition, status int, text []byte) {
	c.condition, c.status = condition, status
	backend.Content(c.w.Header(), "application/json", len(text))
	c.w.WriteHeader(status)
	_, _ = c.w.Write(text)
}
