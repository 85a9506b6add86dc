package usage

import (
	"maps"
	"math"
	"slices"
	"time"
)

// Latencies are counted in bins, eight per octave from 1 ms on: bin k, 1 to
// 136, holds those from 2^((k-1)/8) ms up to 2^(k/8) ms, so that latencies in a
// bin differ by 9 %. Bin 0 is below 1 ms; the last, 137, above 2^17 ms, about
// 131 seconds.
const (
	perOctave = 8
	octaves   = 17
	// Bins is the number of bins.
	Bins = perOctave*octaves + 2
)

// QuantileError is the maximum relative error of a quantile between 1 ms and
// 131 s: half a bin, 4.4 %.
var QuantileError = math.Exp2(1.0/(2*perOctave)) - 1

// edges[k] is the end of bin k and the start of the next.
var edges = func() (e [Bins - 1]time.Duration) {
	for k := range e {
		e[k] = time.Duration(math.Round(float64(time.Millisecond) * math.Exp2(float64(k)/perOctave)))
	}
	return e
}()

// Bin returns the bin of a latency.
func Bin(took time.Duration) int {
	k, found := slices.BinarySearch(edges[:], took)
	if found {
		k++
	}
	return k
}

// middle returns the latency that stands for a bin: the geometric mean of its
// ends, or the known end of the first and last bin.
func middle(bin int) time.Duration {
	switch {
	case bin <= 0:
		return edges[0]
	case bin >= Bins-1:
		return edges[Bins-2]
	}
	return time.Duration(math.Sqrt(float64(edges[bin-1]) * float64(edges[bin])))
}

// Histogram is the number of calls by latency bin.
type Histogram map[int]int64

// Add counts a call.
func (h Histogram) Add(took time.Duration) { h[Bin(took)]++ }

// add adds another histogram.
func (h Histogram) add(other Histogram) {
	for bin, n := range other {
		h[bin] += n
	}
}

// Count returns the number of calls.
func (h Histogram) Count() (n int64) {
	for _, calls := range h {
		n += calls
	}
	return n
}

// Quantile returns the latency that a share q (0 < q ≤ 1) of the calls did not
// exceed, within QuantileError, and false without calls. It is at least 1 ms
// and at most 131 s.
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
