// Package secret holds values that must not be printed or logged: with every
// verb, and as JSON, they show as Redacted. An unexported field of a struct is
// printed by reflection and not protected; embed Hidden in the struct instead.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what a secret prints as.
const Redacted = "[secret]"

// Text is a secret string. Convert it to use it.
type Text string

// Bytes are secret bytes.
type Bytes []byte

// Hidden makes a struct that embeds it print as Redacted.
type Hidden struct{}

func (Text) String() string   { return Redacted }
func (Bytes) String() string  { return Redacted }
func (Hidden) String() string { return Redacted }

// GoString returns Redacted.
func (Text) GoString() string { return Redacted }

// GoString returns Redacted.
func (Bytes) GoString() string { return Redacted }

// GoString returns Redacted.
func (Hidden) GoString() string { return Redacted }

// Format writes Redacted whatever the verb.
func (Text) Format(f fmt.State, _ rune) { write(f) }

// Format writes Redacted whatever the verb.
func (Bytes) Format(f fmt.State, _ rune) { write(f) }

// Format writes Redacted whatever the verb.
func (Hidden) Format(f fmt.State, _ rune) { write(f) }

func write(w io.Writer) { _, _ = io.WriteString(w, Redacted) }

// LogValue returns Redacted.
func (Text) LogValue() slog.Value { return slog.StringValue(Redacted) }

// LogValue returns Redacted.
func (Bytes) LogValue() slog.Value { return slog.StringValue(Redacted) }

// LogValue returns Redacted.
func (Hidden) LogValue() slog.Value { return slog.StringValue(Redacted) }

// MarshalText returns Redacted.
func (Text) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// MarshalText returns Redacted.
func (Bytes) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// MarshalText returns Redacted.
func (Hidden) MarshalText() ([]byte, error) { return []byte(Redacted), nil }
