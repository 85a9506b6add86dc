// Package charging joins what the wire says of a request with the books: the
// nonce of a one-off signature and the hold are one transaction, what became of
// it and the sealed reply are another.
package charging

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"time"

	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/store/resultdb"
)

// Ledger is the part of ledgerdb.Store that charges.
type Ledger interface {
	Hold(ctx context.Context, h ledger.Hold) (ledger.Charge, error)
	Post(ctx context.Context, id string, o ledger.Outcome) error
}

// Meter is a meter.Meter over books. It is safe for concurrent use.
type Meter struct {
	Ledger  Ledger
	Replies *resultdb.Store
	// Spent reports whether a nonce is used up.
	Spent func(context.Context, ledger.Nonce) (bool, error)
	// OneOffAge is how long after it was made a one-off signature is accepted;
	// 0 accepts none.
	OneOffAge time.Duration
	Now       func() time.Time
}

var _ metering.Meter = (*Meter)(nil)

// keepKeys is how long an idempotency key is known (spec/storage.md, section 8).
const keepKeys = 24 * time.Hour

// Hold returns the errors of Ledger's Hold and of ledger.OneOff.
func (m *Meter) Hold(ctx context.Context, h metering.Hold) (metering.Charge, error) {
	now := m.Now()
	hold := ledger.Hold{At: now, Units: int64(h.Pictures), Caller: h.Caller}
	var err error
	if h.Claims.OneOff && m.OneOffAge == 0 {
		return nil, fmt.Errorf("%w: one-off signatures are not accepted", signature.ErrMalformed)
	}
	if hold.Nonce, err = ledger.OneOff(h.Claims, m.OneOffAge, now); err != nil {
		return nil, err
	}
	if hold.ID, err = ledger.NewID(now, rand.Reader); err != nil {
		return nil, err
	}
	if h.IdempotencyKey != "" {
		hold.Idempotency = &ledger.Idempotency{Key: h.IdempotencyKey, Request: h.Request, Expires: now.Add(keepKeys)}
	}
	made, err := m.Ledger.Hold(ctx, hold)
	if err != nil {
		return nil, err
	}
	c := &charge{Meter: m, hold: hold}
	if !made.Replayed {
		return c, nil
	}
	text, err := m.Replies.Recorded(ctx, h.Account, made.ID, made.Reply)
	if err != nil {
		return nil, err
	}
	c.earlier = new(metering.Recorded)
	if err := json.Unmarshal(text, c.earlier); err != nil {
		return nil, fmt.Errorf("%w: it is no reply", resultdb.ErrReply)
	}
	return c, nil
}

// Used returns the errors of ledger.OneOff.
func (m *Meter) Used(ctx context.Context, c signature.Claims) (bool, error) {
	n, err := ledger.OneOff(c, m.OneOffAge, m.Now())
	if err != nil || n == nil {
		return false, err
	}
	return m.Spent(ctx, *n)
}

// charge is one that is held, or was told before.
type charge struct {
	*Meter
	hold    ledger.Hold
	earlier *metering.Recorded
}

// Earlier is the reply to the first request with the idempotency key.
func (c *charge) Earlier() *metering.Recorded { return c.earlier }

// Settle posts the charge, or voids it where nothing is billed, with the
// replies that are kept.
func (c *charge) Settle(ctx context.Context, s metering.Settlement) error {
	o := ledger.Outcome{At: c.Now(), Calls: s.Calls}
	var err error
	if s.Keep > 0 {
		if o.Result, err = c.Replies.Result(ctx, c.hold.Account, s.SessionID, s.Reply, s.Keep); err != nil {
			return err
		}
	}
	if s.Recorded != nil && c.hold.Idempotency != nil {
		text, err := json.Marshal(s.Recorded)
		if err != nil {
			return err
		}
		if o.Reply, err = c.Replies.Record(ctx, c.hold.Account, c.hold.ID, text, c.hold.Idempotency.Expires); err != nil {
			return err
		}
	}
	return c.Ledger.Post(ctx, c.hold.ID, o)
}

// Results tells replies again by their session id. It is the wire's Results
// where a ledger keeps them: nothing is put but with a settlement.
type Results struct{ *resultdb.Store }

// Put keeps nothing.
func (Results) Put(context.Context, string, string, []byte) (fresh bool, err error) { return true, nil }
