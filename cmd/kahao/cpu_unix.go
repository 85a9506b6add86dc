//go:build unix

package main

import (
	"syscall"
	"time"
)

// processCPU is the time that processors spent on this process, or 0 where
// that is not told. Unlike the clock it does not run while others have the
// processor.
func processCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
