package legacy

import (
	"context"
	"errors"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/api/legacy/request"
	"github.com/kahao/kahao/internal/fetch"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/recognition"
	"github.com/kahao/kahao/internal/service/signature"
)

// told pairs an error with the condition that it is told as.
type told struct {
	err error
	Condition
}

// find returns the condition of the first error that err is.
func find(err error, among []told) (Condition, bool) {
	for _, t := range among {
		if errors.Is(err, t.err) {
			return t.Condition, true
		}
	}
	return OK, false
}

var signatureErrors = []told{
	{signature.ErrEmpty, SignatureEmpty}, {signature.ErrMalformed, SignatureMalformed},
	{signature.ErrUnknownApp, UnknownApp}, {signature.ErrUnknownKey, UnknownKey},
	{signature.ErrWrongApp, WrongApp}, {signature.ErrMismatch, SignatureMismatch},
	{signature.ErrExpired, SignatureExpired}, {signature.ErrTarget, TargetMismatch},
}

var accountErrors = []told{
	{signature.ErrSecret, SecretFault},
	{account.ErrUnavailable, AccountsUnavailable},
	{context.DeadlineExceeded, AccountsUnavailable}, {context.Canceled, AccountsUnavailable},
}

var holdErrors = []told{
	{ledger.ErrReplay, Replayed}, {signature.ErrExpired, SignatureExpired}, {signature.ErrMalformed, SignatureMalformed},
	{ledger.ErrMismatch, IdempotencyMismatch}, {ledger.ErrInProgress, IdempotencyInProgress},
	{ledger.ErrArrears, Arrears}, {ledger.ErrClosed, NoPermission}, {ledger.ErrUsedUp, UsedUp},
}

var readingErrors = []told{
	{kahao.ErrEmpty, PictureEmpty}, {kahao.ErrMalformed, PictureMalformed}, {kahao.ErrUnsupported, PictureUnsupported},
	{kahao.ErrTooLarge, PreprocessFailed}, {recognition.ErrNoCard, NotACard}, {recognition.ErrUnreadable, RecognitionFailed},
	{recognition.ErrBlurred, Blurred}, {recognition.ErrNotANumber, IllegalNumber}, {recognition.ErrNaN, PackFault},
	{recognition.ErrUnclassified, Unclassified}, {recognition.ErrOverloaded, Overloaded},
	{context.DeadlineExceeded, Timeout}, {context.Canceled, Timeout},
}

var downloadErrors = []told{
	{fetch.BadURL, BadURL}, {fetch.Unreachable, Unreachable}, {fetch.Timeout, DownloadTimeout},
	{fetch.TooLarge, DownloadTooLarge}, {fetch.BadStatus, DownloadStatus}, {fetch.Failed, DownloadFailed},
	{fetch.Canceled, Timeout},
	{context.DeadlineExceeded, Timeout}, {context.Canceled, Timeout},
}

// faults are the conditions of what keeps a picture from being read.
var faults = map[request.Fault]Condition{
	request.None: OK, request.TooLarge: PictureTooLarge, request.Invalid: InvalidParameter, request.EmptyURL: URLEmpty, request.LongURL: ParameterTooLong,
}

// ofSignature tells what the verifier and the accounts say. What is the
// server's fault is logged with its cause.
func (c *call) ofSignature(err error) Condition {
	if condition, ok := find(err, signatureErrors); ok {
		return condition
	}
	c.cause = err
	if condition, ok := find(err, accountErrors); ok {
		return condition
	}
	return AccountFault
}

// ofHold tells what a Meter says.
func (c *call) ofHold(err error) Condition {
	if condition, ok := find(err, holdErrors); ok {
		return condition
	}
	c.cause = err
	return ServerFault
}

// ofReading tells what a Reader says.
func (c *call) ofReading(err error) Condition {
	if condition, ok := find(err, readingErrors); ok {
		return condition
	}
	c.cause = err
	return Internal
}

// ofDownload tells what a Fetcher says. What it says to the operator alone goes
// into the log.
func (c *call) ofDownload(err error) Condition {
	errors.As(err, &c.download)
	if condition, ok := find(err, downloadErrors); ok {
		return condition
	}
	c.cause = err
	return LinkFault
}
