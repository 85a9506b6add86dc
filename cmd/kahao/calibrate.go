package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/internal/vision/model"
)

type calibrateOptions struct {
	*env
	pictures, lines int
	seed            uint64
	out             string
	jobs            int
}

func newCalibrateCommand(e *env) *cobra.Command {
	o := &calibrateOptions{env: e}
	cmd := &cobra.Command{
		Use:     "calibrate",
		Short:   "fit the confidences to synthetic images",
		Example: `  kahao calibrate --out internal/calibration/calibration.json`,
		Long: `
Draws images from a seed, reads them, and fits the map from the evidence for a
reading to the probability that it is right, for numbers, dates and single lines;
then the probability from which a number is accepted. Writes the file that the
library embeds, internal/calibration/calibration.json. Run it after every change
of the networks or of the steps after them.

A fifth of the images show no number; a fifth of the numbers have a wrong check
digit. Every reading is judged by a map that was fitted to the other half of the
images. Readings are accepted in order of confidence as long as at most one in a
thousand is wrong, counting one more than there are: that takes 999 right ones.
Review starts at 0.5.`,
		Args: takes(0, 0),
		RunE: e.action(o.run),
	}
	fs := cmd.Flags()
	fs.IntVarP(&o.pictures, "count", "n", 4000, "draw `n` images")
	fs.IntVar(&o.lines, "lines", 2400, "draw `n` lines")
	fs.Uint64Var(&o.seed, "seed", 20262, "`seed` of the drawings")
	fs.StringVar(&o.out, "out", "", "write the calibration to `file` (default: standard output)")
	jobsFlag(cmd, &o.jobs, "read `n` images at once (default: one per CPU)")
	return cmd
}

func (o *calibrateOptions) run(ctx context.Context, _ []string) error {
	switch {
	case o.pictures < 10 || o.lines < 10:
		return misuse("-n and --lines must be at least 10")
	}
	n, err := jobs(o.jobs)
	if err != nil {
		return err
	}
	r, err := pipeline.New(pipeline.Options{})
	if err != nil {
		return err
	}
	var got evidence
	if err := got.readPictures(ctx, r, n, o); err != nil {
		return err
	}
	if err := got.readLines(ctx, r, n, o); err != nil {
		return err
	}
	made, err := o.fit(got, r.Networks())
	if err != nil {
		return err
	}
	text, err := made.JSON()
	if err != nil {
		return err
	}
	o.print(o.err, made, got)
	if o.out == "" {
		_, err = o.env.out.Write(text)
		return err
	}
	return os.WriteFile(o.out, text, 0o666)
}

// acceptWrong is the share of accepted numbers that may be wrong.
const acceptWrong = 1e-3

// reviewFrom is the probability from which a reading is more likely right than
// wrong.
const reviewFrom = 0.5

// fit makes the calibration out of the evidence.
func (o *calibrateOptions) fit(got evidence, v *model.Set) (*calibration.Calibration, error) {
	judged := crossfit(got.numbers, every)
	accept, n, wrong, ok := evaluate.Threshold(crossfit(got.numbers, acceptable), acceptWrong)
	if !ok {
		return nil, fmt.Errorf("of %d numbers read, no threshold lets so few wrong ones through that 99.9 %% are right: draw more, or read better", len(judged))
	}
	figures := evaluate.Calibrate(judged, len(judged))
	made := &calibration.Calibration{
		Version: fmt.Sprintf("corners %s, lines %s, digits %s; seed %d, %d pictures, %d lines",
			release(v.Corners), release(v.Lines), release(v.Digits), o.seed, o.pictures, o.lines),
		Number: fitMap(got.numbers), Date: fitMap(got.dates), Line: fitMap(got.lines),
		Accept: max(accept, reviewFrom), Review: reviewFrom,
		Fit: calibration.Fit{
			Seed: o.seed, Pictures: o.pictures, Numbers: len(got.numbers), Wrong: wrongOf(judged), Dates: len(got.dates), Lines: len(got.lines),
			Error: round(figures.Error15, 1e4), Ranking: round(figures.Ranking, 1e4), Accepted: n, AcceptedWrong: wrong,
		},
	}
	return made, nil
}

// print says what the fit is worth.
func (o *calibrateOptions) print(w io.Writer, c *calibration.Calibration, got evidence) {
	for _, x := range []struct {
		name string
		of   []sighting
	}{{"numbers", got.numbers}, {"dates", got.dates}, {"lines", got.lines}} {
		judged := crossfit(x.of, every)
		f := evaluate.Calibrate(judged, len(judged))
		fmt.Fprintf(w, "%-8s %5d read, %d of them wrong; expected calibration error %.4f (10 bins) %.4f (15 bins), Brier %.4f, AUROC %.4f\n",
			x.name, f.N, wrongOf(judged), f.Error10, f.Error15, f.Brier, f.Ranking)
	}
	s := evaluate.NewShare(c.Fit.AcceptedWrong, c.Fit.Accepted)
	fmt.Fprintf(w, "accept from %.4f: %d numbers, %d of them wrong, at most %.2f %% with 95 %% confidence\n", c.Accept, s.Total, s.Count, 100*s.High)
}

func wrongOf(judged []evaluate.Sample) int {
	n := 0
	for _, s := range judged {
		if !s.Right {
			n++
		}
	}
	return n
}

// release is the number of a network's version: "3" of "digits 3, 90 minutes".
func release(n model.Network) string {
	words := strings.FieldsFunc(n.Version(), func(r rune) bool { return r == ' ' || r == ',' })
	if len(words) < 2 {
		return n.Version()
	}
	return words[1]
}
