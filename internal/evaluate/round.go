package evaluate

import "math"

// Round keeps multiples of 1/per. JSON has no NaN and no infinity: they become
// 0.
func Round(x, per float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return math.Round(x*per) / per
}
