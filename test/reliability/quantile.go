package main

import (
	"fmt"
	"slices"
	"time"
)

// times are durations of like things.
type times []time.Duration

// at returns the nearest-rank quantile: at(1) is the largest. Of nothing it
// is 0.
func (t times) at(q float64) time.Duration {
	if len(t) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(t))
	rank := int(q*float64(len(sorted)) + 0.999999)
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// ms prints milliseconds, to the tenth where that says something.
func ms(d time.Duration) string {
	v := float64(d) / float64(time.Millisecond)
	if v < 10 {
		return fmt.Sprintf("%.2f ms", v)
	}
	return fmt.Sprintf("%.0f ms", v)
}
