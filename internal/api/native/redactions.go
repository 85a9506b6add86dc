package native

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/cardjson"
	"github.com/kahao/kahao/internal/redaction"
	"github.com/kahao/kahao/internal/service/ledger"
)

const redactionHeader = "Kahao-Redaction"

// redactionReport is the value of Kahao-Redaction, in JSON.
type redactionReport struct {
	Verdict redaction.Verdict `json:"verdict"`
	Count   int               `json:"count"`
	Covers  []cover           `json:"covers"` // the first of them
	Reasons []string          `json:"reasons"`
}

type cover struct {
	Kind  string        `json:"kind"`
	Quad  cardjson.Quad `json:"quad"`
	Last4 string        `json:"last4,omitempty"`
}

// maxCovers bounds the covers in the header: clients bound the size of headers.
const maxCovers = 20

// redactions answers POST /v1/redactions. The reply to a retry with an idempotency
// key is not kept, for it is an image: the same image is covered again, and is not
// charged again.
func (c *call) redactions() {
	request, condition := c.receive(1)
	if condition == OK {
		condition = c.hold(1, func() [32]byte { return c.digest(request, "") })
	}
	if condition != OK {
		c.refuse(condition)
		return
	}
	earlier := c.charge.Earlier()
	if earlier != nil && c.replayed(earlier) != OK {
		c.replay(earlier)
		return
	}
	ctx, cancel := c.within(c.r.Context())
	defer cancel()
	content, condition := c.content(ctx, &request.Images[0])
	if condition != OK {
		c.refuse(condition)
		return
	}
	c.watch.Enter(stageRead)
	result, err := c.Redact(ctx, content, c.query.covers)
	c.watch.Enter(stageNone)
	switch {
	case err != nil:
		c.refuse(c.ofReading(err))
		return
	case len(result.Covers) == 0 && result.Verdict == redaction.Nothing && !c.query.allowEmpty:
		c.refuse(NothingFound)
		return
	}
	if earlier == nil {
		s := metering.Settlement{Calls: []ledger.Call{{Billed: len(result.Covers) > 0, Took: c.Now().Sub(c.start)}}}
		if c.keyed {
			s.Recorded = &metering.Recorded{Condition: OK.String(), Status: http.StatusOK}
		}
		if !c.settle(s) {
			return
		}
	}
	c.w.Header().Set(redactionHeader, c.report(result))
	c.send(OK, http.StatusOK, "image/"+strings.ToLower(result.Format.String()), result.File)
}

// report says what was covered. The last four digits of a number are in it if the
// key's replies contain them.
func (c *call) report(result *redaction.Result) string {
	opaque := c.show().Opaque
	r := redactionReport{Verdict: result.Verdict, Count: len(result.Covers), Covers: []cover{}, Reasons: append([]string{}, result.Reasons...)}
	for _, k := range result.Covers[:min(len(result.Covers), maxCovers)] {
		one := cover{Kind: string(k.Kind)}
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
