package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/internal/evaluate/fit"
	"github.com/kahao/kahao/internal/pipeline"
)

type calibrateOptions struct {
	*env
	fit.Options
	out string
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
	fs.IntVarP(&o.Images, "count", "n", 4000, "draw `n` images")
	fs.IntVar(&o.Lines, "lines", 2400, "draw `n` lines")
	fs.Uint64Var(&o.Seed, "seed", 20262, "`seed` of the drawings")
	fs.StringVar(&o.out, "out", "", "write the calibration to `file` (default: standard output)")
	jobsFlag(cmd, &o.Jobs, "read `n` images at once (default: one per CPU)")
	return cmd
}

func (o *calibrateOptions) run(ctx context.Context, _ []string) error {
	if o.Images < 10 || o.Lines < 10 {
		return misuse("--count and --lines must be at least 10")
	}
	var err error
	if o.Jobs, err = jobs(o.Jobs); err != nil {
		return err
	}
	o.BINs = bins{}
	r, err := pipeline.New(pipeline.Options{})
	if err != nil {
		return err
	}
	var evidence fit.Evidence
	for _, part := range []struct {
		n    int
		read func(context.Context, *pipeline.Reader, fit.Options, func(int)) error
	}{{o.Images, evidence.ReadImages}, {o.Lines, evidence.ReadLines}} {
		bar := term.NewProgress(o.err, part.n)
		err := part.read(ctx, r, o.Options, bar.Show)
		bar.Clear()
		if err != nil {
			return err
		}
	}
	c, err := evidence.Calibration(o.Options, r.Networks())
	if err != nil {
		return err
	}
	text, err := c.JSON()
	if err != nil {
		return err
	}
	printFit(o.err, c, evidence)
	if o.out == "" {
		_, err = o.env.out.Write(text)
		return err
	}
	return os.WriteFile(o.out, text, 0o666)
}

// printFit prints the quality of a calibration.
func printFit(w io.Writer, c *calibration.Calibration, e fit.Evidence) {
	for _, x := range []struct {
		name    string
		samples []fit.Sample
	}{{"numbers", e.Numbers}, {"dates", e.Dates}, {"lines", e.Lines}} {
		judged := fit.CrossFit(x.samples)
		f := evaluate.Calibrate(judged, len(judged))
		fmt.Fprintf(w, "%-8s %5d read, %d of them wrong; expected calibration error %.4f (10 bins) %.4f (15 bins), Brier %.4f, AUROC %.4f\n",
			x.name, f.N, fit.Wrong(judged), f.Error10, f.Error15, f.Brier, f.Ranking)
	}
	s := evaluate.NewShare(c.Fit.AcceptedWrong, c.Fit.Accepted)
	fmt.Fprintf(w, "accept from %.4f: %d numbers, %d of them wrong, at most %.2f %% with 95 %% confidence\n", c.Accept, s.Total, s.Count, 100*s.High)
}
