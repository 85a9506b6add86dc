package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// A process's memory, from /proc: these bars run on Linux.

// memory returns a figure of /proc/PID/status in bytes, such as VmRSS, what
// the process holds, or VmHWM, the most that it held since the last reset.
func memory(pid int, name string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == name+":" {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			return kib << 10, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no %s", pid, name)
}

// resetPeak makes VmHWM begin anew from what is held now (proc(5),
// /proc/pid/clear_refs).
func resetPeak(pid int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0)
}

// mib is bytes for people.
func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }
