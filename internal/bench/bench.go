// Package bench times readings: on one core, stage by stage, and several at
// once.
package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/evaluate"
)

// Subject is an image to be timed.
type Subject struct {
	Name string
	Data []byte
}

// Timing is the result for one image. Times are milliseconds, memory is MiB.
type Timing struct {
	File     string  `json:"file"`
	Width    int     `json:"width"`
	Height   int     `json:"height"`
	Bytes    int     `json:"bytes"`
	Readings int     `json:"readings"`
	Cards    int     `json:"cards"`
	CPU      float64 `json:"cpu_ms"` // processor time, mean; 0 if unknown
	Mean     float64 `json:"mean_ms"`
	P50      float64 `json:"p50_ms"`
	P95      float64 `json:"p95_ms"`
	P99      float64 `json:"p99_ms"`
	Start    float64 `json:"start_ms"` // process start to result; 0 if not measured
	StartCPU float64 `json:"start_cpu_ms"`
	StartMiB float64 `json:"start_mib"`
}

// Stage is the time of one stage of a reading.
type Stage struct {
	Stage kahao.Stage `json:"stage"`
	Mean  float64     `json:"mean_ms"`
	Share float64     `json:"share"`
}

// Read reads an image, as kahao.Reader.ReadAll and ReadLine do.
type Read func(ctx context.Context, image []byte) (*kahao.Reading, error)

// Alone reads the subjects in turn on one core for a duration, each at least
// once after a round that is not counted.
func Alone(ctx context.Context, read Read, subjects []Subject, d time.Duration, clock *StageClock) ([]Timing, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	timings := make([]Timing, len(subjects))
	ms := make([][]float64, len(subjects))
	cpu := make([]time.Duration, len(subjects))
	var deadline time.Time
	for round := 0; round < 2 || time.Now().Before(deadline); round++ {
		if round == 1 {
			deadline = time.Now().Add(d)
			clock.reset()
		}
		for i, s := range subjects {
			if round > 1 && time.Now().After(deadline) {
				break
			}
			clock.start()
			cpuBefore, started := processCPU(), time.Now()
			reading, err := read(ctx, s.Data)
			took, cpuTook := time.Since(started), processCPU()-cpuBefore
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.Name, err)
			}
			if round == 0 {
				timings[i] = Timing{File: s.Name, Width: reading.Width, Height: reading.Height, Bytes: len(s.Data), Cards: len(reading.Cards)}
				continue
			}
			ms[i] = append(ms[i], took.Seconds()*1000)
			cpu[i] += cpuTook
		}
	}
	for i := range timings {
		timings[i].summarise(ms[i], cpu[i])
	}
	return timings, nil
}

// summarise sets the times of the readings.
func (t *Timing) summarise(ms []float64, cpu time.Duration) {
	slices.Sort(ms)
	sum, n := 0.0, float64(len(ms))
	for _, v := range ms {
		sum += v
	}
	t.Readings, t.Mean, t.CPU = len(ms), evaluate.Round(sum/n, 100), evaluate.Round(cpu.Seconds()*1000/n, 100)
	percentile := func(p float64) float64 { return evaluate.Round(evaluate.Percentile(ms, p), 100) }
	t.P50, t.P95, t.P99 = percentile(50), percentile(95), percentile(99)
}

// Together reads the subjects in turn for a duration, jobs at once, and returns
// the readings per second.
func Together(ctx context.Context, read Read, subjects []Subject, d time.Duration, jobs int) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, d)
	defer cancel()
	started := time.Now()
	var next, done atomic.Int64
	errs := make(chan error, jobs)
	var running sync.WaitGroup
	for range jobs {
		running.Go(func() {
			for ctx.Err() == nil {
				if _, err := read(ctx, subjects[int(next.Add(1)-1)%len(subjects)].Data); err != nil {
					errs <- err
					return
				}
				done.Add(1)
			}
		})
	}
	running.Wait()
	close(errs)
	var failed error
	for err := range errs {
		if !errors.Is(err, context.DeadlineExceeded) { // the deadline interrupts the last readings
			failed = errors.Join(failed, err)
		}
	}
	return evaluate.Round(float64(done.Load())/time.Since(started).Seconds(), 100), failed
}

// StageClock sums the time of stages, for readings one after the other.
type StageClock struct {
	stopped  atomic.Bool
	last     time.Time
	order    []kahao.Stage
	spent    map[kahao.Stage]time.Duration
	readings int
}

// NewStageClock returns a clock whose Mark is to be the Trace of a Reader.
func NewStageClock() *StageClock { return &StageClock{spent: map[kahao.Stage]time.Duration{}} }

func (s *StageClock) reset() { s.order, s.spent, s.readings = nil, map[kahao.Stage]time.Duration{}, 0 }

func (s *StageClock) start() {
	s.readings++
	s.last = time.Now()
}

// Mark is called at the end of a stage.
func (s *StageClock) Mark(stage kahao.Stage) {
	if s.stopped.Load() {
		return
	}
	now := time.Now()
	if _, seen := s.spent[stage]; !seen {
		s.order = append(s.order, stage)
	}
	s.spent[stage] += now.Sub(s.last)
	s.last = now
}

// Stop ends the measurement and returns the stages in the order in which they
// first ended.
func (s *StageClock) Stop() []Stage {
	s.stopped.Store(true)
	var total time.Duration
	for _, d := range s.spent {
		total += d
	}
	var stages []Stage
	for _, name := range s.order {
		d := s.spent[name].Seconds()
		stages = append(stages, Stage{name, evaluate.Round(d*1000/float64(s.readings), 100), evaluate.Round(d/max(total.Seconds(), 1e-9), 1000)})
	}
	return stages
}
