package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/cmd/kahao/internal/input"
	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/internal/evaluate/dataset"
)

type evalOptions struct {
	*env
	json, reveal, failures   bool
	anywhere                 bool
	out, only                string
	benchmark, keep, diagram string
	lang                     string
	limit                    int
	jobs                     int
	luhn                     kahao.LuhnMode
}

func newEvalCommand(e *env) *cobra.Command {
	o := &evalOptions{env: e}
	cmd := &cobra.Command{
		Use:   "eval [DIR]",
		Short: "score readings against labels",
		Example: `  kahao eval drawn
  kahao eval --failures --reveal drawn
  kahao eval --benchmark v1
  kahao synth --documents -n 500 --out documents && kahao eval --anywhere documents
  kahao eval --benchmark v2 --only date`,
		Long: `
Reads every image that DIR/labels.tsv or, as "kahao synth" writes it,
DIR/labels.jsonl names, and compares the readings with the labels. Prints how many
numbers are exact, wrong and missing (refused), each with its 95 % Wilson
interval, over all images and in slices, then dates, the calibration of the
confidences, and latency.

The most confident reading counts, whatever its verdict; the column ACCEPTED has
the share of readings with the verdict "accept", and how many of those are wrong.
In a label's number '?' stands for a hidden glyph: any digit, or none, is right
there. A date counts if the label has one: the latest.

With --benchmark v1 it draws the images itself: 2,000 with a number, so many of
every print, layout, length, light, pose, size and blur, and 500 without. They are
the same everywhere, whatever --jobs is; the command refuses to call others v1.
Numbers that nobody could read, by the ground truth of the drawing, are counted
apart. "--benchmark draft" draws the set without that check. Version v2 is v1 and
groups for --only: hidden (digits), negative (long numbers that are no card's), date
(every form) and copy (no outline); "draft-v2" draws it unchecked.

Numbers in lists of failures are masked unless --reveal is given.

The tables are in the language of --lang, or of LC_ALL, LC_MESSAGES or LANG: Chinese
or English. JSON is the same in both.`,
		Args: takes(0, 1),
		RunE: e.action(o.run),
	}
	fs := cmd.Flags()
	fs.BoolVar(&o.json, "json", false, "print one JSON object")
	fs.BoolVar(&o.reveal, "reveal", false, "print and write whole numbers")
	fs.BoolVar(&o.failures, "failures", false, "list what was not exact")
	fs.StringVar(&o.out, "out", "", "write what was not exact to `file`, as JSON Lines")
	fs.StringVar(&o.only, "only", "", "score the images whose name begins with `prefix`")
	fs.IntVar(&o.limit, "limit", 0, "score the first `n` images")
	fs.StringVar(&o.benchmark, "benchmark", "", "draw and read the benchmark of this `version`: v1, v2, or the drafts draft and draft-v2")
	fs.StringVar(&o.keep, "keep", "", "write the benchmark's images and labels into `dir`")
	fs.StringVar(&o.diagram, "diagram", "", "write the reliability diagram to `file`, as SVG")
	jobsFlag(cmd, &o.jobs, "read `n` images at once (default: one per CPU)")
	fs.BoolVar(&o.anywhere, "anywhere", false, "also find numbers that are on no card, like kahao read --anywhere")
	luhnFlag(cmd, &o.luhn)
	langFlag(cmd, &o.lang)
	complete(cmd, "benchmark", "v1", "v2", "draft", "draft-v2")
	_ = cmd.MarkFlagDirname("keep")
	cmd.AddCommand(newEvalCapturesCommand(e))
	return cmd
}

// evaluation is the report, with the versions and options behind it.
type evaluation struct {
	Versions  versions        `json:"versions"`
	Benchmark string          `json:"benchmark,omitempty"` // its version
	Luhn      string          `json:"luhn"`
	Jobs      int             `json:"jobs"`
	Seconds   float64         `json:"seconds"` // with drawing
	Report    evaluate.Report `json:"report"`
}

func (o *evalOptions) run(ctx context.Context, args []string) error {
	n, err := jobs(o.jobs)
	if err != nil {
		return err
	}
	lang, err := language(o.lang)
	if err != nil {
		return err
	}
	set, err := o.dataset(args)
	if err != nil {
		return err
	}
	r, err := o.open(kahao.Options{Luhn: o.luhn, Anywhere: o.anywhere})
	if err != nil {
		return err
	}
	failures, err := newFailureList(o)
	if err != nil {
		return err
	}
	defer failures.close()
	name := o.benchmark
	if name != "" && o.limit > 0 {
		name = fmt.Sprintf("%s, the first %d images", name, set.Len())
	}
	e := evaluation{Versions: versionsOf(r), Benchmark: name, Luhn: o.luhn.String(), Jobs: n}
	bar := term.NewProgress(o.err, set.Len())
	var tally evaluate.Tally
	started := time.Now()
	err = dataset.Run(ctx, set, r, n, func(done int, l evaluate.Label, a evaluate.Answer) error {
		bar.Show(done)
		return failures.add(l, a, tally.Add(l, a))
	})
	bar.Clear()
	if err != nil {
		return err
	}
	e.Seconds = evaluate.Round(time.Since(started).Seconds(), 10)
	e.Report = tally.Report()
	if o.diagram != "" {
		if err := e.draw(o.diagram); err != nil {
			return err
		}
	}
	if o.json {
		if err := writeJSON(o.env.out, e); err != nil {
			return err
		}
	} else {
		if o.failures {
			failures.print(o.env.out, lang)
		}
		e.print(o.env.out, lang)
	}
	return failures.close()
}

// dataset is the set of images that the options name.
func (o *evalOptions) dataset(args []string) (dataset.Dataset, error) {
	switch {
	case o.benchmark != "" && len(args) > 0:
		return nil, misuse("--benchmark takes no directory")
	case o.benchmark != "":
		return dataset.OpenBenchmark(o.benchmark, o.only, o.limit, o.keep)
	case len(args) != 1:
		return nil, misuse("name a directory with labels, or --benchmark")
	case o.keep != "":
		return nil, misuse("--keep goes with --benchmark")
	}
	return dataset.OpenDirectory(args[0], o.only, o.limit, func(file string) ([]byte, error) { return input.Source{Name: file}.Load() })
}

// draw writes the reliability diagram of all readings.
func (e evaluation) draw(file string) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	var all evaluate.Calibration
	for _, x := range e.Report.Rows {
		if x.Dimension == "all" {
			all = *x.Calibration
		}
	}
	return errors.Join(all.WriteDiagram(f, cmp.Or(e.Benchmark, "all images")), f.Close())
}
