package legacy

import (
	"context"
	"net/url"

	"github.com/kahao/kahao/internal/wire/legacy/body"
)

// answer is what becomes of one picture.
type answer struct {
	Reading
	condition Condition
}

// read reads the cards in the pictures, one after the other, so that a request
// never has more than one worker. Each has its own time, and all together have
// some.
func (c *call) read(pictures []body.Picture) []answer {
	ctx, cancel := context.WithTimeout(c.r.Context(), longestRead*c.ReadTimeout)
	defer cancel()
	answers := make([]answer, len(pictures))
	for i := range pictures {
		answers[i] = c.readOne(ctx, &pictures[i])
		pictures[i].Content = nil // it has served
		c.pictures = append(c.pictures, answers[i].condition)
	}
	return answers
}

// readOne gets one picture and reads its card. A panic there is that picture's
// fault alone.
func (c *call) readOne(ctx context.Context, p *body.Picture) (a answer) {
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
	reading, err := c.Reader.Read(ctx, content)
	switch {
	case err != nil:
		a.condition = c.ofReading(err)
	case !reading.Found:
		a.condition = NotACard
	case reading.Number.Reveal() == "":
		a.condition = IllegalNumber
	case !reading.tellable():
		a.condition = PackFault
	default:
		a.Reading = reading
	}
	return a
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
	content, err := c.Fetcher.Fetch(ctx, Download{Address: address, Hosts: c.hosts, Limit: c.MaxPicture})
	if err != nil {
		return nil, c.ofDownload(err)
	}
	return content, OK
}
