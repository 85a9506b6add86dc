package api3

import (
	"log/slog"
	"net/http"
	"time"

	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/stopwatch"
)

// Outcome describes a finished request, for metrics. Except for AppID and Key it
// has only numbers and values of closed sets.
type Outcome struct {
	Action    string // "other" if it is none of Actions
	Condition Condition
	AppID     string // if the signature is valid
	Key       string // its SecretId, likewise
	Counted   bool   // the ledger has counted the request
	Bytes     int    // of the image
	Took      time.Duration
	Stages    []stopwatch.Stage // that the request reached
	Intervals []stopwatch.Interval
}

// OtherAction stands for what is none of Actions.
const OtherAction = "other"

func (c *call) outcome() Outcome {
	c.watch.Enter(stopwatch.None)
	return Outcome{
		Action: c.actionName(), Condition: c.condition, AppID: c.appID, Key: c.secretID,
		Counted: c.charge.Counted(), Bytes: c.bytes, Took: c.Now().Sub(c.start), Stages: c.watch.Stages(), Intervals: c.watch.Intervals(),
	}
}

// actionName is the action that the request names, if it is one of ours.
func (c *call) actionName() string {
	if _, ok := actions[c.common.action]; !ok {
		return OtherAction
	}
	return c.common.action
}

// end answers for a panic, lets go of what is held, and reports the request. It
// is deferred.
func (c *call) end() {
	cut := false
	if v := recover(); v != nil {
		condition := c.contain(v)
		if cut = c.sent; cut {
			c.condition = condition
		} else {
			c.refuse(condition)
		}
	}
	_ = c.release(c.condition, nil)
	c.leave()
	c.log()
	c.Observe(c.r.Context(), c.outcome())
	if cut {
		panic(http.ErrAbortHandler) // the reply is on its way: cut it off
	}
}

// contain logs a panic, and returns its condition. http.ErrAbortHandler goes on
// its way.
func (c *call) contain(v any) Condition {
	c.cause = backend.Contain(c.r.Context(), c.Logger, v)
	if c.watch.Current() == stopwatch.Read {
		return RecogniserFault
	}
	return ServerFault
}

// log writes the line of the access log. Of the request it has only what
// cannot hold a card number.
func (c *call) log() {
	attributes := []slog.Attr{
		slog.String("action", c.actionName()),
		slog.String("reply_id", c.id),
		slog.String("code", c.condition.Row().Code),
		slog.String("condition", c.condition.String()),
		slog.Int("picture_bytes", c.bytes),
		slog.Duration("took", c.Now().Sub(c.start)),
	}
	c.Log(c.r.Context(), attributes, backend.Line{AppID: c.appID, Detail: c.detail, Download: c.download, Cause: c.cause})
}
