package legacy

import (
	"context"
	"net/url"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/api/legacy/request"
	"github.com/kahao/kahao/internal/api/stopwatch"
	"github.com/kahao/kahao/internal/service/recognition"
	"github.com/kahao/kahao/pan"
)

// answer is the result of one image.
type answer struct {
	card      *kahao.Card // nil if condition is not OK
	condition Condition
	shown     string // the number in the form that the key's replies show
	took      time.Duration
}

// read reads the cards in the images, one after the other, so that a request
// never has more than one worker. Each has its own time limit, and all together
// have one.
func (c *call) read(images []request.Image) {
	ctx, cancel := context.WithTimeout(c.r.Context(), LongestRead*c.ReadTimeout)
	defer cancel()
	for i := range images {
		started := c.Now()
		a := c.readOne(ctx, &images[i])
		a.took = c.Now().Sub(started)
		images[i].Content = nil // no longer needed
		c.answers = append(c.answers, a)
		c.images = append(c.images, a.condition)
	}
}

// readOne gets one image and reads its card. A panic there is that image's
// fault alone.
func (c *call) readOne(ctx context.Context, p *request.Image) (a answer) {
	defer func() {
		if v := recover(); v != nil {
			a = answer{condition: c.contain(v)}
		}
	}()
	if a.condition = faults[p.Fault]; a.condition != OK {
		return a
	}
	ctx, cancel := context.WithTimeout(ctx, c.ReadTimeout)
	defer cancel()
	content := p.Content
	if p.ByURL {
		if content, a.condition = c.fetch(ctx, p.URL); a.condition != OK {
			return a
		}
	}
	if len(content) == 0 {
		a.condition = ImageEmpty
		return a
	}
	c.bytes += len(content)
	c.watch.Enter(stopwatch.Read)
	reading, err := c.Reader.ReadAll(ctx, content)
	if err == nil {
		a.card, err = recognition.Best(reading)
	}
	if err != nil {
		a.condition = c.ofReading(err)
		return a
	}
	a.shown, a.condition = c.show(a.card.PAN)
	return a
}

// show is the number as the key's replies carry it: in full, unless the key
// says otherwise.
func (c *call) show(n pan.Number) (string, Condition) {
	if c.access.Shape == nil {
		return n.Reveal(), OK
	}
	shown, err := c.access.Shape.Number(n)
	if err != nil {
		c.cause = err
		return "", PackFault
	}
	return shown, OK
}

// fetch brings the image at an address.
func (c *call) fetch(ctx context.Context, address string) ([]byte, Condition) {
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, BadURL
	}
	if c.Fetcher == nil {
		return nil, DownloadFailed
	}
	c.watch.Enter(stopwatch.Fetch)
	content, err := c.Fetcher.FetchFrom(ctx, c.access.FetchHosts, address, c.MaxImage)
	if err != nil {
		return nil, c.ofDownload(err)
	}
	return content, OK
}
