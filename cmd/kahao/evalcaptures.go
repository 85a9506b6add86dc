package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth"
	"github.com/kahao/kahao/internal/synth/attack"
	"github.com/kahao/kahao/internal/vision/checks"
)

type evalCapturesOptions struct {
	*env
	n     int
	json  bool
	chart string
	from  string
	draw  synth.Options
}

func newEvalCapturesCommand(e *env) *cobra.Command {
	o := &evalCapturesOptions{env: e}
	cmd := &cobra.Command{
		Use:   "captures",
		Short: "score the capture checks on drawn images",
		Example: `  kahao eval captures -n 2000 --seed 900 --chart det.svg
  kahao synth --stream captures -n 2000 --seed 900 > drawn.bin
  kahao eval captures --from drawn.bin`,
		Long: `
Draws genuine photographs and attacks, half of each, and scores the checks that
networks judge, as ISO/IEC 30107-3 does: APCER is the share of attacks without a
warning, BPCER that of genuine images with one, EER the rate where both are equal.
Shares have their 95 % Wilson interval. LIMIT is the log-odds that 1 % of the
genuine images exceed, from which thresholds are set.

Drawing costs more than scoring: --from scores a stream that "kahao synth --stream
captures" wrote.`,
		Args: takes(0, 0),
		RunE: e.action(o.run),
	}
	fs := cmd.Flags()
	fs.IntVarP(&o.n, "count", "n", 1000, "draw `n` images")
	fs.Uint64Var(&o.draw.Seed, "seed", 900, "`seed` of the drawings; training used 101 to 310 and 2001 to 2300")
	fs.StringVar(&o.draw.Fonts, "fonts", "", "draw with the fonts in `dir` in addition to the embedded ones")
	fs.BoolVar(&o.json, "json", false, "print one JSON object a line")
	fs.StringVar(&o.from, "from", "", "score the drawings in `file` instead")
	fs.StringVar(&o.chart, "chart", "", "write the detection error trade-offs to `file`, as SVG")
	_ = cmd.MarkFlagDirname("fonts")
	return cmd
}

// attacks are the kinds of attack with the check that is for each.
var attacks = []struct {
	kind, check string
	is          func(*attack.Sample) bool
}{
	{"screen", "screen", func(s *attack.Sample) bool { return s.Kind == attack.Screen }},
	{"grey copy", "photocopy", func(s *attack.Sample) bool { return s.Kind == attack.GreyCopy }},
	{"color copy", "photocopy", func(s *attack.Sample) bool { return s.Kind == attack.ColorCopy }},
	{"screenshot", "screenshot", func(s *attack.Sample) bool { return s.Kind == attack.Screenshot }},
	{"watermark", "watermark", func(s *attack.Sample) bool { return s.Watermark }},
	{"edited", "edited", func(s *attack.Sample) bool { return s.Edited }},
}

// scored is a drawn image with its log-odds.
type scored struct {
	*attack.Sample
	scores checks.Scores
}

// presentations returns the results of a check on some of the images.
func presentations(all []scored, check string, some func(*attack.Sample) bool) (found []evaluate.Presentation) {
	for _, s := range all {
		if !some(s.Sample) {
			continue
		}
		var c capture.Checks
		s.scores.Add(&c)
		for name, result := range c.All() {
			if name == check {
				found = append(found, evaluate.Presentation{Score: s.scores.Of(check), Warn: result.Warn})
			}
		}
	}
	return found
}

// genuine reports whether no check should warn.
func genuine(s *attack.Sample) bool { return s.Kind == attack.Genuine && !s.Watermark && !s.Edited }

func (o *evalCapturesOptions) run(ctx context.Context, _ []string) error {
	if o.n < 1 {
		return misuse("--count must be positive")
	}
	all, err := o.score(ctx)
	if err != nil {
		return err
	}
	var rows []evaluate.PAD
	var curves []evaluate.NamedDET
	for _, a := range attacks {
		good, bad := presentations(all, a.check, genuine), presentations(all, a.check, a.is)
		if len(good) == 0 || len(bad) == 0 {
			continue
		}
		rows = append(rows, evaluate.NewPAD(a.check, a.kind, good, bad))
		curves = append(curves, evaluate.NamedDET{Name: a.kind, DET: evaluate.NewDET(good, bad)})
		for _, family := range families(all, a.is) {
			part := presentations(all, a.check, func(s *attack.Sample) bool { return a.is(s) && s.Family == family })
			rows = append(rows, evaluate.NewPAD(a.check, a.kind+", "+family, good, part))
		}
	}
	if o.chart != "" {
		if err := writeChart(o.chart, fmt.Sprintf("%d drawn images", len(all)), curves); err != nil {
			return err
		}
	}
	if o.json {
		for _, r := range rows {
			if err := writeJSON(o.out, r); err != nil {
				return err
			}
		}
		return nil
	}
	o.print(rows)
	return nil
}

// score draws the images and runs the networks.
func (o *evalCapturesOptions) score(ctx context.Context) ([]scored, error) {
	next, end, err := o.samples()
	if err != nil {
		return nil, err
	}
	defer end()
	judge, err := checks.Open()
	if err != nil {
		return nil, err
	}
	bar := term.NewProgress(o.err, o.n)
	defer bar.Clear()
	var all []scored
	for i := 0; i < o.n || o.from != ""; i++ {
		s, err := next()
		if errors.Is(err, io.EOF) && i > 0 {
			break
		}
		if err != nil {
			return nil, err
		}
		scores, err := judge.Score(ctx, pixel.NewPyramid(s.Image))
		if err != nil {
			return nil, err
		}
		s.Image = nil
		all = append(all, scored{s, scores})
		bar.Show(i + 1)
	}
	return all, nil
}

// samples returns a function that gives one image after the other, drawn or from
// a file, and one that ends it.
func (o *evalCapturesOptions) samples() (next func() (*attack.Sample, error), end func(), err error) {
	if o.from != "" {
		f, err := os.Open(o.from)
		if err != nil {
			return nil, nil, err
		}
		b := bufio.NewReader(f)
		return func() (*attack.Sample, error) { return synth.ReadCapture(b) }, func() { f.Close() }, nil
	}
	o.draw.BINs = bins{}
	g, err := synth.New(o.draw)
	if err != nil {
		return nil, nil, err
	}
	d := g.Captures()
	return func() (*attack.Sample, error) { return d.Draw(), nil }, func() {}, nil
}

// families returns the processes of an attack of which several were drawn.
func families(all []scored, is func(*attack.Sample) bool) []string {
	count := map[string]int{}
	for _, s := range all {
		if s.Kind != attack.Genuine && is(s.Sample) && !s.Watermark {
			count[s.Family]++
		}
	}
	var names []string
	for name := range count {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func writeChart(file, title string, curves []evaluate.NamedDET) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	return errors.Join(evaluate.WriteDET(f, title, curves), f.Close())
}

func (o *evalCapturesOptions) print(rows []evaluate.PAD) {
	widths := []int{27, -6, 25, 25, 25, 25, -7}
	fmt.Fprintln(o.out, term.Row(widths, "ATTACK", "N", "EER", "APCER", "BPCER", "APCER AT BPCER 1, 5, 10 %", "LIMIT"))
	for _, r := range rows {
		var at string
		for _, m := range r.At {
			at += fmt.Sprintf("%5.1f%% ", 100*m.APCER.Value())
		}
		fmt.Fprintln(o.out, term.Row(widths, r.Kind, fmt.Sprint(r.APCER.Total), share(r.EER), share(r.APCER), share(r.BPCER), at, fmt.Sprintf("%.2f", r.Limit)))
	}
}
