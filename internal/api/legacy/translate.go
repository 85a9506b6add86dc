package legacy

import (
	"context"
	"errors"
	"strings"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/api/legacy/request"
	"github.com/kahao/kahao/internal/fetch"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/recognition"
	"github.com/kahao/kahao/internal/service/signature"
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

var signatureErrors = []errorMap{
	{signature.ErrEmpty, SignatureEmpty}, {signature.ErrMalformed, SignatureMalformed},
	{signature.ErrUnknownApp, UnknownApp}, {signature.ErrUnknownKey, UnknownKey},
	{signature.ErrWrongApp, WrongApp}, {signature.ErrMismatch, SignatureMismatch},
	{signature.ErrExpired, SignatureExpired}, {signature.ErrTarget, TargetMismatch},
}

var accountErrors = []errorMap{
	{signature.ErrSecret, SecretFault},
	{account.ErrUnavailable, AccountsUnavailable},
	{context.DeadlineExceeded, AccountsUnavailable}, {context.Canceled, AccountsUnavailable},
}

var holdErrors = []errorMap{
	{ledger.ErrReplay, Replayed}, {signature.ErrExpired, SignatureExpired}, {signature.ErrMalformed, SignatureMalformed},
	{ledger.ErrMismatch, IdempotencyMismatch}, {ledger.ErrInProgress, IdempotencyInProgress},
	{ledger.ErrArrears, Arrears}, {ledger.ErrClosed, NoPermission}, {ledger.ErrUsedUp, UsedUp},
}

var readingErrors = []errorMap{
	{kahao.ErrEmpty, ImageEmpty}, {kahao.ErrMalformed, ImageMalformed}, {kahao.ErrUnsupported, ImageUnsupported},
	{kahao.ErrTooLarge, PreprocessFailed}, {recognition.ErrNoCard, NotACard}, {recognition.ErrUnreadable, RecognitionFailed},
	{recognition.ErrBlurred, Blurred}, {recognition.ErrNotANumber, IllegalNumber}, {recognition.ErrNaN, PackFault},
	{recognition.ErrUnclassified, Unclassified}, {recognition.ErrOverloaded, Overloaded},
	{context.DeadlineExceeded, Timeout}, {context.Canceled, Timeout},
}

var downloadErrors = []errorMap{
	{fetch.BadURL, BadURL}, {fetch.Unreachable, Unreachable}, {fetch.Timeout, DownloadTimeout},
	{fetch.TooLarge, DownloadTooLarge}, {fetch.BadStatus, DownloadStatus}, {fetch.Failed, DownloadFailed},
	{fetch.Canceled, Timeout},
	{context.DeadlineExceeded, Timeout}, {context.Canceled, Timeout},
}

// faults maps what is wrong with an image's parameter.
var faults = map[request.Fault]Condition{
	request.None: OK, request.TooLarge: ImageTooLarge, request.Invalid: InvalidParameter, request.EmptyURL: URLEmpty, request.LongURL: ParameterTooLong,
}

// ofSignature maps errors of the verifier and the accounts. The cause of a server
// fault is logged.
func (c *call) ofSignature(err error) Condition {
	if condition, ok := lookup(err, signatureErrors); ok {
		return condition
	}
	c.cause = err
	if condition, ok := lookup(err, accountErrors); ok {
		return condition
	}
	return AccountFault
}

// ofHold maps errors of the Meter.
func (c *call) ofHold(err error) Condition {
	if condition, ok := lookup(err, holdErrors); ok {
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
	if condition, ok := lookup(err, readingErrors); ok {
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
	if condition, ok := lookup(err, downloadErrors); ok {
		return condition
	}
	c.cause = err
	return LinkFault
}
