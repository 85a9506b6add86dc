package evaluate

import "strings"

// Pattern is a number in a label: digits, and '?' for a hidden glyph, which any
// digit or none matches.
type Pattern string

// ParsePattern takes a label's number as printed: blanks and dashes separate
// groups, '_' is an empty cell of a line crop. ok is false for other characters.
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

// Match reports whether a number read matches the label.
func (p Pattern) Match(number string) bool {
	if p == "" {
		return number == ""
	}
	if p[0] != '?' {
		return number != "" && number[0] == p[0] && p[1:].Match(number[1:])
	}
	return p[1:].Match(number) || number != "" && p[1:].Match(number[1:])
}

// Len is the number of positions, including hidden ones.
func (p Pattern) Len() int { return len(p) }

// Hidden reports whether a position is hidden.
func (p Pattern) Hidden() bool { return strings.Contains(string(p), "?") }
