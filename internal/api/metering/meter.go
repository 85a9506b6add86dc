// Package metering is what an interface and the books say to each other: who asks
// for how many readings, and what became of them. Every interface of the server
// counts by it, so that their calls make one total.
package metering

import (
	"context"
	"sync"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/service/signature"
)

// Meter counts what an account reads. It must be safe for concurrent use.
type Meter interface {
	// Hold sets readings aside before anything is read. It returns the errors
	// of the ledger's Hold, and of a one-off signature those of
	// signature.Uses.
	Hold(ctx context.Context, h Hold) (Charge, error)
	// Used reports whether a one-off signature was used up by a hold.
	Used(ctx context.Context, c signature.Claims) (bool, error)
}

// Hold is what a Meter needs to know of a request.
type Hold struct {
	ledger.Caller
	Claims   signature.Claims // a ledger uses a one-off one up
	Pictures int
	// IdempotencyKey is what the client sent with the request, and Request
	// what tells it from other requests; empty where he sent none.
	IdempotencyKey string
	Request        [32]byte
}

// Charge is what a Meter holds for one request.
type Charge interface {
	// Earlier is the reply to the first request with the idempotency key; nil
	// where this is the first. Such a charge needs no settling.
	Earlier() *Recorded
	// Settle says what became of the pictures, before the client is told;
	// after an error of it he is told nothing of them.
	Settle(ctx context.Context, s Settlement) error
}

// Settlement is what became of a charge.
type Settlement struct {
	Calls []ledger.Call // what became of each picture, or of the request where none was come to
	// Reply may be asked for again by SessionID for as long as Keep; 0 keeps
	// nothing.
	SessionID string
	Reply     []byte
	Keep      time.Duration
	Recorded  *Recorded // for those who ask again with the same idempotency key; nil where nobody shall
}

// Recorded is a reply as it was sent.
type Recorded struct {
	Condition string `json:"condition"`
	Status    int    `json:"status"`
	Text      []byte `json:"text"`
}

// Held is a charge until it is settled, which it is once. The zero value holds
// nothing. It is not safe for concurrent use.
type Held struct {
	charge  Charge
	counted bool
}

// Take begins with a charge.
func (h *Held) Take(c Charge) { h.charge, h.counted = c, false }

// Open reports whether there is a charge to settle.
func (h *Held) Open() bool { return h.charge != nil }

// Counted reports whether the books know what became of the request.
func (h *Held) Counted() bool { return h.counted }

// Settle settles the charge, if there is one that is not settled yet. It does
// so although the client has gone. A charge whose settlement fails is given
// back by the ledger's sweeper.
func (h *Held) Settle(ctx context.Context, s Settlement) error {
	if h.charge == nil {
		return nil
	}
	charge := h.charge
	h.charge = nil
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	err := charge.Settle(ctx, s)
	h.counted = err == nil
	return err
}

const settleTimeout = 10 * time.Second

// Monthly is a Meter that bounds readings a month in memory, and keeps no
// books.
type Monthly struct{ *ratelimit.Monthly }

var _ Meter = Monthly{}

// Hold returns ledger.ErrUsedUp where there are not as many readings left.
func (m Monthly) Hold(ctx context.Context, h Hold) (Charge, error) {
	settle, ok, err := m.Monthly.Hold(ctx, h.Account, h.Pictures)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, ledger.ErrUsedUp
	}
	return &Counting{Used: settle}, nil
}

// Used is false: without books no hold uses a signature up.
func (Monthly) Used(context.Context, signature.Claims) (bool, error) { return false, nil }

// Counting is a charge that is settled by how many readings were billed.
type Counting struct {
	Used func(ctx context.Context, readings int) error
	once sync.Once
}

// Earlier is nil: there are no books.
func (*Counting) Earlier() *Recorded { return nil }

// Settle returns the error of Used, once.
func (c *Counting) Settle(ctx context.Context, s Settlement) (err error) {
	used := 0
	for _, call := range s.Calls {
		if call.Billed {
			used++
		}
	}
	c.once.Do(func() { err = c.Used(ctx, used) })
	return err
}
