package pipeline

import "context"

type traceKey struct{}

// WithTrace returns a context whose readings call trace at the end of each stage.
func WithTrace(ctx context.Context, trace func(stage string)) context.Context {
	return context.WithValue(ctx, traceKey{}, trace)
}

// trace tells the Reader's trace and that of the context, if there are any, that
// a stage has ended.
func (r *Reader) trace(ctx context.Context, stage string) {
	if r.traced != nil {
		r.traced(stage)
	}
	if trace, ok := ctx.Value(traceKey{}).(func(string)); ok {
		trace(stage)
	}
}
