package legacy

import (
	"log/slog"
	"net/http"

	"github.com/kahao/kahao/internal/api/backend"
)

// end answers for a panic, lets go of what is held, and reports the request. It
// is deferred.
func (c *call) end() {
	cut := false
	if v := recover(); v != nil {
		condition := c.contain(v)
		if cut = c.status != 0; cut {
			c.condition = condition
		} else {
			c.refuse(condition)
		}
	}
	c.release(c.condition, c.status, nil)
	c.log()
	c.Observe(c.r.Context(), c.outcome())
	if cut {
		panic(http.ErrAbortHandler) // the reply is on its way: cut it off
	}
}

// contain logs a panic, and returns the condition of a fault in the stage that
// it came from. http.ErrAbortHandler goes on its way.
func (c *call) contain(v any) Condition {
	c.cause = backend.Contain(c.r.Context(), c.Logger, v)
	return stageFaults[c.watch.Current()]
}

// log writes the line of the access log. Of the request it has only what
// cannot hold a card number.
func (c *call) log() {
	_, path := c.route()
	attributes := []slog.Attr{
		slog.String("path", path),
		slog.Int("status", c.status),
		slog.Int("code", c.condition.Row().Code),
		slog.String("condition", c.condition.String()),
		slog.Int("picture_bytes", c.bytes),
		slog.Duration("took", c.Now().Sub(c.start)),
	}
	if len(c.images) > 1 {
		attributes = append(attributes, slog.Any("pictures", names(c.images)))
	}
	c.Log(c.r.Context(), attributes, backend.Line{AppID: c.claims.AppID, Detail: c.detail, Download: c.download, Cause: c.cause})
}

func names(conditions []Condition) []string {
	list := make([]string, len(conditions))
	for i, condition := range conditions {
		list[i] = condition.String()
	}
	return list
}
