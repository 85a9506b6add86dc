package term

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Style is how text may look on a writer.
type Style struct {
	Color   bool // colours, by ANSI escape sequences
	Symbols bool // symbols beside words; on terminals only, so that scripts see words alone
	Width   int  // columns of the terminal; 0 means unlimited
}

// StyleOf returns the style of a writer: plain unless it is a terminal. NO_COLOR
// (https://no-color.org) and TERM=dumb switch colours off.
func StyleOf(w io.Writer, getenv func(string) string) Style {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return Style{}
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		width = 0
	}
	return styleOf(width, getenv)
}

func styleOf(width int, getenv func(string) string) Style {
	return Style{Color: getenv("NO_COLOR") == "" && getenv("TERM") != "dumb", Symbols: true, Width: width}
}

// Color is a colour of text.
type Color string

// The colours.
const (
	Green  Color = "\x1b[32m"
	Yellow Color = "\x1b[33m"
	Red    Color = "\x1b[31m"
)

// Paint colours a text if the style has colours.
func (s Style) Paint(text string, c Color) string {
	if !s.Color || text == "" {
		return text
	}
	return string(c) + text + "\x1b[0m"
}

// Cut cuts s to w columns. It keeps the start.
func Cut(s string, w int) string {
	if Columns(s) <= w {
		return s
	}
	r := []rune(s)
	for len(r) > 0 && Columns(string(r)) > w-1 {
		r = r[:len(r)-1]
	}
	return string(r) + "…"
}
