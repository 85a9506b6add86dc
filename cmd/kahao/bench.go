package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/cmd/kahao/internal/input"
	"github.com/kahao/kahao/internal/bench"
	"github.com/kahao/kahao/internal/evaluate"
)

type benchOptions struct {
	*env
	json, line bool
	seconds    float64
	starts     int
	jobs       int
}

func newBenchCommand(e *env) *cobra.Command {
	o := &benchOptions{env: e}
	cmd := &cobra.Command{
		Use:   "bench [FILE|DIR...]",
		Short: "time readings, stage by stage",
		Example: `  kahao bench
  kahao bench --seconds 20 --json photo.jpg`,
		Long: `
Reads the given images, or photos of cards that it draws itself, over and over.
Prints for each image the time of a reading on one core, the time of each stage,
images a second with --jobs at once, and the peak memory. Then it starts a process
for each image and prints the time from its start to the result, and its memory.

The columns CPU are processor time: on a busy machine they are closer to the time
on an idle one than the wall clock is.`,
		Args: cobra.ArbitraryArgs,
		RunE: e.action(o.run),
	}
	fs := cmd.Flags()
	fs.BoolVar(&o.json, "json", false, "print one JSON object")
	fs.BoolVar(&o.line, "line", false, "each image is a crop of one line")
	fs.Float64Var(&o.seconds, "seconds", 5, "time of each of the two measurements, in `s`")
	fs.IntVar(&o.starts, "starts", 5, "start `n` processes for each image")
	jobsFlag(cmd, &o.jobs, "read `n` images at once (default: one per CPU)")
	return cmd
}

// benchmark is the output of bench. Times are milliseconds, memory is MiB.
type benchmark struct {
	Versions  versions       `json:"versions"`
	CPU       string         `json:"cpu"`
	Kernels   string         `json:"kernels"`
	Images    []bench.Timing `json:"images"`
	Stages    []bench.Stage  `json:"stages"`
	Jobs      int            `json:"jobs"`
	PerSecond float64        `json:"per_second"`
	PeakMiB   float64        `json:"peak_mib"` // of this process, with all images in memory
}

func (o *benchOptions) run(ctx context.Context, args []string) error {
	n, err := jobs(o.jobs)
	if err != nil {
		return err
	}
	if o.seconds <= 0 {
		return misuse("--seconds must be positive")
	}
	subjects, err := o.subjects(ctx, args)
	if err != nil {
		return err
	}
	clock := bench.NewStageClock()
	r, err := o.open(kahao.Options{Trace: clock.Mark})
	if err != nil {
		return err
	}
	read := r.ReadAll
	if o.line {
		read = r.ReadLine
	}
	d := time.Duration(o.seconds * float64(time.Second))
	b := benchmark{Versions: versionsOf(r), CPU: bench.CPUName(), Kernels: bench.Kernels(), Jobs: n}
	if b.Images, err = bench.Alone(ctx, read, subjects, d, clock); err != nil {
		return err
	}
	b.Stages = clock.Stop()
	if b.PerSecond, err = bench.Together(ctx, read, subjects, d, n); err != nil {
		return err
	}
	b.PeakMiB = evaluate.Round(bench.PeakMiB(), 10)
	for i, s := range subjects {
		if err := o.start(ctx, s, &b.Images[i]); err != nil {
			return err
		}
	}
	if o.json {
		return writeJSON(o.out, b)
	}
	b.print(o.out)
	return nil
}

func (o *benchOptions) subjects(ctx context.Context, args []string) ([]bench.Subject, error) {
	if len(args) == 0 {
		return drawSubjects(ctx)
	}
	found, err := input.Find(args, o.in)
	if err != nil {
		return nil, err
	}
	var subjects []bench.Subject
	for _, s := range found.Sources {
		image, err := s.Load()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		subjects = append(subjects, bench.Subject{Name: s.Name, Data: image})
	}
	return subjects, nil
}
