package legacy

import (
	"net/http"

	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/legacy/request"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/service/ledger"
)

// API names this API in the ledger.
const API = "legacy"

// hold reserves units for the images, marks a single-use signature as used, and
// checks whether the account is served. An invalid number of images is refused
// in the next step.
func (c *call) hold(r *request.Request) Condition {
	if c.claims.OneOff && c.claims.FileID == "" {
		return SignatureMalformed
	}
	m := metering.Request{Caller: c.caller(r.Bucket), Claims: c.claims, Access: c.access, Images: r.Count}
	if m.Images < 1 || m.Images > c.MaxImages {
		m.Images = 1
	}
	var ok bool
	if c.keyed, ok = m.SetKey(c.r.Header, func() [32]byte { return c.digest(r) }); !ok {
		return IdempotencyMismatch
	}
	var err error
	if c.charge, err = c.Meter.Hold(c.r.Context(), m); err != nil {
		return c.ofHold(err)
	}
	return OK
}

// caller returns who the request is counted for.
func (c *call) caller(bodyBucket string) ledger.Caller {
	bucket := c.claims.Bucket
	if bucket == "" {
		bucket = bodyBucket
	}
	return ledger.Caller{Account: c.claims.AppID, User: c.access.User, Key: c.claims.SecretID, Bucket: bucket, API: API}
}

// digest identifies the content of a request.
func (c *call) digest(r *request.Request) [32]byte {
	d := metering.NewDigest(API, c.claims.AppID)
	d.Add([]byte(r.Bucket))
	for _, p := range r.Images {
		d.Add([]byte(p.URL), []byte(p.Name), p.Content, []byte{byte(p.Fault)})
	}
	return d.Sum()
}

// calls returns the images as the ledger counts them.
func calls(answers []answer) []ledger.Call {
	list := make([]ledger.Call, len(answers))
	for i, a := range answers {
		list[i] = ledger.Call{Code: a.condition.Row().Code, Billed: a.condition == OK, Took: a.took}
	}
	return list
}

// release voids the hold of a rejected request. Non-retryable rejections are
// stored so that the idempotency key replays them.
func (c *call) release(condition Condition, status int, text []byte) {
	if !c.charge.Open() {
		return
	}
	s := metering.Settlement{Calls: []ledger.Call{{Code: condition.Row().Code, Took: c.Now().Sub(c.start)}}}
	if len(c.answers) > 0 {
		s.Calls = calls(c.answers)
		for i := range s.Calls {
			s.Calls[i].Billed = false // the client gets none of them
		}
	}
	if c.keyed && !condition.Row().Retryable {
		s.Recorded = &metering.Recorded{Condition: condition.String(), Status: status, Text: text}
	}
	if err := c.charge.Settle(c.r.Context(), s); err != nil && c.cause == nil {
		c.cause = err
	}
}

// replay answers a request that was answered before.
func (c *call) replay() {
	c.w.Header().Set(metering.HeaderReplayed, "true")
	earlier := c.charge.Earlier()
	condition := backend.Named(Conditions(), earlier.Condition)
	status := earlier.Status
	if status < http.StatusOK || status > 599 {
		status = http.StatusOK
	}
	c.send(condition, status, earlier.Text)
}
