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
