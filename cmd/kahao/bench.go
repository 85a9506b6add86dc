package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao"
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

// timing is what bench prints. Times are milliseconds, memory is MiB.
type timing struct {
	Versions  versions        `json:"versions"`
	CPU       string          `json:"cpu"`
	Kernels   string          `json:"kernels"`
	Pictures  []pictureTiming `json:"pictures"`
	Stages    []stageTiming   `json:"stages"`
	Jobs      int             `json:"jobs"`
	PerSecond float64         `json:"per_second"`
	PeakMiB   float64         `json:"peak_mib"` // of this process, all pictures in memory
}

type pictureTiming struct {
	File     string  `json:"file"`
	Width    int     `json:"width"`
	Height   int     `json:"height"`
	Bytes    int     `json:"bytes"`
	Readings int     `json:"readings"`
	Cards    int     `json:"cards"`
	CPU      float64 `json:"cpu_ms"` // of the processor, mean; 0 where not told
	Mean     float64 `json:"mean_ms"`
	P50      float64 `json:"p50_ms"`
	P95      float64 `json:"p95_ms"`
	P99      float64 `json:"p99_ms"`
	Start    float64 `json:"start_ms"` // process start to result; 0 where not measured
	StartCPU float64 `json:"start_cpu_ms"`
	StartMiB float64 `json:"start_mib"`
}

type stageTiming struct {
	Stage kahao.Stage `json:"stage"`
	Mean  float64     `json:"mean_ms"` // a reading
	Share float64     `json:"share"`
}

// subject is a picture to be timed.
type subject struct {
	name  string
	image []byte
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
	clock := &stageClock{spent: map[kahao.Stage]time.Duration{}}
	r, err := o.open(kahao.Options{Trace: clock.mark})
	if err != nil {
		return err
	}
	t := timing{Versions: versionsOf(r), CPU: cpuName(), Kernels: kernels(), Jobs: n}
	if t.Pictures, err = o.alone(ctx, r, subjects, clock); err != nil {
		return err
	}
	t.Stages = clock.stages()
	clock.off.Store(true)
	if t.PerSecond, err = o.together(ctx, r, subjects, n); err != nil {
		return err
	}
	t.PeakMiB = round(peakMiB(), 10)
	for i, s := range subjects {
		if err := o.start(ctx, s, &t.Pictures[i]); err != nil {
			return err
		}
	}
	if o.json {
		return writeJSON(o.out, t)
	}
	t.print(o.out)
	return nil
}

func (o *benchOptions) subjects(ctx context.Context, args []string) ([]subject, error) {
	if len(args) == 0 {
		return drawSubjects(ctx)
	}
	found, err := sources(args, o.in)
	if err != nil {
		return nil, err
	}
	var subjects []subject
	for _, s := range found {
		image, err := s.load()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
		subjects = append(subjects, subject{s.name, image})
	}
	return subjects, nil
}

// alone reads the pictures in turn on one core until the time is up, each at
// least once after a round that is not counted.
func (o *benchOptions) alone(ctx context.Context, r reader, subjects []subject, clock *stageClock) ([]pictureTiming, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	timings := make([]pictureTiming, len(subjects))
	ms := make([][]float64, len(subjects))
	cpu := make([]time.Duration, len(subjects))
	var deadline time.Time
	for round := 0; round < 2 || time.Now().Before(deadline); round++ {
		if round == 1 {
			deadline = time.Now().Add(time.Duration(o.seconds * float64(time.Second)))
			clock.reset()
		}
		for i, s := range subjects {
			if round > 1 && time.Now().After(deadline) {
				break
			}
			clock.begin()
			before := processCPU()
			got := timedRead(ctx, r, s.image, o.line)
			spent := processCPU() - before
			if got.err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, got.err)
			}
			if round == 0 {
				timings[i] = pictureTiming{File: s.name, Width: got.reading.Width, Height: got.reading.Height, Bytes: len(s.image), Cards: len(got.reading.Cards)}
				continue
			}
			ms[i] = append(ms[i], got.ms)
			cpu[i] += spent
		}
	}
	for i := range timings {
		t, sorted := &timings[i], slices.Sorted(slices.Values(ms[i]))
		sum := 0.0
		for _, v := range sorted {
			sum += v
		}
		t.Readings, t.Mean = len(sorted), round(sum/float64(len(sorted)), 100)
		t.CPU = round(cpu[i].Seconds()*1000/float64(len(sorted)), 100)
		t.P50, t.P95, t.P99 = round(evaluate.Percentile(sorted, 50), 100), round(evaluate.Percentile(sorted, 95), 100), round(evaluate.Percentile(sorted, 99), 100)
	}
	return timings, nil
}

// together reads the pictures in turn, n at once, until the time is up, and
// returns how many a second.
func (o *benchOptions) together(ctx context.Context, r reader, subjects []subject, n int) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(o.seconds*float64(time.Second)))
	defer cancel()
	begun := time.Now()
	var next, done atomic.Int64
	var mu sync.Mutex
	var failed error
	var running sync.WaitGroup
	for range n {
		running.Go(func() {
			for ctx.Err() == nil {
				s := subjects[int(next.Add(1)-1)%len(subjects)]
				got := timedRead(ctx, r, s.image, o.line)
				if got.err != nil {
					mu.Lock()
					failed = errors.Join(failed, got.err)
					mu.Unlock()
					return
				}
				done.Add(1)
			}
		})
	}
	running.Wait()
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		failed = nil // the readings that the deadline cut off
	}
	return round(float64(done.Load())/time.Since(begun).Seconds(), 100), failed
}

// stageClock adds up the time between the ends of stages. It serves readings
// one after the other.
type stageClock struct {
	off      atomic.Bool
	last     time.Time
	order    []kahao.Stage
	spent    map[kahao.Stage]time.Duration
	readings int
}

func (s *stageClock) reset() { s.order, s.spent, s.readings = nil, map[kahao.Stage]time.Duration{}, 0 }

func (s *stageClock) begin() {
	s.readings++
	s.last = time.Now()
}

func (s *stageClock) mark(stage kahao.Stage) {
	if s.off.Load() {
		return
	}
	now := time.Now()
	if _, seen := s.spent[stage]; !seen {
		s.order = append(s.order, stage)
	}
	s.spent[stage] += now.Sub(s.last)
	s.last = now
}

func (s *stageClock) stages() []stageTiming {
	var total time.Duration
	for _, d := range s.spent {
		total += d
	}
	var stages []stageTiming
	for _, name := range s.order {
		d := s.spent[name]
		stages = append(stages, stageTiming{name, round(d.Seconds()*1000/float64(s.readings), 100), round(d.Seconds()/max(total.Seconds(), 1e-9), 1000)})
	}
	return stages
}
