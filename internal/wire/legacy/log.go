package legacy

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"runtime/debug"
)

// end logs the request, and answers for a panic. It is deferred.
func (c *call) end() {
	if p := recover(); p != nil {
		if p == http.ErrAbortHandler {
			panic(p)
		}
		c.cause = errPanic{p}
		c.Logger.Error("panic", "what", c.cause, "stack", string(debug.Stack()))
		if c.status != 0 {
			c.condition = Internal
			c.log()
			panic(http.ErrAbortHandler) // the reply is on its way: cut it off
		}
		c.send(Internal, nil)
	}
	c.log()
}

// errPanic is a panic as it may be logged. Its value may quote what was being
// worked on, card numbers included; the runtime's own errors do not.
type errPanic struct{ value any }

// Error names the panic.
func (e errPanic) Error() string {
	if err, ok := e.value.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("panic with a %T", e.value)
}

// log writes the line of the access log. Of the request it has only what
// cannot hold a card number: not even the path, unless it is a known one.
func (c *call) log() {
	path := c.r.URL.Path
	if path != Path && path != PathAlias {
		path = "other"
	}
	level := slog.LevelInfo
	attributes := []slog.Attr{
		slog.String("path", path),
		slog.Int("status", c.status),
		slog.Int("code", c.condition.Row().Code),
		slog.String("condition", c.condition.String()),
		slog.Int("picture_bytes", c.bytes),
		slog.Duration("took", c.Now().Sub(c.begun)),
	}
	if c.appID != "" {
		attributes = append(attributes, slog.String("appid", c.appID))
	}
	if c.cause != nil {
		level = slog.LevelError
		attributes = append(attributes, slog.String("cause", causeText(c.cause)))
	}
	c.Logger.LogAttrs(c.r.Context(), level, "request", attributes...)
}

// longestCause keeps a log line short.
const longestCause = 300

// causeText is the text of an error with every run of digits that could be a
// card number masked.
func causeText(err error) string {
	text := []byte(err.Error())
	if len(text) > longestCause {
		text = text[:longestCause]
	}
	run := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] >= '0' && text[i] <= '9' {
			run++
			continue
		}
		if run >= 8 {
			for j := i - run; j < i; j++ {
				text[j] = '*'
			}
		}
		run = 0
	}
	return string(text)
}
