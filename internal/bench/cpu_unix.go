//go:build unix

package bench

import (
	"syscall"
	"time"
)

// processCPU is the processor time of this process, or 0 if unknown. Unlike the wall
// clock it does not run while other processes run.
func processCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
