package bench

import (
	"os"
	"runtime"
	"strconv"
	"strings"

	"github.com/kahao/kahao/internal/vision/nn"
)

// PeakMiB is the peak resident memory of this process or, if the system does
// not tell it, the memory that the runtime took from the system.
func PeakMiB() float64 {
	if kib, ok := procField("/proc/self/status", "VmHWM"); ok {
		if n, err := strconv.ParseFloat(strings.TrimSuffix(kib, " kB"), 64); err == nil {
			return n / 1024
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.Sys) / (1 << 20)
}

// CPUName is the CPU's model name or, if unknown, its architecture.
func CPUName() string {
	if name, ok := procField("/proc/cpuinfo", "model name"); ok {
		return name
	}
	return runtime.GOARCH
}

// Kernels names the instruction set that the networks run on.
func Kernels() string {
	isa, err := nn.ISA()
	if err != nil {
		return "no"
	}
	return isa
}

// procField returns the first value of a field in a Linux status file.
func procField(file, field string) (string, bool) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", false
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == field {
			return strings.TrimSpace(value), true
		}
	}
	return "", false
}
