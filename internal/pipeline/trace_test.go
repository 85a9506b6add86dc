package pipeline

import (
	"context"
	"net/http"
	"testing"
)

// serverContext is as deep as the contexts of the server's requests.
func serverContext() context.Context {
	type key int
	ctx := context.WithValue(context.Background(), http.ServerContextKey, 1)
	for i := range 8 {
		ctx = context.WithValue(ctx, key(i), i)
	}
	return ctx
}

// A reading that nobody traces allocates nothing for its stages.
func TestNoTraceAllocatesNothing(t *testing.T) {
	r, ctx := &Reader{}, serverContext()
	if n := testing.AllocsPerRun(100, func() { r.trace(ctx, "decode") }); n != 0 {
		t.Errorf("the end of a stage allocates %v times, want none", n)
	}
}

// The end of a stage that nobody traces; a reading has some 50 of them.
func BenchmarkNoTrace(b *testing.B) {
	r, ctx := &Reader{}, serverContext()
	for b.Loop() {
		r.trace(ctx, "decode")
	}
}
