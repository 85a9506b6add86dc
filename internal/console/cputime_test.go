//go:build unix

package console

import (
	"syscall"
	"time"
)

// cpuTime is the processor time of this process so far. Other processes on the
// machine do not change it.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
