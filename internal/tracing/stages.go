package tracing

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/trace"
)

// maxStages bounds the spans of the stages of one piece of work.
const maxStages = 100

// Work is the span of a piece of work and of its stages. It is not safe for
// concurrent use. The methods of a nil Work do nothing.
type Work struct {
	ctx    context.Context // with the span
	tracer trace.Tracer
	stage  string // that ended last, and began at since; "" before the first
	since  time.Time
	until  time.Time
	stages int
}

// Begin starts a span below that of the context. It returns nil if that is not
// recorded, so that unrecorded work need not tell its stages.
func Begin(ctx context.Context, name string, start time.Time) *Work {
	parent := trace.SpanFromContext(ctx)
	if !parent.IsRecording() {
		return nil
	}
	w := &Work{tracer: parent.TracerProvider().Tracer(scopeName), until: start}
	w.ctx, _ = w.tracer.Start(ctx, name, trace.WithTimestamp(start))
	return w
}

// Mark tells that a stage ends now, which began when the one before ended. Visits
// to one stage that follow each other are one span.
func (w *Work) Mark(stage string) {
	if w == nil {
		return
	}
	if stage != w.stage {
		w.flush()
		w.stage, w.since = stage, w.until
	}
	w.until = time.Now()
}

// flush makes the span of the last stage.
func (w *Work) flush() {
	if w.stage == "" || w.stages == maxStages {
		return
	}
	w.stages++
	_, span := w.tracer.Start(w.ctx, w.stage, trace.WithTimestamp(w.since))
	span.End(trace.WithTimestamp(w.until))
}

// End ends the work.
func (w *Work) End() {
	if w == nil {
		return
	}
	w.flush()
	trace.SpanFromContext(w.ctx).End()
}
