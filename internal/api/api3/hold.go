package api3

import (
	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/ledger"
)

// hold reserves a unit, and checks whether the account is served.
func (c *call) hold(t task) Condition {
	m := metering.Request{Caller: c.caller(), Access: c.access, Images: 1}
	var ok bool
	if c.keyed, ok = m.SetKey(c.r.Header, func() [32]byte { return c.digest(t) }); !ok {
		return IdempotencyMismatch
	}
	var err error
	if c.charge, err = c.Meter.Hold(c.r.Context(), m); err != nil {
		return c.ofHold(err)
	}
	return OK
}

// caller returns who the request is counted for. Each action is an interface of
// its own in the usage.
func (c *call) caller() ledger.Caller {
	return ledger.Caller{Account: c.appID, User: c.access.User, Key: c.secretID, API: c.action}
}

// settlement is the outcome of a request, with the reply to repeat for its
// idempotency key. A failure that may pass is not repeated.
func (c *call) settlement(condition Condition, text []byte) metering.Settlement {
	row := condition.Row()
	s := metering.Settlement{Calls: []ledger.Call{{Code: row.Number, Billed: row.Billed, Took: c.Now().Sub(c.start)}}}
	if c.keyed && !row.Retryable {
		s.Recorded = &metering.Recorded{Condition: condition.String(), Status: statusOK, Text: text}
	}
	return s
}

// replay answers a request that was answered before.
func (c *call) replay() {
	c.w.Header().Set(metering.HeaderReplayed, "true")
	earlier := c.charge.Earlier()
	condition := backend.Named(Conditions(), earlier.Condition)
	c.send(condition, earlier.Text)
}
