package native

import (
	"context"
	"crypto/rand"
	"image"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/cutout"
	"github.com/kahao/kahao/internal/api/metering"
	"github.com/kahao/kahao/internal/api/native/body"
	"github.com/kahao/kahao/internal/api/stopwatch"
	"github.com/kahao/kahao/internal/cardjson"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/recognition"
)

// cardsReply is the reply of POST /v1/cards.
type cardsReply struct {
	ID       string    `json:"id"`
	Pictures []picture `json:"pictures"`
	Versions versions  `json:"versions"`
}

// picture is the result of one image.
type picture struct {
	Width   int                       `json:"width"`
	Height  int                       `json:"height"`
	Cards   []card                    `json:"cards"`
	Reasons []cardjson.Reason         `json:"reasons"`
	Checks  map[string]cardjson.Check `json:"checks,omitempty"`
	Quality *int                      `json:"quality,omitempty"`
	Error   *pictureError             `json:"error"`
}

// pictureError says why one image of several was not read.
type pictureError struct {
	Code      string `json:"code"`
	Title     string `json:"title"`
	Retryable bool   `json:"retryable"`
}

// card is one card, with the crops that were asked for.
type card struct {
	cardjson.Card
	Images *crops `json:"images,omitempty"`
}

// crops are JPEG files, which JSON has in base64.
type crops struct {
	Card   []byte `json:"card,omitempty"`
	Number []byte `json:"number,omitempty"`
}

// versions is what a reading was made with.
type versions struct {
	Kahao       string            `json:"kahao"`
	Models      map[string]string `json:"models"`
	Calibration string            `json:"calibration"`
	Table       string            `json:"table"`
}

func versionsOf(v kahao.Versions) versions {
	r := versions{Kahao: v.Kahao, Models: map[string]string{}, Calibration: v.Calibration, Table: v.Table}
	for _, m := range v.Models {
		r.Models[m.Name] = m.Version
	}
	return r
}

// cards answers POST /v1/cards.
func (c *call) cards() {
	request, condition := c.receive(c.MaxImages)
	if condition != OK {
		c.refuse(condition)
		return
	}
	if strings.Contains(c.r.Header.Get("Accept"), linesType) {
		c.streamCards(request.Images)
		return
	}
	if condition = c.hold(len(request.Images), func() [32]byte { return c.digest(request, "") }); condition != OK {
		c.refuse(condition)
		return
	}
	if earlier := c.charge.Earlier(); earlier != nil {
		c.replay(earlier)
		return
	}
	readings := c.readAll(request.Images)
	if len(readings) == 1 && readings[0].failed() {
		c.refuse(readings[0].condition)
		return
	}
	c.watch.Enter(stopwatch.Reply)
	reply := cardsReply{ID: newID(), Versions: versionsOf(c.Versions)}
	s := metering.Settlement{SessionID: resultID(reply.ID)}
	for _, r := range readings {
		reply.Pictures = append(reply.Pictures, r.picture)
		s.Calls = append(s.Calls, r.call())
		if r.condition == OK {
			s.Keep = c.access.Retention
		}
	}
	text := encode(reply)
	s.Reply = text
	if c.keyed {
		s.Recorded = &metering.Recorded{Condition: OK.String(), Status: http.StatusOK, Text: text}
	}
	if c.settle(s) {
		c.send(OK, http.StatusOK, jsonType, text)
	}
}

// receive admits the request and reads its body within its limits.
func (c *call) receive(images int, fields ...string) (request *body.Request, condition Condition) {
	condition = c.admit(func(contentType string, r io.Reader) (err error) {
		request, err = body.Parse(contentType, r, body.Limits{Image: c.MaxImage, Images: images, Fields: fields, PDF: c.route.api == APIRedactions})
		return err
	})
	return request, condition
}

// admit admits the request, and lets parse read its body.
func (c *call) admit(parse func(contentType string, r io.Reader) error) Condition {
	size := c.r.ContentLength
	if size > c.MaxBody {
		return BodyTooLarge
	}
	if size < 0 {
		size = c.MaxBody
	}
	leave, ok := c.Gate.Enter(c.r.Context(), size)
	if !ok {
		return Overloaded
	}
	c.leave = leave
	c.watch.Enter(stopwatch.Body)
	err := parse(c.r.Header.Get("Content-Type"), http.MaxBytesReader(c.w, c.r.Body, c.MaxBody))
	c.watch.Enter(stopwatch.None)
	if err != nil {
		return c.ofBody(err)
	}
	return OK
}

// digest identifies the content of a request, and which part of it is meant.
func (c *call) digest(r *body.Request, part string) [32]byte {
	d := metering.NewDigest(c.route.api, c.key.AppID)
	d.Add([]byte(c.bucket), []byte(part))
	for _, name := range c.route.query {
		if name != "deadline_ms" {
			d.Add([]byte(name), []byte(c.r.URL.Query().Get(name)))
		}
	}
	for _, name := range claimFields {
		d.Add([]byte(name), []byte(r.Fields[name]))
	}
	for _, p := range r.Images {
		d.Add([]byte(p.URL), p.Content)
	}
	return d.Sum()
}

