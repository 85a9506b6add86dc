package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/kahao/kahao/cmd/kahao/internal/term"
)

// print writes the timings as text.
func (b benchmark) print(w io.Writer) {
	widths := []int{0, -9, -8, -7, -7, -7, -7, -7, -5, -8, -9, -8}
	for _, p := range b.Images {
		widths[0] = max(widths[0], term.Columns(p.File))
	}
	number := func(x float64) string {
		if x == 0 {
			return "-"
		}
		return fmt.Sprintf("%.1f", x)
	}
	fmt.Fprintln(w, term.Row(widths, "ONE CORE, MS", "PIXELS", "BYTES", "CPU", "MEAN", "P50", "P95", "P99", "N", "START MS", "START CPU", "PEAK MIB"))
	for _, p := range b.Images {
		fmt.Fprintln(w, term.Row(widths, term.Visible(p.File), fmt.Sprintf("%dx%d", p.Width, p.Height), fmt.Sprint(p.Bytes),
			number(p.CPU), number(p.Mean), number(p.P50), number(p.P95), number(p.P99), fmt.Sprint(p.Readings), number(p.Start), number(p.StartCPU), number(p.StartMiB)))
	}
	fmt.Fprintf(w, "\n%-12s %10s %7s\n", "STAGE", "MS/READING", "SHARE")
	for _, s := range b.Stages {
		fmt.Fprintf(w, "%-12s %10.2f %6.1f%%\n", s.Stage, s.Mean, 100*s.Share)
	}
	fmt.Fprintf(w, "\n%.1f images a second, %d at once; this process used at most %s MiB\n", b.PerSecond, b.Jobs, number(b.PeakMiB))
	fmt.Fprintf(w, "%s, %s kernels; kahao %s, %s %s\n", b.CPU, b.Kernels, b.Versions.Kahao, b.Versions.Go, b.Versions.Platform)
	for _, name := range slices.Sorted(maps.Keys(b.Versions.Models)) {
		fmt.Fprintf(w, "network %s: %s\n", name, b.Versions.Models[name])
	}
}
