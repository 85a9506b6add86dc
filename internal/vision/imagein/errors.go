package imagein

import (
	"errors"
	"fmt"
)

// The kinds of error. Every error of this package, except those of the context,
// is one of them for errors.Is. Its text says what was found, and the limit
// that it exceeds.
var (
	// ErrEmpty: there are no bytes.
	ErrEmpty = errors.New("image: empty")
	// ErrMalformed: the bytes are a damaged image, or no image.
	ErrMalformed = errors.New("image: malformed")
	// ErrUnsupported: a well-known format, or a variant of one, that is not
	// read, such as GIF or an animation.
	ErrUnsupported = errors.New("image: unsupported")
	// ErrTooLarge: more bytes, pixels, scans, work or memory than allowed, or one
	// side too long for the other.
	ErrTooLarge = errors.New("image: too large")
)

// Error says what is wrong with one image.
type Error struct {
	Kind   error  // ErrEmpty, ErrMalformed, ErrUnsupported or ErrTooLarge
	Format Format // as sniffed; FormatUnknown before that
	Detail string // what was found, and the limit that it exceeds
	Cause  error  // the decoder's own error, or nil
}

// Error implements error.
func (e *Error) Error() string {
	s := e.Kind.Error()
	if e.Format != FormatUnknown {
		s += " " + e.Format.String()
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns Kind and, if there is one, Cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

func malformed(k Format, format string, args ...any) error {
	return &Error{Kind: ErrMalformed, Format: k, Detail: fmt.Sprintf(format, args...)}
}

func unsupported(k Format, format string, args ...any) error {
	return &Error{Kind: ErrUnsupported, Format: k, Detail: fmt.Sprintf(format, args...)}
}

func tooLarge(k Format, format string, args ...any) error {
	return &Error{Kind: ErrTooLarge, Format: k, Detail: fmt.Sprintf(format, args...)}
}