// newID returns the id of a reply: 128 random bits, so that it cannot be guessed.
func newID() string { return strings.ToLower(rand.Text()) }

// reading is the result of one image.
type reading struct {
	*kahao.Reading
	picture   picture
	condition Condition // of the ledger; OK is billed
	took      time.Duration
}

// failed reports whether there is no reading.
func (r reading) failed() bool { return r.picture.Error != nil }

func (r reading) call() ledger.Call {
	return ledger.Call{Code: r.condition.Row().Number, Billed: r.condition == OK, Took: r.took}
}

func failedPicture(condition Condition) picture {
	row := condition.Row()
	return picture{Cards: []card{}, Reasons: []cardjson.Reason{}, Error: &pictureError{row.Code, row.Title, row.Retryable}}
}

// readAll reads the images, one after the other, so that a request never has more
// than one worker. Each has its own time limit, and all together have one.
func (c *call) readAll(images []body.Image) (all []reading) {
	ctx, cancel := context.WithTimeout(c.r.Context(), LongestRead*c.ReadTimeout)
	defer cancel()
	for i := range images {
		r := c.readOne(ctx, &images[i])
		all = append(all, r)
		c.images = append(c.images, r.condition)
	}
	return all
}

// readOne gets one image and reads its cards. A panic there is that image's fault
// alone.
func (c *call) readOne(ctx context.Context, p *body.Image) (r reading) {
	started := c.Now()
	defer func() {
		if v := recover(); v != nil {
			c.cause = backend.Contain(c.r.Context(), c.Logger, v)
			r = reading{condition: ServerFault}
		}
		if r.Reading == nil {
			r.picture = failedPicture(r.condition)
		}
		r.took = c.Now().Sub(started)
		p.Content = nil // no longer needed
	}()
	ctx, cancel := c.within(ctx)
	defer cancel()
	content, condition := c.content(ctx, p)
	if condition != OK {
		return reading{condition: condition}
	}
	reader, err := c.Reader(c.query.luhn)
	if err != nil {
		return reading{condition: c.fault(err, ServerFault)}
	}
	whole := c.access.WholeNumber()
	c.watch.Enter(stopwatch.Read)
	got, err := reader.ReadWith(ctx, content, capture.Extras{
		Checks: c.query.checks, CardCrop: c.query.cardCrop && whole, NumberCrop: c.query.numberCrop && whole, Today: c.Calendar.In(c.start),
	})
	c.watch.Enter(stopwatch.None)
	if err != nil {
		return reading{condition: c.ofReading(err)}
	}
	r = reading{Reading: got}
	if _, err := recognition.Best(got); err != nil {
		r.condition, _ = backend.Lookup(err, emptyReadings)
	}
	if r.picture, err = c.pictureOf(got); err != nil {
		return reading{condition: c.fault(err, ServerFault)}
	}
	return r
}

// within bounds the time for one image.
func (c *call) within(ctx context.Context) (context.Context, context.CancelFunc) {
	limit := c.ReadTimeout
	if d := c.query.deadline; d > 0 && d < limit {
		limit = d
	}
	return context.WithTimeout(ctx, limit)
}

// content returns the bytes of an image, which it may have to download.
func (c *call) content(ctx context.Context, p *body.Image) ([]byte, Condition) {
	content := p.Content
	if p.URL != "" {
		u, err := url.Parse(p.URL)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return nil, BadURL
		}
		if c.Fetcher == nil {
			return nil, DownloadFailed
		}
		c.watch.Enter(stopwatch.Fetch)
		content, err = c.Fetcher.FetchFrom(ctx, c.access.FetchHosts, p.URL, c.MaxImage)
		c.watch.Enter(stopwatch.None)
		if err != nil {
			return nil, c.ofDownload(err)
		}
	}
	if len(content) == 0 {
		return nil, ImageEmpty
	}
	c.bytes += len(content)
	return content, OK
}

// pictureOf converts a reading, with numbers as the key's replies contain them.
func (c *call) pictureOf(got *kahao.Reading) (picture, error) {
	p := picture{Width: got.Width, Height: got.Height, Cards: []card{}, Reasons: cardjson.Reasons(got.Reasons)}
	p.Checks, p.Quality = cardjson.Checks(got.Checks)
	show := c.show()
	for i, k := range got.Cards {
		if c.query.maxCards > 0 && i == c.query.maxCards {
			break
		}
		converted, err := cardjson.Of(k, show)
		if err != nil {
			return picture{}, err
		}
		images, err := cropsOf(k)
		if err != nil {
			return picture{}, err
		}
		p.Cards = append(p.Cards, card{converted, images})
	}
	return p, nil
}

func cropsOf(k *kahao.Card) (*crops, error) {
	var all crops
	for _, one := range []struct {
		part *image.RGBA
		file *[]byte
	}{{k.Crop, &all.Card}, {k.Number.Crop, &all.Number}} {
		var err error
		if *one.file, err = cutout.JPEG(one.part); err != nil {
			return nil, err
		}
	}
	if all.Card == nil && all.Number == nil {
		return nil, nil
	}
	return &all, nil
}

// show returns how the key's replies contain numbers.
func (c *call) show() cardjson.Show { return ShowFor(c.access) }
