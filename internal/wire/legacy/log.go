package legacy

import (
	"fmt"
	"log/slog"
	"net/http"
	"path/filepath"
	"runtime"
	"strings"
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
	_ = c.settle(nil)
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
	c.cause = errPanic{v}
	c.Logger.ErrorContext(c.r.Context(), "panic", "what", c.cause, "frames", frames())
	return stageFaults[c.watch.stage]
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

// frames says where a panic came from: functions and lines alone. A stack as
// the runtime prints it has the words of arguments in it.
func frames() string {
	var pcs [32]uintptr
	list := runtime.CallersFrames(pcs[:runtime.Callers(4, pcs[:])])
	var b strings.Builder
	for {
		f, more := list.Next()
		fmt.Fprintf(&b, "%s %s:%d\n", f.Function, filepath.Base(f.File), f.Line)
		if !more {
			return b.String()
		}
	}
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
		slog.Duration("took", c.Now().Sub(c.begun)),
	}
	if len(c.pictures) > 1 {
		attributes = append(attributes, slog.Any("pictures", names(c.pictures)))
	}
	if c.claims.AppID != "" {
		attributes = append(attributes, slog.String("appid", c.claims.AppID))
	}
	if c.download != nil {
		attributes = append(attributes, slog.Any("download", c.download))
	}
	if c.cause != nil {
		level = slog.LevelError
		attributes = append(attributes, slog.String("cause", causeText(c.cause)))
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
