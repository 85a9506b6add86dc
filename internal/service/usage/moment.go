package usage

import "time"

// Moment is one call with its time.
type Moment struct {
	At   time.Time
	Code int
}

// Quarter counts calls of a quarter of an hour that were refused without a
// charge.
type Quarter struct {
	From  time.Time
	Code  int
	Calls int64
}

// Peak returns the largest number of calls within one second of the clock.
func Peak(all []Moment) (most int64) {
	seconds := map[int64]int64{}
	for _, m := range all {
		seconds[m.At.Unix()]++
		most = max(most, seconds[m.At.Unix()])
	}
	return most
}
