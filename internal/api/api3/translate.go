package api3

import (
	"context"
	"errors"
	"strings"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/fetch"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/recognition"
)

// errorMap pairs an error with its condition.
type errorMap = backend.ErrorMap[Condition]

var on = backend.On[Condition]

var holdErrors = []errorMap{
	on(ledger.ErrMismatch, IdempotencyMismatch), on(ledger.ErrInProgress, IdempotencyInProgress),
	on(ledger.ErrArrears, Arrears), on(ledger.ErrClosed, NotOpened), on(ledger.ErrUsedUp, UsedUp),
	on(ledger.ErrUnknown, ChargeFault), on(ledger.ErrState, ChargeFault),
}

var readingErrors = []errorMap{
	on(kahao.ErrEmpty, ImageEmpty), on(kahao.ErrMalformed, ImageMalformed), on(kahao.ErrUnsupported, ImageMalformed),
	on(kahao.ErrTooLarge, ImageUndecodable), on(recognition.ErrNoCard, NotACard), on(recognition.ErrUnreadable, RecognitionFailed),
	on(recognition.ErrBlurred, Blurred), on(recognition.ErrNotANumber, IllegalNumber), on(recognition.ErrUnclassified, RecognitionFailed),
	on(recognition.ErrOverloaded, Overloaded),
	on(context.DeadlineExceeded, Timeout), on(context.Canceled, Timeout),
}

var downloadErrors = []errorMap{
	on(fetch.BadURL, DownloadFailed), on(fetch.TooLarge, ImageTooLarge),
	on(fetch.Unreachable, DownloadFailed), on(fetch.Timeout, DownloadFailed), on(fetch.BadStatus, DownloadFailed), on(fetch.Failed, DownloadFailed),
	on(fetch.Canceled, Timeout), on(context.DeadlineExceeded, DownloadFailed), on(context.Canceled, Timeout),
}

// ofHold maps errors of the Meter.
func (c *call) ofHold(err error) Condition {
	condition, ok := backend.Lookup(err, holdErrors)
	switch {
	case !ok:
		condition = ServerFault
		c.cause = err
	case condition == IdempotencyInProgress:
		c.retryAfter(c.Meter.RetryAfter(err))
	case condition == ChargeFault:
		c.cause = err
	}
	return condition
}

// ofReading maps errors of the Reader and of recognition.Best. The cause of a
// server fault is logged.
func (c *call) ofReading(err error) Condition {
	var image *kahao.ImageError
	if errors.As(err, &image) {
		c.detail = strings.TrimSpace(string(image.Format) + " " + image.Detail) // the file's kind and size
	}
	if condition, ok := backend.Lookup(err, readingErrors); ok {
		return condition
	}
	c.cause = err
	return RecogniserFault
}

// ofDownload maps errors of the Fetcher. Details for the operator go into the log.
func (c *call) ofDownload(err error) Condition {
	errors.As(err, &c.download)
	if condition, ok := backend.Lookup(err, downloadErrors); ok {
		return condition
	}
	c.cause = err
	return RecogniserFault
}
