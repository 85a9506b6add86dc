// Package legacy speaks the vendor's older bank-card interface: POST
// /ocr/bankcard with a signature of its own making, as spec/legacy-api.md
// describes it. It knows the shapes and the error codes; who may call and what
// is on a card it asks through small interfaces.
//
// No picture and no card number leaves it but in the reply: nothing is written
// to a disk, and the log has neither.
package legacy

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/kahao/kahao/internal/service/signature"
)

// Paths that are answered; the second is an alias of the oldest documentation.
const (
	Path      = "/ocr/bankcard"
	PathAlias = "/ocr/creditcardocr"
)

// Handler answers the endpoint. It is safe for concurrent use.
type Handler struct {
	Options
	verifier signature.Verifier
}

var _ http.Handler = (*Handler)(nil)

// New returns a Handler. It returns an error where Accounts or Reader is
// missing.
func New(o Options) (*Handler, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Handler{o, signature.Verifier{Keys: o.Accounts, Uses: o.Uses, Conceal: o.Conceal}}, nil
}

// ServeHTTP answers one request, and contains its panics.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{Handler: h, w: w, r: r, begun: h.Now()}
	defer c.end()
	c.answer()
}

// call is one request being answered.
type call struct {
	*Handler
	w     http.ResponseWriter
	r     *http.Request
	begun time.Time

	appID     string // once the signature is known to be good
	condition Condition
	status    int   // sent; 0 before
	cause     error // of a fault of the server
	bytes     int   // of the picture
}

// answer takes the steps of section 6 in their order: the first that fails
// decides the reply.
func (c *call) answer() {
	switch {
	case c.r.URL.Path != Path && c.r.URL.Path != PathAlias:
		c.refuse(NotFound)
		return
	case c.r.Method != http.MethodPost:
		c.w.Header().Set("Allow", http.MethodPost)
		c.refuse(MethodNotAllowed)
		return
	case c.Draining():
		c.w.Header().Set("Connection", "close")
		c.retryAfter(drainRetryAfter)
		c.refuse(Overloaded)
		return
	}
	claims, err := c.verifier.Verify(c.r.Context(), c.r.Header.Get("Authorization"), c.begun)
	if err != nil {
		c.refuse(c.signatureCondition(err))
		return
	}
	c.appID = claims.AppID
	leave, ok := c.Gate.Enter()
	if !ok {
		c.retryAfter(c.RetryAfter)
		c.refuse(Overloaded)
		return
	}
	defer leave()
	if c.r.ContentLength > c.MaxBody {
		c.refuse(BodyTooLarge)
		return
	}
	body := http.MaxBytesReader(c.w, c.r.Body, c.MaxBody)
	request, err := parse(c.r.Header.Get("Content-Type"), body, limits{c.MaxPicture, c.MaxPictures})
	if err != nil {
		c.refuse(c.bodyCondition(err))
		return
	}
	if condition := c.check(claims, request); condition != OK {
		c.refuse(condition)
		return
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), c.ReadTimeout)
	defer cancel()
	reading, condition := c.read(ctx, request)
	if condition != OK {
		c.refuse(condition)
		return
	}
	c.send(OK, &data{SessionID: c.sessionID(), Items: reading.items()})
}

// check holds the parsed request against the signature and the documented
// parameters, steps 6, 7 and 10.
func (c *call) check(claims signature.Claims, r *request) Condition {
	ctx := c.r.Context()
	if err := claims.MatchBody(r.appID, r.bucket); err != nil {
		return c.signatureCondition(err)
	}
	for _, bucket := range []string{claims.Bucket, r.bucket} {
		if bucket == "" {
			continue
		}
		known, err := c.Accounts.Bucket(ctx, claims.AppID, bucket)
		if err != nil {
			return c.signatureCondition(err)
		}
		if !known {
			return UnknownBucket
		}
	}
	if r.url != "" {
		if err := claims.MatchURL(r.url, r.bucket); err != nil {
			return c.signatureCondition(err)
		}
	}
	if err := c.verifier.Spend(ctx, claims); err != nil {
		return c.signatureCondition(err)
	}
	switch {
	case r.hasURL && r.url == "" && !r.hasPicture:
		return URLEmpty
	case r.url == "" && !r.hasPicture && !r.badParameter && !r.tooLong:
		return NoPicture
	case r.pictures > c.MaxPictures:
		return TooManyPictures
	case r.oversize:
		return PictureTooLarge
	case r.badParameter, r.appID == "" && !r.tooLong:
		return InvalidParameter
	case r.tooLong:
		return ParameterTooLong
	}
	return OK
}

