package redact

import (
	"errors"
	"strings"
	"testing"
)

func TestError(t *testing.T) {
	for text, want := range map[string]string{
		"no room for 514958888888888":                    "no room for ***************",
		"514958888888888, 1234567 and 0":                 "***************, 1234567 and 0",
		"line 12345678":                                  "line ********",
		strings.Repeat("x", 400):                         strings.Repeat("x", 300),
		strings.Repeat("x", 295) + "6227000000000000003": strings.Repeat("x", 295) + "62270",
	} {
		if got := Error(errors.New(text)); got != want {
			t.Errorf("Error(%q) = %q, want %q", text, got, want)
		}
	}
}

func TestPanic(t *testing.T) {
	if got := Panic("reading 514958888888888").Error(); got != "panic with a string" {
		t.Errorf("Panic of a string = %q, want its type only", got)
	}
	defer func() {
		if got := Panic(recover()).Error(); !strings.Contains(got, "index out of range") {
			t.Errorf("Panic of a runtime error = %q, want its text", got)
		}
	}()
	_ = []int{}[len(t.Name())]
}

func TestFrames(t *testing.T) {
	if got := Frames(0); !strings.HasPrefix(got, "github.com/kahao/kahao/internal/redact.TestFrames redact_test.go:") {
		t.Errorf("Frames(0) = %q, want this test first", got)
	}
}
