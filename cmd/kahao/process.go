package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/internal/vision/nn"
)

// self returns the command line that runs this program with the arguments.
func self(ctx context.Context, args ...string) (*exec.Cmd, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Args[0] = os.Args[0]
	return cmd, nil
}

// start runs "kahao read" on the picture in processes of their own, and
// notes the median time from start to end, which is when the result is there,
// that of the processor, and the largest memory of one.
func (o *benchOptions) start(ctx context.Context, s subject, t *pictureTiming) error {
	args := []string{"read", "--json", "--stats", "--jobs", "1", "-"}
	if o.line {
		args = append(args, "--line")
	}
	var ms, cpu []float64
	for range o.starts {
		cmd, err := self(ctx, args...)
		if err != nil {
			return err
		}
		cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
		cmd.Stdin = bytes.NewReader(s.image)
		// The process tells its memory itself: what getrusage says of it
		// begins with what this process held when it forked.
		var said strings.Builder
		cmd.Stderr = &said
		begun := time.Now()
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("another kahao: %w: %s", err, strings.TrimSpace(said.String()))
		}
		ms = append(ms, time.Since(begun).Seconds()*1000)
		cpu = append(cpu, (cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()).Seconds()*1000)
		var peak float64
		if _, err := fmt.Sscanf(said.String(), "peak_mib=%f", &peak); err == nil {
			t.StartMiB = max(t.StartMiB, peak)
		}
	}
	slices.Sort(ms)
	slices.Sort(cpu)
	t.Start, t.StartCPU = round(evaluate.Percentile(ms, 50), 100), round(evaluate.Percentile(cpu, 50), 100)
	return nil
}

// peakMiB is the most memory that this process ever held resident, or what
// the runtime took from the system where that is not told.
func peakMiB() float64 {
	if kib, ok := procField("/proc/self/status", "VmHWM"); ok {
		if n, err := strconv.ParseFloat(strings.TrimSuffix(kib, " kB"), 64); err == nil {
			return n / 1024
		}
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.Sys) / (1 << 20)
}

// cpuName is the CPU's own name where the system tells it.
func cpuName() string {
	if name, ok := procField("/proc/cpuinfo", "model name"); ok {
		return name
	}
	return runtime.GOARCH
}

// kernels names the instruction set that the networks run on.
func kernels() string {
	isa, err := nn.ISA()
	if err != nil {
		return "no"
	}
	return isa
}

// procField returns the first value of a field of a Linux status file.
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
