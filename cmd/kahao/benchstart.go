package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/bench"
	"github.com/kahao/kahao/internal/evaluate"
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

// start runs "kahao read" on the image in new processes and sets the medians of
// the time from start to end and of the processor time, and the peak memory.
func (o *benchOptions) start(ctx context.Context, s bench.Subject, t *bench.Timing) error {
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
		cmd.Stdin = bytes.NewReader(s.Data)
		// The process reports its memory itself: getrusage would include the
		// memory that this process had when it forked.
		var errOut strings.Builder
		cmd.Stderr = &errOut
		started := time.Now()
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("kahao read: %w: %s", err, strings.TrimSpace(errOut.String()))
		}
		ms = append(ms, time.Since(started).Seconds()*1000)
		cpu = append(cpu, (cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime()).Seconds()*1000)
		var peak float64
		if _, err := fmt.Sscanf(errOut.String(), "peak_mib=%f", &peak); err == nil {
			t.StartMiB = max(t.StartMiB, peak)
		}
	}
	slices.Sort(ms)
	slices.Sort(cpu)
	t.Start, t.StartCPU = evaluate.Round(evaluate.Percentile(ms, 50), 100), evaluate.Round(evaluate.Percentile(cpu, 50), 100)
	return nil
}

// drawnSizes are the longer sides of the images that bench draws without
// arguments: a thumbnail as clients send it, and a phone's 12 megapixels.
var drawnSizes = []int{800, 4000}

// drawSubjects draws a photo of a card in each size.
func drawSubjects(ctx context.Context) ([]bench.Subject, error) {
	dir, err := os.MkdirTemp("", "kahao-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var subjects []bench.Subject
	for _, size := range drawnSizes {
		// In a new process, because drawing takes more memory than the readings
		// to be measured.
		cmd, err := self(ctx, "synth", "-n", "1", "--seed", strconv.Itoa(drawnSeed), "--difficulty", "0.3", "--size", strconv.Itoa(size), "--out", dir)
		if err != nil {
			return nil, err
		}
		if output, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("kahao synth: %w: %s", err, output)
		}
		image, err := os.ReadFile(filepath.Join(dir, "000000.jpg"))
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, bench.Subject{Name: fmt.Sprintf("drawn-%d.jpg", size), Data: image})
	}
	return subjects, nil
}

// drawnSeed is the seed of a photo, four to three, with one card.
const drawnSeed = 19
