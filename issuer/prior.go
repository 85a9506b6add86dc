package issuer

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
)

// Log weights of Score, in nats. A 16-digit number passes the whole table one
// time in 65 by chance and one in 426 without the permissive rows (section
// 5); the penalties stay below ln 426, for new BINs appear every year.
const (
	scorePermissive = -2.0
	scoreRange      = -2.5 // of a network's range, length right, not listed
	scoreWrong      = -3.5 // listed, with a length that the prefix never has
	scoreUnknown    = -4.5
)

// Score is a log prior of a complete number, from 0 for a prefix and length
// that many lists have, downwards. It leaves the check digit to the caller.
func Score(number string) float64 {
	t := table()
	at, exact := t.find(number)
	switch {
	case at < 0:
		if networkOf(number) != "" {
			return scoreRange
		}
		return scoreUnknown
	case t.rows[at].permissive():
		return scorePermissive
	case !exact:
		return scoreWrong
	}
	// One list that has the row is worth less than four that do.
	return 0.5 * math.Log(math.Min(float64(t.rows[at].sources), 4)/4)
}

// Lengths returns the lengths, in order, that a number with the given leading
// digits can have by the table: those of every row that continues prefix or
// that prefix continues. It is empty when no row does.
func Lengths(prefix string) []int {
	t := table()
	var has [longestNumber + 1]bool
	for n := shortestPrefix; n <= min(len(prefix), longestPrefix); n++ {
		for i := t.search(prefix[:n]); i < len(t.rows) && t.rows[i].prefix == prefix[:n]; i++ {
			has[t.rows[i].length] = true
		}
	}
	for i := t.search(prefix); i < len(t.rows) && strings.HasPrefix(t.rows[i].prefix, prefix); i++ {
		has[t.rows[i].length] = true
	}
	var lengths []int
	for n, ok := range has {
		if ok {
			lengths = append(lengths, n)
		}
	}
	return lengths
}

// search returns the first row whose prefix is not before the given one.
func (t *cardTable) search(prefix string) int {
	i, _ := slices.BinarySearchFunc(t.rows, prefix, func(w row, p string) int {
		return strings.Compare(w.prefix, p)
	})
	return i
}

// Random draws a prefix of the table and the length of its numbers, the
// oftener the more lists have the row. Permissive rows are never drawn.
func Random(r *rand.Rand) (prefix string, length int) {
	t := table()
	pick := r.Int32N(t.weights[len(t.weights)-1])
	i, _ := slices.BinarySearch(t.weights, pick+1)
	return t.rows[i].prefix, int(t.rows[i].length)
}
