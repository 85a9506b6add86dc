package pan

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestNewPartial(t *testing.T) {
	for text, want := range map[string]error{
		"": ErrEmpty, strings.Repeat("?", 65): ErrLong, "5412970000002044": ErrNotPartial, "5412 97??": ErrNotPartial,
		"5412*?": ErrNotPartial, "541297??????2044": nil, "????": nil,
	} {
		p, err := NewPartial(text)
		if !errors.Is(err, want) {
			t.Errorf("NewPartial(%q) = %v, want %v", text, err, want)
		}
		if err == nil && (p.Reveal() != text || p.Len() != len(text) || p.IsZero()) {
			t.Errorf("NewPartial(%q) has the digits %q", text, p.Reveal())
		}
	}
	if p := (Partial{}); p.Reveal() != "" || p.Len() != 0 || !p.IsZero() {
		t.Errorf("the zero Partial has the digits %q", p.Reveal())
	}
}

func TestPartialMasked(t *testing.T) {
	for text, want := range map[string]string{
		"541297??????2044": "541297??????2044", "5412978123??2044": "541297****??2044", "????978123452044": "????97******2044",
		"1234????": "****????", "12?": "**?",
	} {
		if p, _ := NewPartial(text); p.Masked() != want {
			t.Errorf("Masked of %q = %q, want %q", text, p.Masked(), want)
		}
	}
}

// However a Partial is printed, logged or encoded, the digits between the
// first six and the last four stay hidden.
func TestPartialNeverPrintsItsDigits(t *testing.T) {
	p, err := NewPartial("5412978123??2044")
	if err != nil {
		t.Fatalf("NewPartial: %v", err)
	}
	type holder struct {
		Open   Partial
		hidden Partial
	}
	h := holder{p, p}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%20s"} {
		fmt.Fprintf(&out, verb+"\n", p)
		fmt.Fprintf(&out, verb+"\n", h)
		fmt.Fprintf(&out, verb+"\n", &h)
	}
	slog.New(slog.NewTextHandler(&out, nil)).Info("read", "number", p, "holder", h)
	if err := json.NewEncoder(&out).Encode(map[string]any{"p": p, "h": h}); err != nil {
		t.Fatalf("Encode: %v", err)
	}
	if strings.Contains(out.String(), "8123") || !strings.Contains(out.String(), "541297****??2044") {
		t.Errorf("printed as %s, want 541297****??2044 and never the digits between", out.String())
	}
}

func TestPartialEqual(t *testing.T) {
	a, _ := NewPartial("12??")
	b, _ := NewPartial("12??")
	c, _ := NewPartial("12?")
	if !a.Equal(b) || a.Equal(c) || a.Equal(Partial{}) || !(Partial{}).Equal(Partial{}) {
		t.Error("Equal does not compare the digits")
	}
}
