// Package metering charges accounts for what an API reads. Every API of the
// server uses it, so that their calls make one total. The nonce of a single-use
// signature, the idempotency key and the hold are one transaction; the outcome
// and the sealed reply are another.
package metering

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/store/resultdb"
)

// Ledger is what a Meter needs of the ledger.
type Ledger interface {
	Hold(ctx context.Context, h ledger.Hold) (ledger.Charge, error)
	Post(ctx context.Context, id string, o ledger.Outcome) error
	// Spent reports whether a nonce was used.
	Spent(ctx context.Context, n ledger.Nonce) (bool, error)
}

// Meter holds and settles charges. It is safe for concurrent use.
type Meter struct {
	Ledger  Ledger
	Replies *resultdb.Store
	// SingleUseAge is how long after its creation a single-use signature is
	// accepted; 0 accepts none.
	SingleUseAge time.Duration
	// SingleUseFrom refuses single-use signatures created before it, to the
	// second: a ledger in memory does not know what an earlier process marked
	// as used.
	SingleUseFrom time.Time
	Now           func() time.Time
	// HoldTime is the age at which an unsettled hold is released, because its
	// process died or could not settle it.
	HoldTime time.Duration

	unsettled unsettled
}

// Request is what a Meter needs to know of a request.
type Request struct {
	ledger.Caller
	Claims signature.Claims // a single-use signature is marked as used
	// Access is that of the key. Its view is stored with the replies, and decides
	// which stored reply the request may get.
	Access account.Access
	Images int
	// IdempotencyKey is the key that the client sent, or empty, and Digest
	// distinguishes the request from others with the same key.
	IdempotencyKey string
	Digest         [32]byte
}

// keepKeys is how long an idempotency key is remembered
// (docs/legacy.md, Sending a request again).
const keepKeys = 24 * time.Hour

// Hold reserves units for a request. It returns the errors of ledgerdb.Store's
// Hold and of ledger.OneOff.
func (m *Meter) Hold(ctx context.Context, r Request) (*Charge, error) {
	now := m.Now()
	view := r.Access.View(r.Bucket)
	hold := ledger.Hold{At: now, Units: int64(r.Images), Caller: r.Caller}
	var err error
	if hold.Nonce, err = m.nonce(r.Claims, now); err != nil {
		return nil, err
	}
	if hold.ID, err = ledger.NewID(now, rand.Reader); err != nil {
		return nil, err
	}
	if r.IdempotencyKey != "" {
		hash, err := m.Replies.HashKey(ctx, r.Account, r.IdempotencyKey)
		if err != nil {
			return nil, err
		}
		hold.Idempotency = &ledger.Idempotency{Key: hash, Request: bind(r.Digest, view), Expires: now.Add(keepKeys)}
	}
	made, err := m.Ledger.Hold(ctx, hold)
	if err != nil {
		return nil, err
	}
	c := &Charge{meter: m, hold: hold, view: view}
	if !made.Replayed {
		return c, nil
	}
	text, err := m.Replies.Recorded(ctx, r.Account, made.ID, made.Reply, r.Access)
	if errors.Is(err, resultdb.ErrWithheld) {
		return nil, fmt.Errorf("%w: %w", ledger.ErrMismatch, err)
	}
	if err != nil {
		return nil, err
	}
	c.earlier = new(Recorded)
	if err := json.Unmarshal(text, c.earlier); err != nil {
		return nil, fmt.Errorf("%w: not a recorded reply", resultdb.ErrReply)
	}
	return c, nil
}

// nonce returns the nonce of a single-use signature, and nil for any other.
func (m *Meter) nonce(c signature.Claims, now time.Time) (*ledger.Nonce, error) {
	if c.OneOff && m.SingleUseAge == 0 {
		return nil, fmt.Errorf("%w: single-use signatures are not accepted", signature.ErrMalformed)
	}
	n, err := ledger.OneOff(c, m.SingleUseAge, now)
	if err == nil && n != nil && c.Created.Unix() < m.SingleUseFrom.Unix() {
		return nil, fmt.Errorf("%w: a single-use signature from before the server started", signature.ErrExpired)
	}
	return n, err
}

// Used reports whether a single-use signature was used. It returns the errors
// of ledger.OneOff.
func (m *Meter) Used(ctx context.Context, c signature.Claims) (bool, error) {
	n, err := m.nonce(c, m.Now())
	if err != nil || n == nil {
		return false, err
	}
	return m.Ledger.Spent(ctx, *n)
}

// Charge is a hold until it is settled, or the reply to an earlier request with
// the same idempotency key. Its methods work on a nil Charge, which holds
// nothing. It is not safe for concurrent use.
type Charge struct {
	meter            *Meter
	hold             ledger.Hold
	view             account.View // of its replies
	earlier          *Recorded
	settled, counted bool
}

// Earlier returns the reply to the first request with the idempotency key, or
// nil if this is the first.
func (c *Charge) Earlier() *Recorded {
	if c == nil {
		return nil
	}
	return c.earlier
}

// Open reports whether there is something to settle.
func (c *Charge) Open() bool { return c != nil && c.earlier == nil && !c.settled }

// Counted reports whether the ledger has the outcome of the request.
func (c *Charge) Counted() bool { return c != nil && (c.counted || c.earlier != nil) }

// Settlement is the outcome of a charge.
type Settlement struct {
	// Calls has one entry per image, or one for the whole request if it failed
	// before any image was read.
	Calls []ledger.Call
	// Reply can be queried by SessionID for Keep; 0 keeps nothing.
	SessionID string
	Reply     []byte
	Keep      time.Duration
	// Recorded is the reply to repeat for the same idempotency key; nil repeats
	// nothing.
	Recorded *Recorded
}

// Recorded is a reply as it was sent.
type Recorded struct {
	Condition string `json:"condition"`
	Status    int    `json:"status"`
	Text      []byte `json:"text"`
}

const settleTimeout = 10 * time.Second

// Settle posts an open charge, or voids it if no call is billed, together with
// the replies to keep. It does so even if the client has disconnected. After an
// error the client must not get the reading; the charge is voided, now or when it
// expires.
func (c *Charge) Settle(ctx context.Context, s Settlement) error {
	if !c.Open() {
		return nil
	}
	c.settled = true
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer cancel()
	o, err := c.outcome(ctx, s)
	if err != nil {
		return c.abandon(ctx, err)
	}
	if err = c.meter.Ledger.Post(ctx, c.hold.ID, o); err != nil {
		return c.abandon(ctx, err)
	}
	c.counted = true
	return nil
}

// outcome seals the replies to keep.
func (c *Charge) outcome(ctx context.Context, s Settlement) (o ledger.Outcome, err error) {
	o = ledger.Outcome{At: c.meter.Now(), Calls: s.Calls}
	if s.Keep > 0 {
		if o.Result, err = c.meter.Replies.Result(ctx, c.hold.Account, s.SessionID, c.view, s.Reply, s.Keep); err != nil {
			return o, err
		}
	}
	if s.Recorded != nil && c.hold.Idempotency != nil {
		text, err := json.Marshal(s.Recorded)
		if err != nil {
			return o, err
		}
		if o.Reply, err = c.meter.Replies.Record(ctx, c.hold.Account, c.hold.ID, c.view, text, c.hold.Idempotency.Expires); err != nil {
			return o, err
		}
	}
	return o, nil
}
