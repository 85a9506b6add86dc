package audit

import (
	"context"
	"strings"
	"testing"
)

// No value of an entry can carry a card number, however it is written.
func TestRedacted(t *testing.T) {
	for text, want := range map[string]string{
		"":                                   "",
		"4000001234567899":                   "****************",
		"card 4000 0012 3456 7899, gold":     "card **** **** **** ****, gold",
		"4000-0012-3456-7899":                "****-****-****-****",
		"x14000001234567899y":                "x*****************y",
		"1250000001":                         "1250000001",
		"2026-11-30":                         "2026-11-30",
		"4000001234567898":                   "4000001234567898", // its check digit is wrong
		"two 4000001234567899 and 12":        "two **************** and 12",
		strings.Repeat("1", 11) + " charges": strings.Repeat("1", 11) + " charges",
	} {
		if got := (Values{"v": text}).Redacted()["v"]; got != want {
			t.Errorf("Redacted(%q) = %q, want %q", text, got, want)
		}
	}
}

// A change fills in what only it knows, once.
func TestCreated(t *testing.T) {
	Created(context.Background(), "1", "2") // nobody to tell
	ctx := With(context.Background(), Entry{Actor: Operator, Account: "7"})
	Created(ctx, "1", "2")
	Created(ctx, "3", "4")
	if e := From(ctx); e.Account != "7" || e.Target != "2" {
		t.Errorf("the entry has account %q and target %q, want 7 and 2", e.Account, e.Target)
	}
}
