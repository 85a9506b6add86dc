package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/masking"
	"github.com/kahao/kahao/internal/service/policy"
)

// Exit codes. Numbers are never reused; docs/cli.md is generated from exits.
const (
	exitOK          = 0
	exitError       = 1
	exitUsage       = 2
	exitPartial     = 3
	exitMalformed   = 10
	exitUnsupported = 11
	exitTooLarge    = 12
	exitEmpty       = 13
	exitUnreadable  = 14
	exitNotFound    = 20
	exitRefused     = 21
	exitBroken      = 22
	exitInterrupted = 130
)

// exits says what each exit code means, and which code of the JSON line and
// which error lead to it. The first error that matches decides.
var exits = []struct {
	exit    int
	code    string // in the JSON line; "" where there is none
	err     error
	meaning string
}{
	{exitOK, "", nil, "done; a picture without a card is no error"},
	{exitError, "internal", nil, "something failed that is not listed below"},
	{exitUsage, "", nil, "the command line was wrong"},
	{exitPartial, "", nil, "some of several pictures failed, or all of them in different ways"},
	{exitMalformed, "malformed", kahao.ErrMalformed, "not a picture, or a damaged one"},
	{exitUnsupported, "unsupported", kahao.ErrUnsupported, "a kind of picture that is not read, such as GIF"},
	{exitTooLarge, "too_large", kahao.ErrTooLarge, "more bytes or pixels than allowed"},
	{exitEmpty, "empty", kahao.ErrEmpty, "an empty file"},
	{exitUnreadable, "unreadable", errUnreadable, "the file or folder is missing or cannot be read"},
	{exitNotFound, "not_found", errNotFound, "no such account, user, key, bucket, pack or charge"},
	{exitRefused, "refused", errRefused, "the rules of accounts and books do not allow it; the message says which"},
	{exitBroken, "broken", errBroken, "the books are not whole"},
	{exitInterrupted, "interrupted", context.Canceled, "interrupted"},
}

// errUnreadable marks failures to get at a picture's bytes.
var errUnreadable = errors.New("cannot be read")

// errBroken: an invariant of the books does not hold.
var errBroken = errors.New("the books are not whole")

// group is an error that stands for several.
type group struct {
	name string
	of   []error
}

// Error is the group's name.
func (g *group) Error() string { return g.name }

// holds reports whether an error is one of the group's.
func (g *group) holds(err error) bool {
	return slices.ContainsFunc(g.of, func(one error) bool { return errors.Is(err, one) })
}

var (
	errNotFound = &group{"not found", []error{account.ErrUnknown, ledger.ErrUnknown}}
	errRefused  = &group{"refused", []error{
		account.ErrExists, account.ErrTooMany, account.ErrRefused, account.ErrIncomplete, billing.ErrRefund, billing.ErrRemainder,
		billing.ErrNegotiated, billing.ErrAmount, billing.ErrCalendar, ledger.ErrState, masking.ErrPolicy, policy.ErrDocument,
	}}
)

// usageError is a command line that cannot be followed.
type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }

func misuse(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// failedFiles tells the exit code of pictures whose errors were already
// reported beside their names.
type failedFiles struct{ exit int }

func (e *failedFiles) Error() string { return "some pictures could not be read" }

// exitCode returns the exit code for an error of a command.
func exitCode(err error) int {
	var misuse *usageError
	var files *failedFiles
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &misuse):
		return exitUsage
	case errors.As(err, &files):
		return files.exit
	}
	exit, _ := classify(err)
	return exit
}

// classify returns the exit code and the JSON line's code for an error.
func classify(err error) (exit int, code string) {
	for _, e := range exits {
		if g, ok := e.err.(*group); ok && g.holds(err) {
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

// message is an error's text; beside a picture's name it needs no other hint
// at what it is about.
func message(err error) string { return strings.TrimPrefix(err.Error(), "kahao: ") }

// tally counts the pictures of a run and what became of them.
type tally struct {
	all, failed int
	exit        int // of the failures, while they agree
}

func (t *tally) add(err error) {
	t.all++
	if err == nil {
		return
	}
	t.failed++
	exit, _ := classify(err)
	if t.exit != 0 && t.exit != exit {
		exit = exitPartial
	}
	t.exit = exit
}

// err is nil when every picture was read; otherwise it carries the exit code:
// the failures' own when all failed alike, else exitPartial.
func (t *tally) err() error {
	switch {
	case t.failed == 0:
		return nil
	case t.failed < t.all:
		return &failedFiles{exitPartial}
	}
	return &failedFiles{t.exit}
}
