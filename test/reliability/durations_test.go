//go:build reliability && linux

package reliability

import (
	"fmt"
	"slices"
	"time"
)

type durations []time.Duration

// quantile returns the nearest-rank quantile; quantile(1) is the largest. It
// is 0 if there are no durations.
func (d durations) quantile(q float64) time.Duration {
	if len(d) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(d))
	rank := int(q*float64(len(sorted)) + 0.999999)
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// ms formats milliseconds, with decimals below ten.
func ms(d time.Duration) string {
	v := float64(d) / float64(time.Millisecond)
	if v < 10 {
		return fmt.Sprintf("%.2f ms", v)
	}
	return fmt.Sprintf("%.0f ms", v)
}
