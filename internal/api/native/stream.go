package native

import (
	"context"
	"fmt"
	"net/http"

	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/api/native/body"
	"github.com/kahao/kahao/internal/api/stopwatch"
	"github.com/kahao/kahao/internal/service/ledger"
)

// streamCards answers with one line for each image, as soon as it is read. Each
// image has a charge of its own, which is in the ledger before its line is sent;
// with an idempotency key a retry repeats the lines that were sent, and goes on.
func (c *call) streamCards(images []body.Image) {
	ctx, cancel := context.WithTimeout(c.r.Context(), LongestRead*c.ReadTimeout)
	defer cancel()
	for i := range images {
		one := &body.Request{Images: images[i : i+1]}
		part := fmt.Sprintf("line %d of %d", i, len(images))
		condition := c.holdPart(one, part)
		var text []byte
		switch {
		case condition != OK && i == 0:
			c.refuse(condition)
			return
		case condition != OK:
			text = c.line(i, reading{condition: condition, picture: failedPicture(condition)})
		case c.charge.Earlier() != nil:
			text = c.charge.Earlier().Text
		default:
			if text = c.readLine(ctx, i, &images[i]); text == nil {
				return
			}
		}
		if i == 0 {
			c.begin(OK, http.StatusOK, linesType, -1)
		}
		if _, err := c.w.Write(text); err != nil {
			return
		}
		_ = http.NewResponseController(c.w).Flush()
	}
}

// holdPart holds a unit for one image of a stream.
func (c *call) holdPart(one *body.Request, part string) Condition {
	m := metering.Request{Caller: c.caller(), Access: c.access, Images: 1}
	var ok bool
	if c.keyed, ok = m.SetKey(c.r.Header, func() [32]byte { return c.digest(one, part) }); !ok {
		return IdempotencyMismatch
	}
	if c.keyed {
		m.IdempotencyKey += "\x00" + part
	}
	var err error
	if c.charge, err = c.Meter.Hold(c.r.Context(), m); err != nil {
		return c.ofHold(err)
	}
	return OK
}

// readLine reads one image of a stream, settles it, and returns its line. It
// returns nil after it has answered with a fault.
func (c *call) readLine(ctx context.Context, i int, p *body.Image) []byte {
	r := c.readOne(ctx, p)
	c.images = append(c.images, r.condition)
	text := c.line(i, r)
	s := metering.Settlement{Calls: []ledger.Call{r.call()}}
	if c.keyed && !r.condition.Row().Retryable {
		s.Recorded = &metering.Recorded{Condition: r.condition.String(), Status: http.StatusOK, Text: text}
	}
	c.watch.Enter(stopwatch.None)
	if err := c.charge.Settle(c.r.Context(), s); err != nil {
		c.cause = err
		if c.status == 0 {
			c.refuse(ServerFault)
			return nil
		}
		return c.line(i, reading{condition: ServerFault, picture: failedPicture(ServerFault)})
	}
	return text
}

// cardsLine is one line of a stream.
type cardsLine struct {
	Index int `json:"index"`
	picture
	Versions versions `json:"versions"`
}

func (c *call) line(i int, r reading) []byte {
	return encode(cardsLine{Index: i, picture: r.picture, Versions: versionsOf(c.Versions)})
}
