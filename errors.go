package kahao

import (
	"errors"
	"fmt"
)

// Errors of a reading, for errors.Is.
var (
	// ErrEmpty: the file has no bytes, or the image no pixels.
	ErrEmpty = errors.New("kahao: empty")
	// ErrMalformed: the file is a damaged image, or no image.
	ErrMalformed = errors.New("kahao: malformed")
	// ErrUnsupported: the file has a format that is not read, such as GIF.
	ErrUnsupported = errors.New("kahao: unsupported")
	// ErrTooLarge: more bytes, pixels or decoding work than allowed, or a side of
	// more than 1,000 pixels that is more than 100 times as long as the other.
	ErrTooLarge = errors.New("kahao: too large")
	// ErrNoCard: the image was read and shows no card number.
	ErrNoCard = errors.New("kahao: no card number in the image")
)

// ImageError says why an image cannot be read.
type ImageError struct {
	Kind   error  // ErrEmpty, ErrMalformed, ErrUnsupported or ErrTooLarge
	Format Format // "" if the file's first bytes do not tell
	Detail string // what was found, and the limit that it exceeds

	cause error // of a decoder
}

// Error implements error.
func (e *ImageError) Error() string {
	text := e.Kind.Error()
	if e.Format != "" {
		text += " " + string(e.Format)
	}
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.cause != nil {
		text = fmt.Sprintf("%s: %v", text, e.cause)
	}
	return text
}

// Unwrap returns Kind and, if there is one, the decoder's error.
func (e *ImageError) Unwrap() []error {
	if e.cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.cause}
}
