package imagein

import (
	"errors"
	"fmt"
)

// The families of error. Every error that this package returns, except those
// of the context, is one of them for errors.Is, and its text says what was
// found and which limit it met.
var (
	// ErrEmpty: there are no bytes at all.
	ErrEmpty = errors.New("picture: empty")
	// ErrMalformed: the bytes are a damaged picture, or no picture.
	ErrMalformed = errors.New("picture: malformed")
	// ErrUnsupported: a well-known kind of file, or a variant of one, that is
	// not read, such as GIF or an animation.
	ErrUnsupported = errors.New("picture: unsupported")
	// ErrTooLarge: more bytes, pixels, scans, work or memory than allowed.
	ErrTooLarge = errors.New("picture: too large")
)

// Error says what is wrong with one picture.
type Error struct {
	Family error  // ErrEmpty, ErrMalformed, ErrUnsupported or ErrTooLarge
	Kind   Kind   // as sniffed; KindUnknown before that
	Detail string // what was found, and the limit where there is one
	Cause  error  // the decoder's own error, or nil
}

// Error returns one line for people.
func (e *Error) Error() string {
	s := e.Family.Error()
	if e.Kind != KindUnknown {
		s += " " + e.Kind.String()
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives errors.Is the family and the decoder's own error.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Family}
	}
	return []error{e.Family, e.Cause}
}

func malformed(k Kind, format string, args ...any) error {
	return &Error{Family: ErrMalformed, Kind: k, Detail: fmt.Sprintf(format, args...)}
}

func unsupported(k Kind, format string, args ...any) error {
	return &Error{Family: ErrUnsupported, Kind: k, Detail: fmt.Sprintf(format, args...)}
}

func tooLarge(k Kind, format string, args ...any) error {
	return &Error{Family: ErrTooLarge, Kind: k, Detail: fmt.Sprintf(format, args...)}
}
