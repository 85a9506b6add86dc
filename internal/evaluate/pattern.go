package evaluate

import "strings"

// Pattern is a number as a label gives it: digits, and '?' where a glyph is
// hidden, so that any digit, or none, is right there.
type Pattern string

// ParsePattern takes a label's number as printed: blanks and dashes group,
// and '_' is an empty cell of a strip. ok is false where there is anything
// else in it.
func ParsePattern(printed string) (p Pattern, ok bool) {
	var b strings.Builder
	for _, r := range printed {
		switch {
		case r >= '0' && r <= '9' || r == '?':
			b.WriteRune(r)
		case r != ' ' && r != '_' && r != '-' && r != '\u00a0':
			return "", false
		}
	}
	return Pattern(b.String()), true
}

// Match reports whether a number read is what the label says.
func (p Pattern) Match(number string) bool {
	if p == "" {
		return number == ""
	}
	if p[0] != '?' {
		return number != "" && number[0] == p[0] && p[1:].Match(number[1:])
	}
	return p[1:].Match(number) || number != "" && p[1:].Match(number[1:])
}

// Len is the count of positions, hidden ones among them.
func (p Pattern) Len() int { return len(p) }

// Hidden reports whether some position is.
func (p Pattern) Hidden() bool { return strings.Contains(string(p), "?") }
