package native

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/native/body"
	"github.com/kahao/kahao/internal/fetch"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/bearer"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/recognition"
)

type errorMap = backend.ErrorMap[Condition]

var on = backend.On[Condition]

var keyErrors = []errorMap{
	on(bearer.ErrMissing, MissingKey), on(bearer.ErrInvalid, InvalidKey),
}

var accountErrors = []errorMap{
	on(account.ErrUnavailable, AccountsUnavailable), on(context.DeadlineExceeded, AccountsUnavailable), on(context.Canceled, AccountsUnavailable),
}

var holdErrors = []errorMap{
	on(ledger.ErrMismatch, IdempotencyMismatch), on(ledger.ErrInProgress, IdempotencyInProgress),
	on(ledger.ErrArrears, Arrears), on(ledger.ErrClosed, NotOpened), on(ledger.ErrUsedUp, UsedUp),
}

var bodyErrors = []errorMap{
	on(body.ErrType, MediaType), on(body.ErrForm, InvalidBody), on(body.ErrField, InvalidParameter), on(body.ErrNone, NoImage),
	on(body.ErrTooMany, TooManyImages), on(body.ErrTooLarge, ImageTooLarge),
}

var readingErrors = []errorMap{
	on(kahao.ErrEmpty, ImageEmpty), on(kahao.ErrMalformed, ImageMalformed), on(kahao.ErrUnsupported, ImageUnsupported),
	on(kahao.ErrTooLarge, ImageTooManyPixels), on(recognition.ErrOverloaded, Overloaded),
	on(context.DeadlineExceeded, Timeout), on(context.Canceled, Timeout),
}

// emptyReadings are what a reading without a usable number counts as.
var emptyReadings = []errorMap{
	on(recognition.ErrNoCard, NoCard), on(recognition.ErrUnreadable, Unreadable), on(recognition.ErrBlurred, Blurred),
	on(recognition.ErrNotANumber, NotANumber), on(recognition.ErrUnclassified, Unreadable), on(recognition.ErrNaN, Unreadable),
}

var downloadErrors = []errorMap{
	on(fetch.BadURL, BadURL), on(fetch.TooLarge, DownloadTooLarge), on(fetch.Unreachable, DownloadFailed), on(fetch.Timeout, DownloadFailed),
	on(fetch.BadStatus, DownloadFailed), on(fetch.Failed, DownloadFailed), on(fetch.Canceled, Timeout),
	on(context.DeadlineExceeded, Timeout), on(context.Canceled, Timeout),
}

// fault notes the cause of a server fault.
func (c *call) fault(err error, condition Condition) Condition {
	c.cause = err
	return condition
}

// ofKey maps errors of the key and the accounts.
func (c *call) ofKey(err error) Condition {
	if condition, ok := backend.Lookup(err, keyErrors); ok {
		return condition
	}
	if condition, ok := backend.Lookup(err, accountErrors); ok {
		return c.fault(err, condition)
	}
	return c.fault(err, ServerFault)
}

// ofHold maps errors of the Meter.
func (c *call) ofHold(err error) Condition {
	condition, ok := backend.Lookup(err, holdErrors)
	if !ok {
		return c.fault(err, ServerFault)
	}
	if condition == IdempotencyInProgress {
		c.retryAfter(c.Meter.RetryAfter(err))
	}
	return condition
}

// ofBody maps errors of the body.
func (c *call) ofBody(err error) Condition {
	var over *http.MaxBytesError
	if errors.As(err, &over) {
		return BodyTooLarge
	}
	condition, ok := backend.Lookup(err, bodyErrors)
	if !ok {
		c.w.Header().Set("Connection", "close")
		return BodyBroken
	}
	if _, detail, found := strings.Cut(err.Error(), ": "); found {
		_, c.detail, _ = strings.Cut(detail, ": ")
	}
	return condition
}

// ofReading maps errors of the Reader and of redaction.
func (c *call) ofReading(err error) Condition {
	condition, ok := backend.Lookup(err, readingErrors)
	if !ok {
		return c.fault(err, ServerFault)
	}
	return condition
}

// ofDownload maps errors of the Fetcher. Details for the operator go into the log.
func (c *call) ofDownload(err error) Condition {
	errors.As(err, &c.download)
	if condition, ok := backend.Lookup(err, downloadErrors); ok {
		return condition
	}
	return c.fault(err, ServerFault)
}
