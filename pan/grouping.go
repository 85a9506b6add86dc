package pan

import "strings"

// Groupings returns the ways in which a number of the given network and
// length is set on the plastic, the usual one first (spec/bins.md, section 3:
// a habit of card makers, never a rule that a number must keep to).
func Groupings(network string, length int) [][]int {
	switch {
	case network == "amex" && length == 15, length == 15 && network == "jcb":
		return [][]int{{4, 6, 5}}
	case length == 14:
		return [][]int{{4, 6, 4}}
	}
	fours := inFours(length)
	if network != "unionpay" {
		return [][]int{fours}
	}
	switch length {
	case 17:
		return [][]int{fours, {6, 11}, {17}}
	case 18:
		return [][]int{{6, 12}, fours, {18}}
	case 19:
		return [][]int{fours, {6, 13}, {19}}
	}
	return [][]int{fours}
}

// Grouping returns the usual one of Groupings.
func Grouping(network string, length int) []int { return Groupings(network, length)[0] }

// Group puts a blank between the groups of a string. Characters beyond the
// last group follow it without one.
func Group(s string, grouping []int) string {
	var b strings.Builder
	for i, n := range grouping {
		if n >= len(s) || i == len(grouping)-1 {
			break
		}
		b.WriteString(s[:n])
		b.WriteByte(' ')
		s = s[n:]
	}
	b.WriteString(s)
	return b.String()
}

// inFours is 4-4-4-4 with what is left over as the last group.
func inFours(length int) []int {
	var g []int
	for ; length > 4; length -= 4 {
		g = append(g, 4)
	}
	return append(g, length)
}
