// Package term prints for people at terminals: tables whose columns stay
// straight where Chinese names stand in them, and a progress bar.
package term

import (
	"strings"
	"unicode/utf8"
)

// wide reports whether a terminal draws r over two columns (East Asian Width
// W and F, the blocks that names of banks and cards use).
func wide(r rune) bool {
	return r >= 0x1100 && r <= 0x115F || r >= 0x2E80 && r <= 0xA4CF || r >= 0xAC00 && r <= 0xD7A3 ||
		r >= 0xF900 && r <= 0xFAFF || r >= 0xFE30 && r <= 0xFE6F || r >= 0xFF00 && r <= 0xFF60 ||
		r >= 0xFFE0 && r <= 0xFFE6 || r >= 0x20000 && r <= 0x3FFFD
}

// Columns is how many columns s takes on a terminal.
func Columns(s string) int {
	n := utf8.RuneCountInString(s)
	for _, r := range s {
		if wide(r) {
			n++
		}
	}
	return n
}

// Pad fills s with blanks to w columns: at its end, or where w is negative
// at its beginning.
func Pad(s string, w int) string {
	if w < 0 {
		return strings.Repeat(" ", max(0, -w-Columns(s))) + s
	}
	return s + strings.Repeat(" ", max(0, w-Columns(s)))
}

// Row sets cells in columns of the given widths, two blanks between them.
func Row(widths []int, cells ...string) string {
	padded := make([]string, len(cells))
	for i := range cells {
		padded[i] = Pad(cells[i], widths[i])
	}
	return strings.TrimRight(strings.Join(padded, "  "), " ")
}

// Visible makes a file's name or an error printable on one line: control
// characters could otherwise write over the terminal.
func Visible(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r == utf8.RuneError {
			return '?'
		}
		return r
	}, s)
}

// Shorten cuts s to w columns. It keeps the end: that is where the names of
// files differ.
func Shorten(s string, w int) string {
	if Columns(s) <= w {
		return s
	}
	r := []rune(s)
	for len(r) > 0 && Columns(string(r)) > w-1 {
		r = r[1:]
	}
	return "…" + string(r)
}
