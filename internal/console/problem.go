package console

import (
	"errors"
	"net/http"
	"strings"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/masking"
	"github.com/kahao/kahao/internal/service/policy"
)

// problems are the errors of services that a form explains, with their
// messages. detail says that the error's own text says more.
var problems = []struct {
	err    error
	key    string
	detail bool
}{
	{account.ErrExists, "problem.exists", false},
	{account.ErrTooMany, "problem.toomany", false},
	{billing.ErrRemainder, "problem.remainder", false},
	{billing.ErrRefund, "problem.refund", true},
	{billing.ErrAmount, "problem.amount", false},
	{billing.ErrCalendar, "problem.date", false},
	{billing.ErrNegotiated, "problem.negotiated", false},
	{masking.ErrPolicy, "problem.publickey", true},
	{policy.ErrDocument, "problem.document", true},
	{policy.ErrUnknown, "problem.preset", false},
	{policy.ErrAttach, "problem.attach", false},
	{account.ErrRefused, "problem.refused", true},
	{account.ErrIncomplete, "problem.incomplete", true},
	{errInput, "problem.input", false},
}

// errInput means that a field has no value of its kind.
var errInput = errors.New("console: invalid input")

// problem returns what a form says about an error, or false for one that is no
// mistake of the form.
func (p *page) problem(err error) (text string, ok bool) {
	for _, known := range problems {
		if !errors.Is(err, known.err) {
			continue
		}
		text := p.t(known.key)
		if known.detail {
			text += " " + strings.TrimPrefix(err.Error(), known.err.Error()+": ")
		}
		return text, true
	}
	return "", false
}

// again shows a page again with the error of its form, or returns the error if
// the form cannot explain it.
func (p *page) again(err error, show func(status int, problem string) error) error {
	text, ok := p.problem(err)
	if !ok {
		return err
	}
	return show(http.StatusUnprocessableEntity, text)
}
