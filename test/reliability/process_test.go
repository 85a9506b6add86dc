//go:build reliability && linux

package reliability

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// processMemory returns a value of /proc/PID/status in bytes: VmRSS is what the
// process holds, VmHWM the most that it has held since the last reset.
func processMemory(t testing.TB, pid int, name string) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatalf("reading the process's memory: %v", err)
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == name+":" {
			kib, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				t.Fatalf("reading %s: %v", name, err)
			}
			return kib << 10
		}
	}
	t.Fatalf("/proc/%d/status has no %s", pid, name)
	return 0
}

// resetPeak sets VmHWM to what is held now (proc(5), /proc/pid/clear_refs).
func resetPeak(t testing.TB, pid int) {
	t.Helper()
	if err := os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", pid), []byte("5"), 0); err != nil {
		t.Fatalf("resetting the peak of memory: %v", err)
	}
}

// cpuTime returns the CPU time of all threads of a process. Unlike the clock,
// it leaves out other work of the machine (/proc/PID/task/TID/schedstat in
// nanoseconds, Documentation/scheduler/sched-stats.rst).
func cpuTime(t testing.TB, pid int) time.Duration {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", pid))
	if err != nil || len(files) == 0 {
		t.Fatalf("process %d has no schedstat (%v)", pid, err)
	}
	var sum int64
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatalf("reading CPU time: %v", err)
		}
		on, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(on, 10, 64)
		if err != nil {
			t.Fatalf("parsing CPU time %q: %v", text, err)
		}
		sum += ns
	}
	return time.Duration(sum)
}

func mib(bytes int64) float64 { return float64(bytes) / (1 << 20) }
