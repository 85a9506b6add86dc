// Package audit describes the changes that people make: who, when, from where,
// and what. A change carries its Entry in the context; the store writes the
// entry in the transaction that makes the change, so that neither exists
// without the other.
package audit

import (
	"context"
	"strings"
	"time"

	"github.com/kahao/kahao/pan"
)

// Actors that are no users.
const (
	Operator = "operator" // in the console
	Command  = "command"  // whoever runs a command on the database
)

// Values are what an entry says of a thing before or after the change, by
// name. They must not contain secrets.
type Values map[string]string

// Entry is one change.
type Entry struct {
	Seq     int64     `json:"seq"`
	At      time.Time `json:"at"`
	Account string    `json:"appid"`  // that was changed; empty for the server's own settings
	Actor   string    `json:"actor"`  // Operator, Command, or a user's ID
	Origin  string    `json:"origin"` // the client's address, or empty
	Action  string    `json:"action"` // such as key.create
	Target  string    `json:"target"` // ID of what was changed
	Before  Values    `json:"before,omitempty"`
	After   Values    `json:"after,omitempty"`
}

type entryKey struct{}

// With returns a context whose changes are recorded as e. The change may fill
// in the account and the target, with Created.
func With(ctx context.Context, e Entry) context.Context {
	return context.WithValue(ctx, entryKey{}, &e)
}

// From returns the entry to record, or nil for changes that no person makes.
func From(ctx context.Context) *Entry {
	e, _ := ctx.Value(entryKey{}).(*Entry)
	return e
}

// Created tells the entry of ctx which account and which thing a change
// creates, as far as the entry does not have them.
func Created(ctx context.Context, account, target string) {
	e := From(ctx)
	if e == nil {
		return
	}
	if e.Account == "" {
		e.Account = account
	}
	if e.Target == "" {
		e.Target = target
	}
}

// Redacted returns the values as they may be kept: digits that could be a card
// number are masked.
func (v Values) Redacted() Values {
	kept := Values{}
	for name, value := range v {
		kept[name] = maskNumbers(value)
	}
	return kept
}

// maskNumbers replaces the digits of whatever could be a card number: a run of
// digits, spaces and hyphens in which a number of the right length has a valid
// check digit.
func maskNumbers(text string) string {
	out := []byte(text)
	for i := 0; i < len(out); i++ {
		if !isDigit(out[i]) {
			continue
		}
		end := i
		for j := i; j < len(out) && (isDigit(out[j]) || out[j] == ' ' || out[j] == '-'); j++ {
			if isDigit(out[j]) {
				end = j + 1
			}
		}
		digits := strings.NewReplacer(" ", "", "-", "").Replace(string(out[i:end]))
		if hasNumber(digits) {
			for ; i < end; i++ {
				if isDigit(out[i]) {
					out[i] = '*'
				}
			}
		}
		i = end
	}
	return string(out)
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func hasNumber(digits string) bool {
	for from := range digits {
		for n := pan.MinDigits; n <= pan.MaxDigits && from+n <= len(digits); n++ {
			if pan.Luhn(digits[from : from+n]) {
				return true
			}
		}
	}
	return false
}

// Filter selects entries.
type Filter struct {
	Account string // empty means all, the server's own included
	Before  int64  // only entries with a lower Seq; 0 means from the newest
	Limit   int
}
