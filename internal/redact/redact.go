// Package redact says of errors and panics what may be logged: nothing that
// could be a card number.
package redact

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// Panic returns a panic's value as an error that may be logged. The value may
// quote what was being worked on, card numbers included; the runtime's own
// errors do not.
func Panic(value any) error { return panicked{value} }

type panicked struct{ value any }

// Error names the panic.
func (e panicked) Error() string {
	if err, ok := e.value.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("panic with a %T", e.value)
}

// Frames says where the caller was called from, but for so many frames nearest
// to it: functions and lines alone. A stack as the runtime prints it has the
// words of arguments in it.
func Frames(skip int) string {
	var pcs [32]uintptr
	list := runtime.CallersFrames(pcs[:runtime.Callers(skip+2, pcs[:])])
	var b strings.Builder
	for {
		f, more := list.Next()
		fmt.Fprintf(&b, "%s %s:%d\n", f.Function, filepath.Base(f.File), f.Line)
		if !more {
			return b.String()
		}
	}
}

// longest keeps a log line short.
const longest = 300

// Error is the text of an error with every run of digits that could be a card
// number masked.
func Error(err error) string {
	text := []byte(err.Error())
	if len(text) > longest {
		text = text[:longest]
	}
	run := 0
	for i := 0; i <= len(text); i++ {
		if i < len(text) && text[i] >= '0' && text[i] <= '9' {
			run++
			continue
		}
		if run >= 8 {
			for j := i - run; j < i; j++ {
				text[j] = '*'
			}
		}
		run = 0
	}
	return string(text)
}
