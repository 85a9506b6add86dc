package backend

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/kahao/kahao/internal/redact"
)

// Take takes one request of a caller from its limit, or sets Retry-After. Nil
// limits nothing.
func Take(ctx context.Context, reply http.Header, rate Rate, caller string) bool {
	if rate == nil {
		return true
	}
	wait, ok := rate.Take(ctx, caller)
	if !ok {
		RetryAfter(reply, wait)
	}
	return ok
}

// RetryAfter sets Retry-After, in whole seconds.
func RetryAfter(reply http.Header, d time.Duration) {
	seconds := max(1, int((d+time.Second-1)/time.Second))
	reply.Set("Retry-After", strconv.Itoa(seconds))
}

// ErrorMap pairs an error with its condition.
type ErrorMap[C any] struct {
	Err       error
	Condition C
}

// On returns an ErrorMap.
func On[C any](err error, condition C) ErrorMap[C] { return ErrorMap[C]{err, condition} }

// Lookup returns the condition of the first error in the list that err is.
func Lookup[C any](err error, among []ErrorMap[C]) (condition C, ok bool) {
	for _, t := range among {
		if errors.Is(err, t.Err) {
			return t.Condition, true
		}
	}
	return condition, false
}

// All returns the conditions below n: all of a closed set that begins with 0.
func All[C ~int](n C) []C {
	all := make([]C, n)
	for i := range all {
		all[i] = C(i)
	}
	return all
}

// Named returns the condition with the name, and otherwise the zero condition,
// which is success.
func Named[C fmt.Stringer](all []C, name string) (condition C) {
	for _, known := range all {
		if known.String() == name {
			return known
		}
	}
	return condition
}

// Contain logs a panic and returns it as an error without card numbers.
// http.ErrAbortHandler goes on its way.
func Contain(ctx context.Context, l *slog.Logger, v any) error {
	if v == http.ErrAbortHandler {
		panic(v)
	}
	cause := redact.Panic(v)
	l.ErrorContext(ctx, "panic", "what", cause, "frames", redact.Frames(4))
	return cause
}

// Line is the part of a line of the access log that all APIs have at its end.
type Line struct {
	AppID    string         // of the account, once verified
	Detail   string         // what is wrong with the request, without its content
	Download slog.LogValuer // of a failed download; may be nil
	Cause    error          // of a fault of the server; may be nil
}

// Log writes a line of the access log. The attributes must hold nothing that could
// be a card number.
func (o Options) Log(ctx context.Context, attributes []slog.Attr, l Line) {
	level := slog.LevelInfo
	if l.AppID != "" {
		attributes = append(attributes, slog.String("appid", l.AppID))
	}
	if l.Detail != "" {
		attributes = append(attributes, slog.String("detail", l.Detail))
	}
	if l.Download != nil {
		attributes = append(attributes, slog.Any("download", l.Download))
	}
	if l.Cause != nil {
		level = slog.LevelError
		attributes = append(attributes, slog.String("cause", redact.Error(l.Cause)))
	}
	o.Logger.LogAttrs(ctx, level, "request", attributes...)
}

// Content sets the headers of every reply with a body.
func Content(reply http.Header, contentType string, length int) {
	reply.Set("Content-Type", contentType)
	if length >= 0 {
		reply.Set("Content-Length", strconv.Itoa(length))
	}
	if reply.Get("Connection") == "" {
		reply.Set("Connection", "keep-alive")
	}
	reply.Set("Cache-Control", "no-store")
	reply.Set("X-Content-Type-Options", "nosniff")
}
