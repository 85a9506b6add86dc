package api3

import (
	"context"
	"errors"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/fetch"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/recognition"
)

// errorMap pairs an error with its condition.
type errorMap struct {
	err error
	Condition
}

// lookup returns the condition of the first error in the list that err is.
func lookup(err error, among []errorMap) (Condition, bool) {
	for _, t := range among {
		if errors.Is(err, t.err) {
			return t.Condition, true
		}
	}
	return OK, false
}

var holdErrors = []errorMap{
	{ledger.ErrMismatch, IdempotencyMismatch}, {ledger.ErrInProgress, IdempotencyInProgress},
	{ledger.ErrArrears, Arrears}, {ledger.ErrClosed, NotOpened}, {ledger.ErrUsedUp, UsedUp},
	{ledger.ErrUnknown, ChargeFault}, {ledger.ErrState, ChargeFault},
}

var readingErrors = []errorMap{
	{kahao.ErrEmpty, ImageEmpty}, {kahao.ErrMalformed, ImageMalformed}, {kahao.ErrUnsupported, ImageMalformed},
	{kahao.ErrTooLarge, ImageUndecodable}, {recognition.ErrNoCard, NotACard}, {recognition.ErrUnreadable, RecognitionFailed},
	{recognition.ErrBlurred, Blurred}, {recognition.ErrNotANumber, IllegalNumber}, {recognition.ErrUnclassified, RecognitionFailed},
	{recognition.ErrOverloaded, Overloaded},
	{context.DeadlineExceeded, Timeout}, {context.Canceled, Timeout},
}

var downloadErrors = []errorMap{
	{fetch.BadURL, DownloadFailed}, {fetch.TooLarge, ImageTooLarge},
	{fetch.Unreachable, DownloadFailed}, {fetch.Timeout, DownloadFailed}, {fetch.BadStatus, DownloadFailed}, {fetch.Failed, DownloadFailed},
	{fetch.Canceled, Timeout}, {context.DeadlineExceeded, DownloadFailed}, {context.Canceled, Timeout},
}

// ofHold maps errors of the Meter.
func (c *call) ofHold(err error) Condition {
	condition, ok := lookup(err, holdErrors)
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
	if condition, ok := lookup(err, readingErrors); ok {
		return condition
	}
	c.cause = err
	return RecogniserFault
}

// ofDownload maps errors of the Fetcher. Details for the operator go into the log.
func (c *call) ofDownload(err error) Condition {
	errors.As(err, &c.download)
	if condition, ok := lookup(err, downloadErrors); ok {
		return condition
	}
	c.cause = err
	return RecogniserFault
}
