package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/admission"
	"github.com/kahao/kahao/internal/api/api3"
	"github.com/kahao/kahao/internal/api/native"
	"github.com/kahao/kahao/internal/httpserver"
	"github.com/kahao/kahao/internal/redaction"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/recognition"
	"github.com/kahao/kahao/internal/tracing"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// nativeAPI builds the handler of the native API.
func (a *Server) nativeAPI(c Config, p shared) (http.Handler, error) {
	gates := &gates{server: a, config: c, opened: map[kahao.LuhnMode]*gate{a.config.Luhn: a.gate(c.Reader, a.config.V1MaxBody)}}
	own := gates.opened[a.config.Luhn]
	o := native.Options{
		Options:   a.common(p, own),
		Keys:      a.store.Accounts,
		Reader:    gates.reader,
		Luhn:      a.config.Luhn,
		Redact:    (&redactor{gate: own, open: sync.OnceValues(c.finder), limits: imagein.Options{MaxPixels: a.config.MaxPixels, MaxMemory: a.config.ImageMemory}}).redact,
		Results:   a.store.Results,
		Usage:     a.usageRows,
		Calendar:  a.store.Calendar,
		CodeText:  codeText,
		Observe:   a.observeNative,
		RequestID: func(r *http.Request) string { return httpserver.ClientInfoFrom(r.Context()).RequestID },
		MaxBody:   a.config.V1MaxBody,
		MaxImages: a.config.MaxImages,
		Versions:  c.Versions,
	}
	return native.New(o)
}

// codeText is the text of a code of any API.
func codeText(code int) string {
	if text, ok := native.CodeText(code); ok {
		return text
	}
	text, _ := api3.CodeText(code)
	return text
}

// gates opens a reader for each way of treating the check digit, when it is first
// asked for.
type gates struct {
	server *Server
	config Config
	mu     sync.Mutex
	opened map[kahao.LuhnMode]*gate
}

func (g *gates) reader(mode kahao.LuhnMode) (recognition.ExtrasReader, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if opened, ok := g.opened[mode]; ok {
		return opened, nil
	}
	if g.config.Open == nil {
		return nil, errors.New("server: Config.Open is not set")
	}
	r, err := g.config.Open(mode)
	if err != nil {
		return nil, err
	}
	g.opened[mode] = g.server.gate(r, g.server.config.V1MaxBody)
	return g.opened[mode], nil
}

// finder opens what finds card numbers in images.
func (c Config) finder() (redaction.Finder, error) {
	if c.Finder == nil {
		return nil, errors.New("server: Config.Finder is not set")
	}
	return c.Finder()
}

// redactor applies admission control to redaction.
type redactor struct {
	gate   *gate
	open   func() (redaction.Finder, error) // once
	limits imagein.Options
}

// Redaction decodes the image at its full size, finds numbers in it, writes it and
// reads the result again.
const (
	redactionWork   = 3 // times the time of decoding
	redactionMemory = 8 // bytes for each pixel, besides those of decoding
	bytesOfPixel    = 8 // at most, decoded

	pdfPixel  = 15 * time.Nanosecond // to decode a pixel in a PDF file
	pdfMemory = 8                    // bytes for each byte of a PDF file: its values, and the result
)

// redact covers the card numbers in an image, once a worker is free. Its errors
// are those of gate.ReadAll.
func (r *redactor) redact(ctx context.Context, image []byte, o redaction.Options) (*redaction.Result, error) {
	finder, err := r.open()
	if err != nil {
		return nil, err
	}
	cost, err := r.cost(image)
	if err != nil {
		return nil, err
	}
	result, err := admitted(ctx, r.gate, cost, func(ctx context.Context) (*redaction.Result, error) {
		return redaction.Redact(ctx, finder, image, r.limits, o)
	})
	return result, imageError(err)
}

// cost estimates what covering an image or a PDF file costs. Of an image that
// cannot be read it costs nothing.
func (r *redactor) cost(image []byte) (cost recognition.Cost, err error) {
	var decode time.Duration
	if redaction.IsPDF(image) {
		all, largest, err := redaction.PDFPixels(image)
		if err != nil {
			return cost, imageError(err)
		}
		decode = time.Duration(all) * pdfPixel
		cost.Memory = pdfMemory*int64(len(image)) + (bytesOfPixel+redactionMemory)*largest
	} else {
		info, err := r.gate.reader.Inspect(image)
		if err != nil {
			return cost, nil
		}
		decode = info.DecodeTime
		cost.Memory = info.Memory + redactionMemory*int64(info.Width)*int64(info.Height)
	}
	cost.Decode = redactionWork * decode
	return cost, r.gate.inTime(decode)
}

// imageKinds are the errors of images by those of the decoder.
var imageKinds = map[error]error{
	imagein.ErrEmpty: kahao.ErrEmpty, imagein.ErrMalformed: kahao.ErrMalformed, imagein.ErrUnsupported: kahao.ErrUnsupported, imagein.ErrTooLarge: kahao.ErrTooLarge,
}

// imageError returns an error of the decoder as one of the library.
func imageError(err error) error {
	var e *imagein.Error
	if !errors.As(err, &e) {
		return err
	}
	return fmt.Errorf("%w: %w", imageKinds[e.Kind], err)
}

// admitted runs work of a cost once there is a worker and memory for it. If the
// request has a span, the stages of readings get spans below it.
func admitted[T any](ctx context.Context, g *gate, cost recognition.Cost, work func(context.Context) (T, error)) (result T, err error) {
	if cost.Memory > g.Memory {
		return result, fmt.Errorf("%w: decoding needs %d MiB, the server has %d", kahao.ErrTooLarge, cost.Memory>>20, g.Memory>>20)
	}
	t := ticketOf(ctx)
	if t == nil {
		t = new(admission.Ticket)
		defer g.Release(t)
	}
	queued := time.Now()
	done, err := g.Acquire(ctx, t, admission.Weight(cost.Decode), cost.Memory)
	start := time.Now()
	g.measure("wait", start.Sub(queued))
	tracing.Add(ctx, "wait", queued, start.Sub(queued))
	if errors.Is(err, admission.ErrQueueFull) {
		return result, recognition.ErrOverloaded
	}
	if err != nil {
		return result, err
	}
	var took time.Duration
	defer func() { done(took) }() // after a panic, too
	const stage = "recognise"
	span := tracing.Begin(ctx, stage, start)
	defer span.End()
	if span != nil {
		ctx = kahao.WithTrace(ctx, func(s kahao.Stage) { span.Mark(string(s)) })
	}
	result, err = work(ctx)
	if ctx.Err() == nil {
		took = time.Since(start)
		g.measure(stage, took)
	}
	return result, err
}

// observeNative is observe for the native API. Queries of usage and results are
// not calls of an interface.
func (a *Server) observeNative(ctx context.Context, o native.Outcome) {
	a.measures.observeNative(ctx, o)
	tracing.Record(ctx, tracing.Request{
		API: "native", Route: o.Route, Condition: o.Condition.Row().Code, Outcome: outcomeNative(o.Condition),
		Images: len(o.Images), Bytes: o.Bytes, Stages: o.Intervals,
	})
	who := ledger.Caller{Account: o.AppID, Key: o.Key, Bucket: o.Bucket, API: o.API}
	a.count(who, !o.Counted && o.API != native.APIOther, o.Condition.Row().Number, o.Took)
}
