package legacy

import (
	"context"
	"net/url"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/api/legacy/request"
	"github.com/kahao/kahao/internal/service/recognition"
	"github.com/kahao/kahao/pan"
)

// answer is what becomes of one picture.
type answer struct {
	card      *kahao.Card // nil if condition is not OK
	condition Condition
	shown     string // the number as the key's replies carry it
	took      time.Duration
}

// read reads the cards in the pictures, one after the other, so that a request
// never has more than one worker. Each has its own time, and all together have
// some.
func (c *call) read(pictures []request.Image) {
	ctx, cancel := context.WithTimeout(c.r.Context(), LongestRead*c.ReadTimeout)
	defer cancel()
	for i := range pictures {
		begun := c.Now()
		a := c.readOne(ctx, &pictures[i])
		a.took = c.Now().Sub(begun)
		pictures[i].Content = nil // it has served
		c.answers = append(c.answers, a)
		c.pictures = append(c.pictures, a.condition)
	}
}

// readOne gets one picture and reads its card. A panic there is that picture's
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
		a.condition = PictureEmpty
		return a
	}
	c.bytes += len(content)
	c.watch.enter(stageRead)
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

// fetch brings the picture at an address.
func (c *call) fetch(ctx context.Context, address string) ([]byte, Condition) {
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, BadURL
	}
	if c.Fetcher == nil {
		return nil, DownloadFailed
	}
	c.watch.enter(stageFetch)
	content, err := c.Fetcher.FetchFrom(ctx, c.access.FetchHosts, address, c.MaxPicture)
	if err != nil {
		return nil, c.ofDownload(err)
	}
	return content, OK
}
