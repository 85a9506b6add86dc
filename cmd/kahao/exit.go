package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/cmd/kahao/internal/input"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/masking"
	"github.com/kahao/kahao/internal/service/policy"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/sqlite"
)

// Exit codes. Numbers are never reused; docs/cli.md is generated from exits.
const (
	exitOK           = 0
	exitError        = 1
	exitUsage        = 2
	exitPartial      = 3
	exitSkipped      = 4
	exitFound        = 5
	exitMalformed    = 10
	exitUnsupported  = 11
	exitTooLarge     = 12
	exitEmpty        = 13
	exitUnreadable   = 14
	exitNotFound     = 20
	exitRefused      = 21
	exitVerification = 22
	exitInterrupted  = 130
)

// exits are the exit codes with their meanings, the code of the JSON line and
// the error that leads to them. The first error that matches decides.
var exits = []struct {
	exit    int
	code    string // in the JSON line; may be empty
	err     error
	meaning string
}{
	{exitOK, "", nil, "done; an image without a card is no error"},
	{exitError, "internal", nil, "something failed that is not listed below"},
	{exitUsage, "", nil, "the command line was wrong"},
	{exitPartial, "", nil, "some of several images failed, or all of them in different ways; or redact is unsure of some"},
	{exitSkipped, "", nil, "every image was read, but directories hold files that are not images; they were named"},
	{exitFound, "", nil, "scan found card numbers"},
	{exitMalformed, "malformed", kahao.ErrMalformed, "not an image, or a damaged one"},
	{exitUnsupported, "unsupported", kahao.ErrUnsupported, "an image format that is not supported, such as GIF"},
	{exitTooLarge, "too_large", kahao.ErrTooLarge, "more bytes or pixels than allowed"},
	{exitEmpty, "empty", kahao.ErrEmpty, "an empty file"},
	{exitUnreadable, "unreadable", errMissing, "the file or directory is missing or cannot be read"},
	{exitNotFound, "not_found", errNotFound, "no such account, user, key, bucket, pack or charge"},
	{exitRefused, "refused", errRefused, "the rules of accounts and ledger do not allow it; the message says which"},
	{exitVerification, "broken", errBroken, "ledger verification failed, or acknowledged data is missing or corrupt"},
	{exitInterrupted, "interrupted", context.Canceled, "interrupted"},
}

// errVerification: an invariant of the ledger does not hold.
var errVerification = errors.New("ledger verification failed")

// errorGroup is an error that stands for several.
type errorGroup struct {
	name string
	of   []error
}

// Error is the group's name.
func (g *errorGroup) Error() string { return g.name }

// contains reports whether an error is one of the group's.
func (g *errorGroup) contains(err error) bool {
	return slices.ContainsFunc(g.of, func(e error) bool { return errors.Is(err, e) })
}

var (
	errBroken   = &errorGroup{"broken", []error{errVerification, sqlite.ErrLoss, sqlite.ErrDamaged}}
	errMissing  = &errorGroup{"missing", []error{input.ErrUnreadable, store.ErrNoDatabase}}
	errNotFound = &errorGroup{"not found", []error{account.ErrUnknown, ledger.ErrUnknown, policy.ErrUnknown}}
	errRefused  = &errorGroup{"refused", []error{
		account.ErrExists, account.ErrTooMany, account.ErrRefused, account.ErrIncomplete, billing.ErrRefund, billing.ErrRemainder,
		billing.ErrNegotiated, billing.ErrAmount, billing.ErrCalendar, ledger.ErrState, masking.ErrPolicy, policy.ErrDocument,
	}}
)

// usageError is a mistake on the command line.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func misuse(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// reportedError is the exit code of errors that were printed already, next to
// the images that they are about.
type reportedError struct{ exit int }

func (e *reportedError) Error() string { return "failed" }

// exitCode returns the exit code for an error of a command.
func exitCode(err error) int {
	var misuse *usageError
	var reported *reportedError
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &misuse):
		return exitUsage
	case errors.As(err, &reported):
		return reported.exit
	}
	exit, _ := classify(err)
	return exit
}

// classify returns the exit code and the JSON line's code for an error.
func classify(err error) (exit int, code string) {
	for _, e := range exits {
		if g, ok := e.err.(*errorGroup); ok && g.contains(err) {
			return e.exit, e.code
		}
		if e.err != nil && errors.Is(err, e.err) {
			return e.exit, e.code
		}
	}
	var path *fs.PathError
	if errors.As(err, &path) && path.Op != "write" {
		return exitUnreadable, "unreadable"
	}
	return exitError, "internal"
}

// message is an error's text without the package that it comes from.
func message(err error) string { return strings.TrimPrefix(err.Error(), "kahao: ") }

// summary counts the images of a run by their outcome. An image counts for its
// best card.
type summary struct {
	all, accepted, review, rejected, none, failed int

	skipped int // files of directories that are no images
	exit    int // of the failures, while they agree
}

func (t *summary) add(got outcome) {
	t.all++
	err := got.err
	if err == nil {
		t.count(got.reading)
		return
	}
	t.fail(err)
}

// fail counts an image that failed.
func (t *summary) fail(err error) {
	t.failed++
	exit, _ := classify(err)
	if t.exit != 0 && t.exit != exit {
		exit = exitPartial
	}
	t.exit = exit
}

// count counts a reading. Its cards are sorted by verdict.
func (t *summary) count(r *kahao.Reading) {
	if len(r.Cards) == 0 {
		t.none++
		return
	}
	switch r.Cards[0].Verdict {
	case kahao.VerdictAccept:
		t.accepted++
	case kahao.VerdictReview:
		t.review++
	default:
		t.rejected++
	}
}

// err is nil if every image was read and nothing was skipped; otherwise it
// carries the exit code: that of the failures if all failed alike, else
// exitPartial.
func (t *summary) err() error {
	switch {
	case t.failed == 0 && t.skipped == 0:
		return nil
	case t.failed == 0:
		return &reportedError{exitSkipped}
	case t.failed < t.all:
		return &reportedError{exitPartial}
	}
	return &reportedError{t.exit}
}
