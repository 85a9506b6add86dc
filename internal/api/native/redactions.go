package native

import (
	"encoding/json"
	"net/http"

	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/api/native/body"
	"github.com/kahao/kahao/internal/api/stopwatch"
	"github.com/kahao/kahao/internal/cardjson"
	"github.com/kahao/kahao/internal/redaction"
	"github.com/kahao/kahao/internal/service/ledger"
)

const redactionHeader = "Kahao-Redaction"

// redactionReport is the value of Kahao-Redaction, in JSON.
type redactionReport struct {
	Verdict redaction.Verdict        `json:"verdict"`
	Count   int                      `json:"count"`
	Covers  []cover                  `json:"covers"`  // the first of them
	Reasons []string                 `json:"reasons"` // texts of Details
	Details []redaction.ReasonRecord `json:"details"`
}

type cover struct {
	Kind  string        `json:"kind"`
	Quad  cardjson.Quad `json:"quad"`
	Last4 string        `json:"last4,omitempty"`
	Page  int           `json:"page,omitempty"` // of a PDF file, from 1
}

// maxCovers bounds the covers in the header: clients bound the size of headers.
const maxCovers = 20

// redactions answers POST /v1/redactions.
func (c *call) redactions() {
	request, condition := c.receive(1)
	if condition != OK {
		c.refuse(condition)
		return
	}
	result, ok := c.cover(covering{
		image: &request.Images[0], options: c.query.covers, digest: func() [32]byte { return c.digest(request, "") },
		check: func(r *redaction.Result) Condition {
			if r.Verdict == redaction.Nothing && !c.query.allowEmpty {
				return NothingFound
			}
			return OK
		},
	})
	if ok {
		c.send(OK, http.StatusOK, result.MediaType(), result.File)
	}
}

// covering is one image or PDF file to cover.
type covering struct {
	image   *body.Image
	options redaction.Options
	digest  func() [32]byte
	check   func(*redaction.Result) Condition // what is not OK is not sent
}

// cover covers the numbers in an image, charges for it and sets the header that
// says what was covered. It reports false if it has answered the request itself.
// The ledger keeps no image: a retry with an idempotency key covers the image
// again, and is not charged again.
func (c *call) cover(k covering) (result *redaction.Result, ok bool) {
	if condition := c.hold(1, k.digest); condition != OK {
		c.refuse(condition)
		return nil, false
	}
	earlier := c.charge.Earlier()
	if earlier != nil && c.replayed(earlier) != OK {
		c.replay(earlier)
		return nil, false
	}
	ctx, cancel := c.within(c.r.Context())
	defer cancel()
	content, condition := c.content(ctx, k.image)
	if condition != OK {
		c.refuse(condition)
		return nil, false
	}
	c.watch.Enter(stopwatch.Read)
	result, err := c.Redact(ctx, content, k.options)
	c.watch.Enter(stopwatch.None)
	if err != nil {
		c.refuse(c.ofReading(err))
		return nil, false
	}
	if condition = k.check(result); condition != OK {
		c.refuse(condition)
		return nil, false
	}
	if earlier == nil {
		s := metering.Settlement{Calls: []ledger.Call{{Billed: len(result.Covers) > 0, Took: c.Now().Sub(c.start)}}}
		if c.keyed {
			s.Recorded = &metering.Recorded{Condition: OK.String(), Status: http.StatusOK}
		}
		if !c.settle(s) {
			return nil, false
		}
	}
	c.w.Header().Set(redactionHeader, c.report(result))
	return result, true
}

// report says what was covered. The last four digits of a number are in it if the
// key's replies contain them.
func (c *call) report(result *redaction.Result) string {
	opaque := c.show().Opaque
	r := redactionReport{Verdict: result.Verdict, Count: len(result.Covers), Covers: []cover{}}
	r.Details, r.Reasons = result.ReasonRecords()
	for _, k := range result.Covers[:min(len(result.Covers), maxCovers)] {
		one := cover{Kind: string(k.Kind), Page: k.Page}
		for i, p := range k.Quad {
			one.Quad[i] = [2]float64{cardjson.Tenth(p.X), cardjson.Tenth(p.Y)}
		}
		if !opaque {
			one.Last4 = k.Last
		}
		r.Covers = append(r.Covers, one)
	}
	text, err := json.Marshal(r)
	if err != nil {
		panic(err) // it has numbers and texts only
	}
	return string(text)
}
