package server

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/admission"
	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/service/recognition"
)

// Reader reads cards, and says from an image's headers what reading it costs. A
// *kahao.Reader is one.
type Reader interface {
	recognition.Reader
	recognition.ExtrasReader
	Inspect(image []byte) (kahao.Info, error)
}

// gate applies admission control to the API and its reader: a request is
// admitted before its body is read, and gets a worker before its image is.
type gate struct {
	*admission.Limiter
	reader  Reader
	measure func(stage string, took time.Duration)
	// fetched is the size reserved for a request whose image may be fetched,
	// however short its body is; 0 without fetching.
	fetched int64
	// share bounds the bodies of an API whose signatures cover the body, so that
	// anybody may send one: they must not take all the memory. 0 means no bound.
	share int64
	// longest is how long reading an image may take; 0 means no bound.
	longest time.Duration
	taken   atomic.Int64 // of share
}

var (
	_ recognition.Reader       = (*gate)(nil)
	_ recognition.ExtrasReader = (*gate)(nil)
	_ legacy.Gate              = (*gate)(nil)
)

// Enter admits a request, or reports that there is no capacity.
func (g *gate) Enter(ctx context.Context, size int64) (leave func(), ok bool) {
	t := ticketOf(ctx)
	if t == nil {
		t = new(admission.Ticket)
	}
	within := g.taken.Add(size) <= g.share || g.share == 0
	if !within || !g.TryAcquire(t, max(size, g.fetched)) {
		g.taken.Add(-size)
		return nil, false
	}
	return func() {
		g.Release(t)
		g.taken.Add(-size)
	}, true
}

// ReadAll waits for a worker and reads. It returns recognition.ErrOverloaded if
// the queue is full, kahao.ErrTooLarge if decoding would need more memory than
// the server has, the context's error if that ends first, or the reader's.
func (g *gate) ReadAll(ctx context.Context, image []byte) (*kahao.Reading, error) {
	return g.read(ctx, image, capture.Extras{}, func(ctx context.Context) (*kahao.Reading, error) { return g.reader.ReadAll(ctx, image) })
}

// ReadWith is ReadAll with extras, which cost more.
func (g *gate) ReadWith(ctx context.Context, image []byte, extras capture.Extras) (*kahao.Reading, error) {
	return g.read(ctx, image, extras, func(ctx context.Context) (*kahao.Reading, error) {
		return g.reader.ReadWith(ctx, image, extras)
	})
}

func (g *gate) read(ctx context.Context, image []byte, extras capture.Extras, read func(context.Context) (*kahao.Reading, error)) (*kahao.Reading, error) {
	cost := recognition.CostOf(g.reader, image, extras)
	if err := g.inTime(cost.Decode); err != nil {
		return nil, err
	}
	return admitted(ctx, g, cost, read)
}

// inTime refuses an image whose decoding alone would take longer than a reading
// may: it would hold a worker until the deadline, for nothing.
func (g *gate) inTime(decode time.Duration) error {
	if g.longest > 0 && decode > g.longest {
		return fmt.Errorf("%w: decoding takes about %v, a reading may take %v", kahao.ErrTooLarge, decode.Round(time.Second), g.longest)
	}
	return nil
}

type ticketKey struct{}

// withTicket gives every request a ticket of admission control.
func withTicket(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), ticketKey{}, new(admission.Ticket))))
	})
}

// ticketOf returns the ticket of a request, or nil if withTicket has not seen
// it.
func ticketOf(ctx context.Context) *admission.Ticket {
	t, _ := ctx.Value(ticketKey{}).(*admission.Ticket)
	return t
}
