package legacy

import (
	"log/slog"
	"net/http"

	"github.com/kahao/kahao/internal/redact"
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
	if v == http.ErrAbortHandler {
		panic(v)
	}
	c.cause = redact.Panic(v)
	c.Logger.ErrorContext(c.r.Context(), "panic", "what", c.cause, "frames", redact.Frames(3))
	return stageFaults[c.watch.Current()]
}

// log writes the line of the access log. Of the request it has only what
// cannot hold a card number.
func (c *call) log() {
	_, path := c.route()
	level := slog.LevelInfo
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
	if c.claims.AppID != "" {
		attributes = append(attributes, slog.String("appid", c.claims.AppID))
	}
	if c.detail != "" {
		attributes = append(attributes, slog.String("detail", c.detail))
	}
	if c.download != nil {
		attributes = append(attributes, slog.Any("download", c.download))
	}
	if c.cause != nil {
		level = slog.LevelError
		attributes = append(attributes, slog.String("cause", redact.Error(c.cause)))
	}
	c.Logger.LogAttrs(c.r.Context(), level, "request", attributes...)
}

func names(conditions []Condition) []string {
	list := make([]string, len(conditions))
	for i, condition := range conditions {
		list[i] = condition.String()
	}
	return list
}
