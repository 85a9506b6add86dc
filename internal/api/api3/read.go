package api3

import (
	"context"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/api/stopwatch"
)

// run gets the image, reads it and replies, once the ledger has the outcome.
func (c *call) run(t task) {
	reading, condition := c.read(t)
	var r response
	if condition == OK {
		c.watch.Enter(stopwatch.Reply)
		r, condition = t.answer(c, reading)
	}
	if condition != OK {
		c.refuse(condition)
		return
	}
	text := encode(r.named(c.id))
	c.watch.Enter(stopwatch.None)
	if err := c.charge.Settle(c.r.Context(), c.settlement(OK, text)); err != nil {
		c.cause = err
		c.refuse(ServerFault)
		return
	}
	c.watch.Enter(stopwatch.Reply)
	c.send(OK, text)
}

// read reads the cards in the image.
func (c *call) read(t task) (*kahao.Reading, Condition) {
	ctx, cancel := context.WithTimeout(c.r.Context(), c.ReadTimeout)
	defer cancel()
	content := t.content
	if t.url != "" {
		var condition Condition
		if content, condition = c.fetch(ctx, t.url); condition != OK {
			return nil, condition
		}
	}
	if len(content) == 0 {
		return nil, ImageEmpty
	}
	c.bytes = len(content)
	c.watch.Enter(stopwatch.Read)
	reading, err := c.Reader.ReadWith(ctx, content, c.today(t.extras(c)))
	c.watch.Enter(stopwatch.None)
	if err != nil {
		return nil, c.ofReading(err)
	}
	return reading, OK
}

// fetch downloads the image at a URL.
func (c *call) fetch(ctx context.Context, url string) ([]byte, Condition) {
	if c.Fetcher == nil {
		return nil, DownloadFailed
	}
	c.watch.Enter(stopwatch.Fetch)
	content, err := c.Fetcher.FetchFrom(ctx, c.access.FetchHosts, url, MaxImage(c.MaxBody))
	c.watch.Enter(stopwatch.None)
	if err != nil {
		return nil, c.ofDownload(err)
	}
	return content, OK
}

// beijing is the time zone of the vendor's days.
var beijing = time.FixedZone("", 8*60*60)

// today adds the date to what is asked for, by which a card has expired.
func (c *call) today(e capture.Extras) capture.Extras {
	e.Today = c.start.In(beijing)
	return e
}
