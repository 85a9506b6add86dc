//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package sqlite

import (
	"syscall"
	"time"
)

// processor is the time that the process has had on all processors.
func processor() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
