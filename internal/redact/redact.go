// Package redact removes possible card numbers from errors and panics, so that
// they may be logged.
package redact

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
)

// Panic converts the value of a panic to an error that may be logged. The value
// may contain the data that was being processed, card numbers included; only
// errors of the runtime do not.
func Panic(value any) error { return panicked{value} }

type panicked struct{ value any }

// Error is the runtime's error, or the type of the value.
func (e panicked) Error() string {
	if err, ok := e.value.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("panic with a %T", e.value)
}

// Frames returns the call stack without the nearest skip frames: functions and
// lines only. A stack printed by the runtime contains the values of arguments.
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

// maxLen bounds the text of an error.
const maxLen = 300

// Error returns the text of an error with every run of 8 or more digits masked.
func Error(err error) string {
	text := []byte(err.Error())
	if len(text) > maxLen {
		text = text[:maxLen]
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
