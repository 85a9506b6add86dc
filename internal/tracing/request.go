package tracing

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

	"github.com/kahao/kahao/internal/api/stopwatch"
	"github.com/kahao/kahao/internal/httpserver"
	"github.com/kahao/kahao/pan"
)

// Request is what the span of a request tells. API, Route and Condition are of
// closed sets, so that no client chooses their text.
type Request struct {
	API       string // "legacy", "api3" or another API's name
	Route     string // the path's pattern or the action
	Condition string // of the API's table of errors
	Outcome   string // "ok", "refused", "overloaded" or "fault"; a fault makes the span an error
	Images    int
	Bytes     int // of the images
	Stages    []stopwatch.Interval
}

// Wrap makes a span of each request, which continues the trace that the client's
// traceparent names. Handlers describe it with Record.
func (t *Tracer) Wrap(next http.Handler) http.Handler {
	if t == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reply, method := httpserver.Wrap(w), knownMethod(r.Method)
		ctx, span := t.tracer.Start(withParent(r), method, trace.WithSpanKind(trace.SpanKindServer),
			trace.WithAttributes(attribute.String("http.request.method", method)))
		defer func() { // after a panic, too
			span.SetAttributes(attribute.Int("http.response.status_code", reply.Status()))
			span.End()
		}()
		if c := httpserver.ClientInfoFrom(ctx); c != nil {
			span.SetAttributes(attribute.String("kahao.request_id", c.RequestID), attribute.String("url.scheme", c.Scheme))
		}
		next.ServeHTTP(reply, r.WithContext(ctx))
	})
}

// withParent returns the request's context with the span of its traceparent.
// Ids in which a card number may hide are ignored, and so is tracestate, which
// may have any text.
func withParent(r *http.Request) context.Context {
	const header = "traceparent"
	values := r.Header.Values(header)
	if len(values) != 1 || mayHoldPAN(values[0]) {
		return r.Context()
	}
	return propagation.TraceContext{}.Extract(r.Context(), propagation.MapCarrier{header: values[0]})
}

// shortestPAN is the shortest number that mayHoldPAN finds. With the 12 digits of
// ISO/IEC 7812 it would refuse 13 of 1,000 random ids, with 13 it refuses 7.
const shortestPAN = 13

// mayHoldPAN reports whether a run of digits in a text contains what could be a
// card number: the length of one, and a valid check digit.
func mayHoldPAN(text string) bool {
	for run := range strings.FieldsFuncSeq(text, func(r rune) bool { return r < '0' || r > '9' }) {
		for start := range run {
			for n := shortestPAN; n <= pan.MaxDigits && start+n <= len(run); n++ {
				if run[start] != '0' && pan.Luhn(run[start:start+n]) {
					return true
				}
			}
		}
	}
	return false
}

// knownMethod returns a method of HTTP, or what the semantic conventions put in
// the place of others.
func knownMethod(method string) string {
	known := []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions}
	if slices.Contains(known, method) {
		return method
	}
	return "_OTHER"
}

// Record describes the span of the context's request and adds a span for each
// stage. APIs call it once, when the request is answered. Without a sampled span
// it does nothing.
func Record(ctx context.Context, r Request) {
	span := trace.SpanFromContext(ctx)
	if !span.IsRecording() {
		return
	}
	span.SetName(r.API + " " + r.Route)
	span.SetAttributes(attribute.String("kahao.api", r.API), attribute.String("http.route", r.Route), attribute.String("kahao.condition", r.Condition),
		attribute.String("kahao.outcome", r.Outcome), attribute.Int("kahao.images", r.Images), attribute.Int("kahao.image_bytes", r.Bytes))
	if r.Outcome == "fault" {
		span.SetStatus(codes.Error, r.Condition)
	}
	for _, s := range r.Stages {
		Add(ctx, s.Name, s.Start, s.Took)
	}
}

// Add adds a finished span below that of the context.
func Add(ctx context.Context, name string, start time.Time, took time.Duration) {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return
	}
	_, span := parent.TracerProvider().Tracer(scopeName).Start(ctx, name, trace.WithTimestamp(start))
	span.End(trace.WithTimestamp(start.Add(took)))
}
