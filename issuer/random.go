package issuer

import (
	"math/rand/v2"
	"slices"
)

// Random draws a prefix of the table and the length of its numbers, with a
// probability proportional to the lists that have the row. Permissive rows are
// never drawn.
func Random(r *rand.Rand) (prefix string, length int) {
	t := table()
	pick := r.Int32N(t.weights[len(t.weights)-1])
	i, _ := slices.BinarySearch(t.weights, pick+1)
	return t.rows[i].prefix, int(t.rows[i].length)
}
