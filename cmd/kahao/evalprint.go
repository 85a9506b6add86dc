package main

import (
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/cmd/kahao/internal/words"
	"github.com/kahao/kahao/internal/evaluate"
)

// print writes the report as text.
func (e evaluation) print(w io.Writer, lang words.Language) {
	r, t := e.Report, lang.Evaluation
	slice := func(x evaluate.Row) string { return lang.Slice(x.Dimension, x.Value) }
	widths := []int{0, -5, 25, 25, 25, 0}
	for _, heading := range []words.Evaluation{words.GivenFrom, words.ConfidenceTable, words.MostConfident} {
		widths[0] = max(widths[0], term.Columns(t(heading)))
	}
	for _, x := range r.Rows {
		widths[0] = max(widths[0], term.Columns(slice(x)))
	}
	fmt.Fprintln(w, term.Row(widths, t(words.Numbers), t(words.Count), t(words.ExactShare), t(words.WrongShare), t(words.RefusedShare), t(words.AcceptedShare)))
	for _, x := range r.Rows {
		fmt.Fprintln(w, term.Row(widths, slice(x), fmt.Sprint(x.N), share(x.Exact), share(x.Wrong), share(x.Refused),
			lang.Accepted(100*x.Accepted.Value(), x.WrongAccepted.Count, x.WrongAccepted.Total)))
	}
	if slices.ContainsFunc(r.Rows, func(x evaluate.Row) bool { return x.Dates > 0 }) {
		fmt.Fprintln(w, "\n"+term.Row(widths, t(words.DatesTable), t(words.Count), t(words.ExactShare), t(words.WrongShare), t(words.RefusedShare)))
	}
	for _, x := range r.Rows {
		if x.Dates > 0 && slices.Contains(dated, x.Dimension) {
			fmt.Fprintln(w, term.Row(widths, slice(x), fmt.Sprint(x.Dates), share(x.DateExact), share(x.DateWrong), share(x.DateRefused)))
		}
	}
	e.printLevels(w, lang, widths[0])
	e.printCalibration(w, lang, widths[0])
	fmt.Fprintln(w, "\n"+lang.Scored(r.Images, r.Failed, e.Jobs))
	for _, x := range r.Rows {
		if x.Calibration != nil {
			fmt.Fprintf(w, "%s  %s\n", term.Pad(slice(x), widths[0]), lang.Times(x.Latency.Mean, x.Latency.P50, x.Latency.P95, x.Latency.Max))
		}
	}
	if e.Benchmark != "" {
		fmt.Fprintln(w, lang.Drawn(e.Benchmark, e.Seconds))
	}
	fmt.Fprintln(w, lang.MadeWith(e.Versions.Kahao, e.Versions.Go, e.Versions.Platform, e.Luhn, e.Versions.Table))
	for _, name := range slices.Sorted(maps.Keys(e.Versions.Models)) {
		fmt.Fprintln(w, lang.Trained(name, e.Versions.Models[name]))
	}
	fmt.Fprintln(w, lang.Calibrated(e.Versions.Calibration))
}

// printLevels prints the share of readings above thresholds on the confidence,
// and how many of those are wrong: by set if there are several, else of all.
func (e evaluation) printLevels(w io.Writer, lang words.Language, width int) {
	rows := slices.DeleteFunc(slices.Clone(e.Report.Rows), func(x evaluate.Row) bool { return x.Dimension != "set" })
	if len(rows) == 0 {
		rows = e.Report.Rows[:min(1, len(e.Report.Rows))]
	}
	for i, x := range rows {
		if i == 0 {
			fmt.Fprintf(w, "\n%s", term.Pad(lang.Evaluation(words.GivenFrom), width))
			for _, l := range x.Levels {
				fmt.Fprintf(w, "  %-14s", fmt.Sprintf("%.3g", l.From))
			}
			fmt.Fprintln(w, "  "+lang.Evaluation(words.GivenNote))
		}
		fmt.Fprint(w, term.Pad(lang.Slice(x.Dimension, x.Value), width))
		for _, l := range x.Levels {
			fmt.Fprintf(w, "  %-14s", fmt.Sprintf("%5.1f%% %d/%d", 100*l.Given.Value(), l.Wrong.Count, l.Wrong.Total))
		}
		fmt.Fprintln(w)
	}
}

// dated are the dimensions of the table of dates.
var dated = []string{"all", "total", "set", "kind", "print", "layout", "rotation", "set, print", "set, rotation", "image kind"}

// printCalibration prints the calibration error of the confidences, and how many
// of the most confident numbers are wrong.
func (e evaluation) printCalibration(w io.Writer, lang words.Language, width int) {
	rows := slices.DeleteFunc(slices.Clone(e.Report.Rows), func(x evaluate.Row) bool { return x.Calibration == nil || x.Calibration.N == 0 })
	if len(rows) == 0 {
		return
	}
	widths := []int{width, -6, -7, -7, -6, -6}
	fmt.Fprintln(w, "\n"+term.Row(widths, lang.Evaluation(words.ConfidenceTable), lang.Evaluation(words.GivenCount), "ECE, 10", "ECE, 15", "BRIER", "AUROC"))
	for _, x := range rows {
		c := x.Calibration
		fmt.Fprintf(w, "%s  %6d  %7.3f  %7.3f  %6.3f  %6.3f\n", term.Pad(lang.Slice(x.Dimension, x.Value), width), c.N, c.Error10, c.Error15, c.Brier, c.Ranking)
	}
	fmt.Fprintf(w, "\n%s", term.Pad(lang.Evaluation(words.MostConfident), width))
	for _, at := range evaluate.Coverages {
		fmt.Fprintf(w, "  %-8s", fmt.Sprintf("%.0f%%", 100*at))
	}
	fmt.Fprintln(w, "  "+lang.Evaluation(words.RiskNote))
	for _, x := range rows {
		fmt.Fprint(w, term.Pad(lang.Slice(x.Dimension, x.Value), width))
		for _, at := range evaluate.Coverages {
			cell := ""
			for _, r := range x.Calibration.Risk {
				if r.At == at {
					cell = fmt.Sprintf("%d/%d", r.Wrong.Count, r.Wrong.Total)
				}
			}
			fmt.Fprintf(w, "  %-8s", cell)
		}
		fmt.Fprintln(w)
	}
}

// share is "82.4% [73.1-88.9] 89": the share, its interval and its count.
func share(s evaluate.Share) string {
	return fmt.Sprintf("%5.1f%% [%.1f-%.1f] %d", 100*s.Value(), 100*s.Low, 100*s.High, s.Count)
}
