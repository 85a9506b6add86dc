package evaluate

import "math"

// Share is a count out of a total, with the 95 % confidence interval of the true
// share.
type Share struct {
	Count int     `json:"count"`
	Total int     `json:"total"`
	Low   float64 `json:"low"`
	High  float64 `json:"high"`
}

// Value is the share; 0 if the total is 0.
func (s Share) Value() float64 {
	if s.Total == 0 {
		return 0
	}
	return float64(s.Count) / float64(s.Total)
}

// z is the normal quantile of a two-sided 95 % interval.
const z = 1.959963984540054

// NewShare returns the share with Wilson's score interval (Wilson 1927), which
// stays correct for small counts and for shares near 0 and 1, where good readers
// are; p ± z·sqrt(p(1-p)/n) does not. With a total of 0 it is 0 to 1.
func NewShare(count, total int) Share {
	if total == 0 {
		return Share{High: 1}
	}
	n, p := float64(total), float64(count)/float64(total)
	middle := p + z*z/(2*n)
	half := z * math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	scale := 1 + z*z/n
	s := Share{Count: count, Total: total, Low: math.Max(0, (middle-half)/scale), High: math.Min(1, (middle+half)/scale)}
	// Counts of 0 and of all have an exact end; remove the rounding error.
	if count == 0 {
		s.Low = 0
	}
	if count == total {
		s.High = 1
	}
	return s
}
