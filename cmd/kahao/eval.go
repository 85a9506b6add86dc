package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/evaluate"
)

var evalCommand = &command{
	name:  "eval",
	args:  "[DIR]",
	brief: "scores readings against labels",
	help: `
Reads every picture that DIR/labels.tsv or, as "kahao synth" writes it,
DIR/labels.jsonl names, and compares the answers with the labels. Prints how
many numbers came out exact, wrong and not at all (refused), each with its 95 %
Wilson interval, over all pictures and in slices, then dates, how far the
confidences are what they claim, and latency.

The most confident reading counts, whatever its verdict; the column ACCEPTED
says how many readings the verdict "accept" vouched for, and how many of those
were wrong. In a label's number '?' stands for a hidden glyph: any digit, or
none, is right there. A date counts where the label has one: the latest.

With --benchmark v1 it draws the pictures itself: 2,000 with a number, so many
of every print, layout, length, light, pose, size and blur, and 500 without.
They are the same everywhere and whatever --jobs is, or the command refuses to
call them v1. Numbers that nobody could read, by the drawing's own truth, are
counted apart. "--benchmark draft" draws the set without that check.

Numbers in lists of failures are masked unless --reveal is given.`,
	define: func(fs *flag.FlagSet) action {
		o := &evalOptions{}
		fs.BoolVar(&o.json, "json", false, "print one JSON object")
		fs.BoolVar(&o.reveal, "reveal", false, "print and write whole numbers")
		fs.BoolVar(&o.failures, "failures", false, "list what was not exact")
		fs.StringVar(&o.out, "out", "", "write what was not exact to `file`, as JSON Lines")
		fs.StringVar(&o.only, "only", "", "score the pictures whose name begins with `prefix`")
		fs.IntVar(&o.limit, "limit", 0, "score the first `n` pictures")
		fs.StringVar(&o.benchmark, "benchmark", "", "draw and read the benchmark of this `version`: v1, or draft")
		fs.StringVar(&o.keep, "keep", "", "write the benchmark's pictures and labels into `dir`")
		fs.StringVar(&o.diagram, "diagram", "", "write the reliability diagram to `file`, as SVG")
		o.jobs = jobsFlag(fs)
		o.luhn = luhnFlag(fs)
		return o.run
	},
}

type evalOptions struct {
	json, reveal, failures   bool
	out, only                string
	benchmark, keep, diagram string
	limit                    int
	jobs                     *int
	luhn                     *luhnMode
}

// evaluation is the report and what it was made with.
type evaluation struct {
	Versions  versions        `json:"versions"`
	Benchmark string          `json:"benchmark,omitempty"` // its version
	Luhn      string          `json:"luhn"`
	Jobs      int             `json:"jobs"`
	Seconds   float64         `json:"seconds"` // from the first picture to the last, drawing included
	Report    evaluate.Report `json:"report"`
}

func (o *evalOptions) run(c *call) error {
	n, err := jobs(*o.jobs)
	if err != nil {
		return err
	}
	set, err := o.exam(c.args)
	if err != nil {
		return err
	}
	r, err := open(kahao.Options{Luhn: kahao.LuhnMode(*o.luhn)})
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
		name = fmt.Sprintf("%s, the first %d pictures", name, set.Len())
	}
	e := evaluation{Versions: versionsOf(r), Benchmark: name, Luhn: o.luhn.String(), Jobs: n}
	var tally evaluate.Tally
	begun := time.Now()
	err = sit(c, set, r, n, func(l evaluate.Label, a evaluate.Answer) error {
		return failures.add(l, a, tally.Add(l, a))
	})
	if err != nil {
		return err
	}
	e.Seconds = round(time.Since(begun).Seconds(), 10)
	e.Report = tally.Report()
	if o.diagram != "" {
		if err := e.draw(o.diagram); err != nil {
			return err
		}
	}
	if o.json {
		if err := json.NewEncoder(c.out).Encode(e); err != nil {
			return err
		}
	} else {
		if o.failures {
			failures.print(c.out)
		}
		e.print(c.out)
	}
	return failures.close()
}

// exam is the set of pictures that the options name.
func (o *evalOptions) exam(args []string) (exam, error) {
	switch {
	case o.benchmark != "" && (len(args) > 0 || o.only != ""):
		return nil, misuse("--benchmark takes no folder and no --only")
	case o.benchmark != "":
		return newDrawnExam(o.benchmark, o.limit, o.keep)
	case len(args) != 1:
		return nil, misuse("one folder with labels is needed, or --benchmark")
	case o.keep != "":
		return nil, misuse("--keep goes with --benchmark")
	}
	labels, err := o.labels(args[0])
	return folder{args[0], labels}, err
}

func (o *evalOptions) labels(dir string) ([]evaluate.Label, error) {
	labels, err := evaluate.ReadLabels(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	labels = slices.DeleteFunc(labels, func(l evaluate.Label) bool { return !strings.HasPrefix(l.File, o.only) })
	if o.limit > 0 {
		labels = labels[:min(o.limit, len(labels))]
	}
	if len(labels) == 0 {
		return nil, fmt.Errorf("%s: no label is left to score", dir)
	}
	return labels, nil
}

// draw writes the reliability diagram of all that was read.
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
	return errors.Join(all.WriteDiagram(f, cmp.Or(e.Benchmark, "all pictures")), f.Close())
}
