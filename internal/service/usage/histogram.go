package usage

import (
	"maps"
	"math"
	"slices"
	"time"
)

// Latencies are counted in bins, eight to an octave from 1 ms on: bin k, from 1
// to 136, holds those from 2^((k-1)/8) ms on and below 2^(k/8) ms, so that
// within a bin they differ by 9 %. Bin 0 holds what is below 1 ms, and the
// last, 137, what is above 2^17 ms, some 131 seconds.
const (
	perOctave = 8
	octaves   = 17
	// Bins is how many bins there are.
	Bins = perOctave*octaves + 2
)

// QuantileError is by how much of itself a quantile can be off, between 1 ms
// and 131 s: half a bin, 4.4 %.
var QuantileError = math.Exp2(1.0/(2*perOctave)) - 1

// edges[k] is where bin k ends and the next begins.
var edges = func() (e [Bins - 1]time.Duration) {
	for k := range e {
		e[k] = time.Duration(math.Round(float64(time.Millisecond) * math.Exp2(float64(k)/perOctave)))
	}
	return e
}()

// Bin is the bin that a latency counts in.
func Bin(took time.Duration) int {
	k, found := slices.BinarySearch(edges[:], took)
	if found {
		k++
	}
	return k
}

// middle is the latency that stands for a bin: that from which both ends are
// equally far, in proportion. Of the first and the last bin only one end is
// known.
func middle(bin int) time.Duration {
	switch {
	case bin <= 0:
		return edges[0]
	case bin >= Bins-1:
		return edges[Bins-2]
	}
	return time.Duration(math.Sqrt(float64(edges[bin-1]) * float64(edges[bin])))
}

// Histogram is how many calls took how long: counts by bin.
type Histogram map[int]int64

// Add counts a call.
func (h Histogram) Add(took time.Duration) { h[Bin(took)]++ }

// add adds the counts of another.
func (h Histogram) add(other Histogram) {
	for bin, n := range other {
		h[bin] += n
	}
}

// Count is how many calls there are.
func (h Histogram) Count() (n int64) {
	for _, calls := range h {
		n += calls
	}
	return n
}

// Quantile returns the latency that a share q, above 0 and up to 1, of the
// calls did not exceed, within QuantileError; and false where there are none.
// Below 1 ms it is 1 ms, and above 131 s 131 s.
func (h Histogram) Quantile(q float64) (time.Duration, bool) {
	n := h.Count()
	if n <= 0 {
		return 0, false
	}
	rank := min(max(int64(math.Ceil(q*float64(n))), 1), n)
	bins := slices.Sorted(maps.Keys(h))
	for _, bin := range bins {
		if rank -= h[bin]; rank <= 0 {
			return middle(bin), true
		}
	}
	return middle(bins[len(bins)-1]), true
}
