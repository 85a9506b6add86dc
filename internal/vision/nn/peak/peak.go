// Package peak measures how many multiply-adds per second one core can do
// with the registers that a set of kernels uses: the bound that package nn is
// compared with in benchmarks.
package peak

import "time"

// loop is a routine that does chains independent multiply-adds of lanes
// values n times.
type loop struct {
	run           func(n int)
	chains, lanes int
}

// GFLOPS returns the 10^9 floating-point operations per second that this core
// reaches now with the instruction set of that name (as nn.ISA returns it), or
// zero if it is not known. A multiply-add is two operations. It takes some
// five milliseconds.
func GFLOPS(isa string) float64 {
	l, ok := loops[isa]
	if !ok {
		return 0
	}
	const pieces, piece = 10, 20000
	best := 0.0
	for range pieces {
		start := time.Now()
		l.run(piece)
		if s := time.Since(start).Seconds(); s > 0 {
			best = max(best, 2*float64(piece)*float64(l.chains*l.lanes)/s/1e9)
		}
	}
	return best
}
