package legacy

import (
	"context"
	"errors"
	"strings"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/api/backend"
	"github.com/kahao/kahao/internal/api/legacy/request"
	"github.com/kahao/kahao/internal/fetch"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/recognition"
	"github.com/kahao/kahao/internal/service/signature"
)

// errorMap pairs an error with its condition.
type errorMap = backend.ErrorMap[Condition]

var on = backend.On[Condition]

var signatureErrors = []errorMap{
	on(signature.ErrEmpty, SignatureEmpty), on(signature.ErrMalformed, SignatureMalformed),
	on(signature.ErrUnknownApp, UnknownApp), on(signature.ErrUnknownKey, UnknownKey),
	on(signature.ErrWrongApp, WrongApp), on(signature.ErrMismatch, SignatureMismatch),
	on(signature.ErrExpired, SignatureExpired), on(signature.ErrTarget, TargetMismatch),
}

var accountErrors = []errorMap{
	on(signature.ErrSecret, SecretFault),
	on(account.ErrUnavailable, AccountsUnavailable),
	on(context.DeadlineExceeded, AccountsUnavailable), on(context.Canceled, AccountsUnavailable),
}

var holdErrors = []errorMap{
	on(ledger.ErrReplay, Replayed), on(signature.ErrExpired, SignatureExpired), on(signature.ErrMalformed, SignatureMalformed),
	on(ledger.ErrMismatch, IdempotencyMismatch), on(ledger.ErrInProgress, IdempotencyInProgress),
	on(ledger.ErrArrears, Arrears), on(ledger.ErrClosed, NoPermission), on(ledger.ErrUsedUp, UsedUp),
}

var readingErrors = []errorMap{
	on(kahao.ErrEmpty, ImageEmpty), on(kahao.ErrMalformed, ImageMalformed), on(kahao.ErrUnsupported, ImageUnsupported),
	on(kahao.ErrTooLarge, PreprocessFailed), on(recognition.ErrNoCard, NotACard), on(recognition.ErrUnreadable, RecognitionFailed),
	on(recognition.ErrBlurred, Blurred), on(recognition.ErrNotANumber, IllegalNumber), on(recognition.ErrNaN, PackFault),
	on(recognition.ErrUnclassified, Unclassified), on(recognition.ErrOverloaded, Overloaded),
	on(context.DeadlineExceeded, Timeout), on(context.Canceled, Timeout),
}

var downloadErrors = []errorMap{
	on(fetch.BadURL, BadURL), on(fetch.Unreachable, Unreachable), on(fetch.Timeout, DownloadTimeout),
	on(fetch.TooLarge, DownloadTooLarge), on(fetch.BadStatus, DownloadStatus), on(fetch.Failed, DownloadFailed),
	on(fetch.Canceled, Timeout),
	on(context.DeadlineExceeded, Timeout), on(context.Canceled, Timeout),
}

// faults maps what is wrong with an image's parameter.
var faults = map[request.Fault]Condition{
	request.None: OK, request.TooLarge: ImageTooLarge, request.Invalid: InvalidParameter, request.EmptyURL: URLEmpty, request.LongURL: ParameterTooLong,
}

// ofSignature maps errors of the verifier and the accounts. The cause of a server
// fault is logged.
func (c *call) ofSignature(err error) Condition {
	if condition, ok := backend.Lookup(err, signatureErrors); ok {
		return condition
	}
	c.cause = err
	if condition, ok := backend.Lookup(err, accountErrors); ok {
		return condition
	}
	return AccountFault
}

// ofHold maps errors of the Meter.
func (c *call) ofHold(err error) Condition {
	if condition, ok := backend.Lookup(err, holdErrors); ok {
		if condition == IdempotencyInProgress {
			c.retryAfter(c.Meter.RetryAfter(err))
		}
		return condition
	}
	c.cause = err
	return ServerFault
}

// ofReading maps errors of the Reader and of recognition.Best.
func (c *call) ofReading(err error) Condition {
	if condition, ok := backend.Lookup(err, readingErrors); ok {
		var image *kahao.ImageError
		if errors.As(err, &image) {
			c.detail = strings.TrimSpace(string(image.Format) + " " + image.Detail) // the file's kind and size
		}
		return condition
	}
	c.cause = err
	return Internal
}

// ofDownload maps errors of the Fetcher. Details for the operator go into the log.
func (c *call) ofDownload(err error) Condition {
	errors.As(err, &c.download)
	if condition, ok := backend.Lookup(err, downloadErrors); ok {
		return condition
	}
	c.cause = err
	return LinkFault
}
