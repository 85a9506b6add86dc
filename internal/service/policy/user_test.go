package policy

import (
	"errors"
	"testing"
)

func TestForUser(t *testing.T) {
	deny := []byte(`{"version":"2.0","statement":[{"effect":"deny","action":["ocr:BankCardOCR"],"resource":"*"}]}`)
	for _, c := range []struct {
		name     string
		main     bool
		attached []Attached
		allowed  bool
		usage    Usage
		err      error
	}{
		{"the main user", true, nil, true, Everyone, nil},
		{"the main user, whatever its policies", true, []Attached{{"none", nil}}, true, Everyone, nil},
		{"a sub-account without policies", false, nil, false, None, nil},
		{"a preset", false, []Attached{{"QcloudOCRFullAccess", nil}}, true, Everyone, nil},
		{"a document that denies", false, []Attached{{"QcloudOCRFullAccess", nil}, {"no-cards", deny}}, false, Everyone, nil},
		{"its own usage", false, []Attached{{"QcloudOCRReadSelfUinUsage", nil}}, true, Own, nil},
		{"no such preset", false, []Attached{{"none", nil}}, false, None, ErrUnknown},
		{"not a document", false, []Attached{{"mine", []byte("{}")}}, false, None, ErrDocument},
	} {
		set, err := ForUser("100000000002", c.main, c.attached)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: error %v, want %v", c.name, err, c.err)
		}
		if got := set.Allows(Recognise, All); got != c.allowed {
			t.Errorf("%s: Allows = %v, want %v", c.name, got, c.allowed)
		}
		if got := set.Usage(QueryCalls); got != c.usage {
			t.Errorf("%s: Usage = %v, want %v", c.name, got, c.usage)
		}
	}
}

// Decide names the statement that decides: a denial, or else the first
// permission.
func TestDecide(t *testing.T) {
	deny := Attached{"no-cards", []byte(`{"version":"2.0","statement":[{"effect":"allow","action":"ocr:Query*","resource":"*"},{"effect":"deny","action":"ocr:BankCardOCR","resource":"*"}]}`)}
	s, err := ForUser("7", false, []Attached{{Name: "QcloudOCRFullAccess"}, deny})
	if err != nil {
		t.Fatalf("ForUser: %v", err)
	}
	for action, want := range map[string]Decision{
		Recognise:  {false, "no-cards", 2},
		QueryCalls: {true, "QcloudOCRFullAccess", 1},
		"cos:Get":  {},
	} {
		if got := s.Decide(action, All); got != want {
			t.Errorf("Decide(%s) = %+v, want %+v", action, got, want)
		}
	}
	main, _ := ForUser("1", true, nil)
	if got := main.Decide(Recognise, All); got != (Decision{Allowed: true}) {
		t.Errorf("Decide of the main user = %+v, want allowed without a statement", got)
	}
}

// A policy replaces the one of its name; presets and documents do not share
// names.
func TestAttach(t *testing.T) {
	document := []byte(`{"version":"2.0","statement":[{"effect":"allow","action":"*","resource":"*"}]}`)
	all, err := Attach(nil, Attached{Name: "mine", Document: document})
	if err != nil || len(all) != 1 {
		t.Fatalf("Attach = %v, %v, want one policy", all, err)
	}
	if all, err = Attach(all, Attached{Name: "mine", Document: document}); err != nil || len(all) != 1 {
		t.Errorf("Attach of the same name = %v, %v, want one policy", all, err)
	}
	if all, err = Attach(all, Attached{Name: "QcloudOCRFullAccess"}); err != nil || len(all) != 2 {
		t.Errorf("Attach of a preset = %v, %v, want two policies", all, err)
	}
	for want, p := range map[error]Attached{
		ErrUnknown: {Name: "none"}, ErrAttach: {Name: "QcloudOCRFullAccess", Document: document}, ErrDocument: {Name: "x", Document: []byte("{}")},
	} {
		if _, err := Attach(all, p); !errors.Is(err, want) {
			t.Errorf("Attach(%s) = %v, want %v", p.Name, err, want)
		}
	}
	if left := Detach(all, "mine"); len(left) != 1 || len(all) != 2 {
		t.Errorf("Detach left %v of %v, want one of two", left, all)
	}
}
