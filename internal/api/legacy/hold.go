package legacy

import (
	"net/http"
	"time"

	"github.com/kahao/kahao/internal/api/legacy/request"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/ledger"
)

// API names the interface in the books.
const API = "legacy"

// stillHeld is when to come back for the first request's reply.
const stillHeld = time.Second

// hold sets readings aside, and where Meter is a ledger uses a one-off
// signature up and says whether the account is served: the rest of steps 7 and
// 9. A request with a senseless number of pictures is refused for that in the
// next step.
func (c *call) hold(r *request.Request) Condition {
	if c.Meter == nil {
		return OK
	}
	h := metering.Hold{Caller: c.caller(r.Bucket), Claims: c.claims, Pictures: r.Count}
	if h.Pictures < 1 || h.Pictures > c.MaxPictures {
		h.Pictures = 1
	}
	if c.Ledger {
		if c.claims.OneOff && c.claims.FileID == "" {
			return SignatureMalformed
		}
		key, ok := metering.Key(c.r.Header)
		if !ok {
			return IdempotencyMismatch
		}
		if key != "" {
			h.IdempotencyKey, h.Request, c.keyed = key, c.digest(r), true
		}
	}
	charge, err := c.Meter.Hold(c.r.Context(), h)
	if err != nil {
		return c.ofHold(err)
	}
	if c.earlier = charge.Earlier(); c.earlier != nil {
		return OK
	}
	c.held.Take(charge)
	return OK
}

// caller is who the request is counted for.
func (c *call) caller(bodyBucket string) ledger.Caller {
	bucket := c.claims.Bucket
	if bucket == "" {
		bucket = bodyBucket
	}
	return ledger.Caller{Account: c.claims.AppID, User: c.access.User, Key: c.claims.SecretID, Bucket: bucket, API: API}
}

// digest tells what a request asks for from what others do.
func (c *call) digest(r *request.Request) [32]byte {
	d := metering.NewDigest(API, c.claims.AppID)
	d.Add([]byte(r.Bucket))
	for _, p := range r.Pictures {
		d.Add([]byte(p.URL), []byte(p.Name), p.Content, []byte{byte(p.Fault)})
	}
	return d.Sum()
}

// calls are the pictures as the ledger counts them.
func calls(answers []answer) []ledger.Call {
	list := make([]ledger.Call, len(answers))
	for i, a := range answers {
		list[i] = ledger.Call{Code: a.condition.Row().Code, Billed: a.condition == OK, Took: a.took}
	}
	return list
}

// release gives back what is held for a request that is refused as a whole, and
// lets those who ask again with the same key have the same answer, unless
// another try may end better.
func (c *call) release(condition Condition, status int, text []byte) {
	if !c.held.Open() {
		return
	}
	s := metering.Settlement{Calls: []ledger.Call{{Code: condition.Row().Code, Took: c.Now().Sub(c.begun)}}}
	if len(c.answers) > 0 {
		s.Calls = calls(c.answers)
		for i := range s.Calls {
			s.Calls[i].Billed = false // he is told nothing of them
		}
	}
	if c.keyed && !condition.Row().Retryable {
		s.Recorded = &metering.Recorded{Condition: condition.String(), Status: status, Text: text}
	}
	if err := c.held.Settle(c.r.Context(), s); err != nil && c.cause == nil {
		c.cause = err
	}
}

// again answers a request that was answered before.
func (c *call) again() {
	c.w.Header().Set(metering.HeaderReplayed, "true")
	condition := OK
	for _, known := range Conditions() {
		if known.String() == c.earlier.Condition {
			condition = known
		}
	}
	status := c.earlier.Status
	if status < http.StatusOK || status > 599 {
		status = http.StatusOK
	}
	c.send(condition, status, c.earlier.Text)
}
