package native

import (
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/stopwatch"
)

// Outcome describes a finished request, for metrics. Except for AppID, Key and
// Bucket it has only numbers and values of closed sets.
type Outcome struct {
	Route     string // the path, with {id} for an id; "other" for another path
	API       string // in the ledger
	Condition Condition
	Status    int // of HTTP
	AppID     string
	Key       string // its id
	Bucket    string
	Counted   bool        // the ledger has counted the request
	Images    []Condition // of each image that was read
	Bytes     int         // of all images that were read
	Took      time.Duration
	Stages    []stopwatch.Stage // that the request reached
	Intervals []stopwatch.Interval
}

const (
	requestIDHeader = "Kahao-Request-Id"
	traceHeader     = "Traceparent"
	timingHeader    = "Server-Timing"
)

// traceparent is the form of a trace context (W3C Trace Context, version 00).
var traceparent = regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`)

// trace names the request in the reply's headers, and repeats the trace context.
// The context is not logged: its digits could be those of a card number.
func (c *call) trace() {
	if c.id != "" {
		c.w.Header().Set(requestIDHeader, c.id)
	}
	if parent := c.r.Header.Get(traceHeader); traceparent.MatchString(parent) {
		c.w.Header().Set(traceHeader, parent)
	}
}

// timing says in the reply's headers how long the stages took (W3C Server Timing),
// in milliseconds.
func (c *call) timing() {
	c.watch.Enter(stopwatch.None)
	var list []string
	for _, s := range c.watch.Stages() {
		list = append(list, fmt.Sprintf("%s;dur=%.1f", s.Name, float64(s.Took)/float64(time.Millisecond)))
	}
	list = append(list, fmt.Sprintf("total;dur=%.1f", float64(c.Now().Sub(c.start))/float64(time.Millisecond)))
	c.w.Header().Set(timingHeader, strings.Join(list, ", "))
}

func (c *call) outcome() Outcome {
	c.watch.Enter(stopwatch.None)
	return Outcome{
		Route: c.route.path, API: c.route.api, Condition: c.condition, Status: c.status, AppID: c.key.AppID, Key: c.key.ID, Bucket: c.bucket,
		Counted: c.charge.Counted(), Images: c.images, Bytes: c.bytes, Took: c.Now().Sub(c.start), Stages: c.watch.Stages(), Intervals: c.watch.Intervals(),
	}
}

// end answers for a panic, lets go of what is held, and reports the request. It is
// deferred.
func (c *call) end() {
	cut := false
	if v := recover(); v != nil {
		c.cause = backend.Contain(c.r.Context(), c.Logger, v)
		if cut = c.status != 0; cut {
			c.condition = ServerFault
		} else {
			c.refuse(ServerFault)
		}
	}
	c.release(c.condition, c.status, nil)
	c.leave()
	c.log()
	c.Observe(c.r.Context(), c.outcome())
	if cut {
		panic(http.ErrAbortHandler) // the reply is on its way: cut it off
	}
}

// log writes the line of the access log. Of the request it has only what cannot
// hold a card number.
func (c *call) log() {
	attributes := []slog.Attr{
		slog.String("path", c.route.path),
		slog.Int("status", c.status),
		slog.String("condition", c.condition.String()),
		slog.Int("picture_bytes", c.bytes),
		slog.Duration("took", c.Now().Sub(c.start)),
	}
	if len(c.images) > 1 {
		names := make([]string, len(c.images))
		for i, condition := range c.images {
			names[i] = condition.String()
		}
		attributes = append(attributes, slog.Any("pictures", names))
	}
	c.Log(c.r.Context(), attributes, backend.Line{AppID: c.key.AppID, Download: c.download, Cause: c.cause})
}
