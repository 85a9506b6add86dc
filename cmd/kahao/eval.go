package main

import (
	"cmp"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/internal/card/pan"
	"github.com/kahao/kahao/internal/evaluate"
)

var evalCommand = &command{
	name:  "eval",
	args:  "DIR",
	brief: "scores readings against labels",
	help: `
Reads every picture that DIR/labels.tsv or, as "kahao synth" writes it,
DIR/labels.jsonl names, and compares the answers with the labels. Prints how
many numbers came out exact, wrong and not at all (refused), each with its 95 %
Wilson interval, over all pictures and in slices, then dates, and latency.

The most confident reading counts, whatever its verdict; the column ACCEPTED
says how many readings the verdict "accept" vouched for, and how many of those
were wrong. In a label's number '?' stands for a hidden glyph: any digit, or
none, is right there. A date counts where the label has one: the latest.

Numbers in lists of failures are masked unless --reveal is given.`,
	define: func(fs *flag.FlagSet) action {
		o := &evalOptions{}
		fs.BoolVar(&o.json, "json", false, "print one JSON object")
		fs.BoolVar(&o.reveal, "reveal", false, "print and write whole numbers")
		fs.BoolVar(&o.failures, "failures", false, "list what was not exact")
		fs.StringVar(&o.out, "out", "", "write what was not exact to `file`, as JSON Lines")
		fs.StringVar(&o.only, "only", "", "score the pictures whose name begins with `prefix`")
		fs.IntVar(&o.limit, "limit", 0, "score the first `n` pictures")
		o.jobs = jobsFlag(fs)
		o.luhn = luhnFlag(fs)
		return o.run
	},
}

type evalOptions struct {
	json, reveal, failures bool
	out, only              string
	limit                  int
	jobs                   *int
	luhn                   *luhnMode
}

// evaluation is the report and what it was made with.
type evaluation struct {
	Versions versions        `json:"versions"`
	Luhn     string          `json:"luhn"`
	Jobs     int             `json:"jobs"`
	Report   evaluate.Report `json:"report"`
}

func (o *evalOptions) run(c *call) error {
	if len(c.args) != 1 {
		return misuse("one folder with labels is needed")
	}
	dir := c.args[0]
	n, err := jobs(*o.jobs)
	if err != nil {
		return err
	}
	labels, err := o.labels(dir)
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
	var tally evaluate.Tally
	bar := term.NewProgress(c.err, len(labels))
	done := 0
	work := func(ctx context.Context, l evaluate.Label) outcome {
		image, err := source{name: filepath.Join(dir, filepath.FromSlash(l.File))}.load()
		if err != nil {
			return outcome{err: err}
		}
		return timedRead(ctx, r, image, l.Kind == "strip")
	}
	err = inOrder(c.ctx, n, labels, work, func(l evaluate.Label, got outcome) error {
		done++
		bar.Show(done)
		answer := answerOf(got)
		return failures.add(l, answer, tally.Add(l, answer))
	})
	bar.Clear()
	if err != nil {
		return err
	}
	e := evaluation{versionsOf(r), o.luhn.String(), n, tally.Report()}
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

func (o *evalOptions) labels(dir string) ([]evaluate.Label, error) {
	labels, err := evaluate.ReadLabels(os.DirFS(dir))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	labels = slices.DeleteFunc(labels, func(l evaluate.Label) bool { return len(l.File) < len(o.only) || l.File[:len(o.only)] != o.only })
	if o.limit > 0 {
		labels = labels[:min(o.limit, len(labels))]
	}
	if len(labels) == 0 {
		return nil, fmt.Errorf("%s: no label is left to score", dir)
	}
	return labels, nil
}

func answerOf(got outcome) evaluate.Answer {
	a := evaluate.Answer{Err: got.err, MS: got.ms}
	if got.err != nil {
		return a
	}
	for _, c := range got.reading.Cards {
		a.Cards = append(a.Cards, evaluate.Read{
			Number:     c.Number.Reveal(),
			Expiry:     evaluate.Date{Month: c.Expiry.Month, Year: c.Expiry.Year % 100},
			HasExpiry:  c.Expiry.Text != "",
			Confidence: c.Number.Confidence,
			Accepted:   c.Verdict == kahao.Accept,
		})
	}
	return a
}

// failure is one line of --out.
type failure struct {
	File       string  `json:"file"`
	Number     string  `json:"number"` // outcome
	Want       string  `json:"want"`
	Got        string  `json:"got"`
	Confidence float64 `json:"confidence"`
	Accepted   bool    `json:"accepted"`
	Date       string  `json:"date"` // outcome
	WantDate   string  `json:"want_date"`
	GotDate    string  `json:"got_date"`
	Error      string  `json:"error"`
}

// failureList keeps what was not exact, for the listing and the file.
type failureList struct {
	o    *evalOptions
	all  []failure
	file *os.File
}

func newFailureList(o *evalOptions) (*failureList, error) {
	f := &failureList{o: o}
	var err error
	if o.out != "" {
		f.file, err = os.Create(o.out)
	}
	return f, err
}

func (f *failureList) add(l evaluate.Label, a evaluate.Answer, scores []evaluate.Score) error {
	for _, s := range scores {
		fine := func(o evaluate.Outcome) bool { return o == evaluate.Exact || o == evaluate.Unscored }
		if fine(s.Number) && fine(s.Date) {
			continue
		}
		x := failure{File: l.File, Number: s.Number.String(), Confidence: probability(s.Read.Confidence), Accepted: s.Read.Accepted, Date: s.Date.String()}
		x.Want, x.Got = string(s.Truth.Number), s.Read.Number
		if !f.o.reveal {
			x.Want, x.Got = pan.Mask(x.Want), pan.Mask(x.Got)
		}
		if want, ok := evaluate.Latest(s.Truth.Dates); ok {
			x.WantDate = want.String()
		}
		if s.Read.HasExpiry {
			x.GotDate = s.Read.Expiry.String()
		}
		if a.Err != nil {
			x.Error = a.Err.Error()
		}
		f.all = append(f.all, x)
		if f.file != nil {
			if err := json.NewEncoder(f.file).Encode(x); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *failureList) close() error {
	if f.file == nil {
		return nil
	}
	file := f.file
	f.file = nil
	return file.Close()
}

func (f *failureList) print(w io.Writer) {
	widths := []int{4, 8, 19, 19, -7, 8, 5, 5, 0}
	for _, x := range f.all {
		widths[0] = max(widths[0], term.Columns(term.Visible(x.File)))
	}
	fmt.Fprintln(w, term.Row(widths, "FILE", "NUMBER", "WANT", "GOT", "PROB", "DATE", "WANT", "GOT", ""))
	for _, x := range f.all {
		note := term.Visible(x.Error)
		if x.Number == "wrong" && x.Accepted {
			note = "accepted"
		}
		date := x.Date
		if date == "unscored" {
			date = ""
		}
		fmt.Fprintln(w, term.Row(widths, term.Visible(x.File), x.Number, x.Want, cmp.Or(x.Got, "-"), percent(x.Confidence), date, x.WantDate, x.GotDate, note))
	}
	fmt.Fprintln(w)
}