// read gets the picture and reads the card. If both an address and a picture
// are given, only the address counts (section 3).
func (c *call) read(ctx context.Context, r *request) (Reading, Condition) {
	picture := r.picture
	if r.url != "" {
		if u, err := url.Parse(r.url); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return Reading{}, BadURL
		}
		if c.Fetcher == nil {
			return Reading{}, DownloadFailed
		}
		var err error
		if picture, err = c.Fetcher.Fetch(ctx, r.url, c.MaxPicture); err != nil {
			return Reading{}, DownloadFailed
		}
	}
	if len(picture) == 0 {
		return Reading{}, PictureEmpty
	}
	c.bytes = len(picture)
	reading, err := c.Reader.Read(ctx, picture)
	switch {
	case err != nil:
		return Reading{}, c.readingCondition(err)
	case !reading.Found:
		return Reading{}, NotACard
	case reading.Number.Reveal() == "":
		return Reading{}, IllegalNumber
	}
	return reading, OK
}

func (c *call) signatureCondition(err error) Condition {
	for _, m := range []struct {
		err error
		Condition
	}{
		{signature.ErrEmpty, SignatureEmpty}, {signature.ErrMalformed, SignatureMalformed},
		{signature.ErrUnknownApp, UnknownApp}, {signature.ErrUnknownKey, UnknownKey},
		{signature.ErrWrongApp, WrongApp}, {signature.ErrMismatch, SignatureMismatch},
		{signature.ErrExpired, SignatureExpired}, {signature.ErrTarget, TargetMismatch},
		{signature.ErrReplayed, Replayed},
	} {
		if errors.Is(err, m.err) {
			return m.Condition
		}
	}
	c.cause = err
	return AuthUnavailable
}

func (c *call) bodyCondition(err error) Condition {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return BodyTooLarge
	}
	return BadRequest
}

func (c *call) readingCondition(err error) Condition {
	for _, m := range []struct {
		err error
		Condition
	}{
		{ErrEmpty, PictureEmpty}, {ErrMalformed, PictureMalformed}, {ErrUnsupported, PictureUnsupported},
		{ErrTooLarge, PreprocessFailed}, {ErrUnreadable, RecognitionFailed}, {ErrIllegal, IllegalNumber},
		{context.DeadlineExceeded, Timeout}, {context.Canceled, Timeout},
	} {
		if errors.Is(err, m.err) {
			return m.Condition
		}
	}
	c.cause = err
	return Internal
}

// isConnection reports whether a body could not be read because of the
// connection and not because of what came over it.
func isConnection(err error) bool {
	var n net.Error
	return errors.As(err, &n)
}

// sessionID makes the documented identifier of a request: the app id and ten
// digits (section 12).
func (c *call) sessionID() string {
	return c.appID + fmt.Sprintf("%010d", c.Random()%10_000_000_000)
}

func random() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // it never fails
	return binary.LittleEndian.Uint64(b[:])
}

// refuse answers with a failure. What the client is still sending is read
// after the reply, for one that finds its connection closed while it sends
// never sees the reply.
func (c *call) refuse(condition Condition) {
	length, most := c.r.ContentLength, drainBodies*c.MaxBody
	if length == 0 || c.r.Header.Get("Expect") != "" {
		c.send(condition, nil)
		return
	}
	if length < 0 || length > most {
		// The rest may not be read to its end, so this connection must: in
		// this mode net/http panics on the next request otherwise.
		c.w.Header().Set("Connection", "close")
	}
	control := http.NewResponseController(c.w)
	_ = control.EnableFullDuplex() // HTTP/1.1 only, and only a courtesy
	c.send(condition, nil)
	_ = control.Flush()
	_, _ = io.Copy(io.Discard, io.LimitReader(c.r.Body, most))
}

// drainBodies is how many times the largest body is read from a client that
// was refused.
const drainBodies = 2

// retryAfter says when to come back, in whole seconds.
func (c *call) retryAfter(d time.Duration) {
	c.w.Header().Set("Retry-After", strconv.Itoa(max(1, int(d.Round(time.Second)/time.Second))))
}

// send writes the reply.
func (c *call) send(condition Condition, d *data) {
	c.condition = condition
	told := condition
	if c.Strict {
		told = condition.strict()
	}
	c.status = told.status(c.HTTP2017)
	if condition.transport() {
		c.status = condition.status(c.HTTP2017)
	}
	row := told.Row()
	body := reply{Code: row.Code, Message: row.Message, Data: d}.encode()
	header := c.w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("Content-Length", strconv.Itoa(len(body)))
	if header.Get("Connection") == "" {
		header.Set("Connection", "keep-alive")
	}
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	c.w.WriteHeader(c.status)
	_, _ = c.w.Write(body)
}
