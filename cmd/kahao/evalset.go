package main

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/internal/labels"
	"github.com/kahao/kahao/internal/synth/benchmark"
	"github.com/kahao/kahao/internal/synth/plan"
)

// exam is a set of labelled pictures to be read.
type exam interface {
	Len() int
	// Picture returns the label of picture i and the bytes of its file; it may
	// be asked from several goroutines. An error of the first kind is the
	// picture's own and is scored, one of the second ends the exam.
	Picture(i int) (p examPicture, own, fatal error)
	// Done is told each picture, in order.
	Done(p examPicture) error
	// Close is called at the end, whatever it is.
	Close() error
}

type examPicture struct {
	label evaluate.Label
	image []byte
	drawn []byte // the label as the drawing has it
	sum   benchmark.Digest
}

// sitting is a picture and what was read in it.
type sitting struct {
	examPicture
	outcome
	fatal error
}

// sit reads a set, n pictures at once, and hands over the answers in order.
func sit(ctx context.Context, errOut io.Writer, set exam, r reader, n int, each func(evaluate.Label, evaluate.Answer) error) (err error) {
	defer func() { err = errors.Join(err, set.Close()) }()
	return read(ctx, errOut, set, r, n, func(s sitting) error { return each(s.label, answerOf(s.outcome)) })
}

func read(ctx context.Context, errOut io.Writer, set exam, r reader, n int, each func(sitting) error) error {
	all := make([]int, set.Len())
	for i := range all {
		all[i] = i
	}
	bar := term.NewProgress(errOut, len(all))
	defer bar.Clear()
	work := func(ctx context.Context, i int) sitting {
		p, own, fatal := set.Picture(i)
		s := sitting{examPicture: p, outcome: outcome{err: own}, fatal: fatal}
		if own == nil && fatal == nil {
			s.outcome = timedRead(ctx, r, p.image, p.label.Kind == "strip")
		}
		s.image = nil
		return s
	}
	return inOrder(ctx, n, all, work, func(i int, s sitting) error {
		if s.fatal != nil {
			return s.fatal
		}
		bar.Show(i + 1)
		if err := set.Done(s.examPicture); err != nil {
			return err
		}
		return each(s)
	})
}

// folder is an exam of files.
type folder struct {
	dir    string
	labels []evaluate.Label
}

func (f folder) Len() int               { return len(f.labels) }
func (f folder) Done(examPicture) error { return nil }
func (f folder) Close() error           { return nil }

func (f folder) Picture(i int) (examPicture, error, error) {
	l := f.labels[i]
	image, err := source{name: filepath.Join(f.dir, filepath.FromSlash(l.File))}.load()
	return examPicture{label: l, image: image}, err, nil
}

// drawnExam is a planned set, drawn as it is read.
type drawnExam struct {
	drawer *plan.Renderer
	n      int
	check  *benchmark.Checker
	keep   string
	labels *bufio.Writer // with keep
	file   *os.File
}

// newDrawnExam opens the benchmark, or its first n pictures.
func newDrawnExam(version string, n int, keep string) (*drawnExam, error) {
	check, err := benchmark.NewChecker(version)
	if err != nil {
		return nil, err
	}
	e := &drawnExam{check: check, keep: keep}
	if e.drawer, err = plan.New(benchmark.Set()); err != nil {
		return nil, err
	}
	e.n = e.drawer.Len()
	if n > 0 {
		e.n = min(n, e.n)
	}
	if keep == "" {
		return e, nil
	}
	if err := os.MkdirAll(keep, 0o755); err != nil {
		return nil, err
	}
	if e.file, err = os.Create(filepath.Join(keep, labels.File)); err != nil {
		return nil, err
	}
	e.labels = bufio.NewWriter(e.file)
	return e, nil
}

func (e *drawnExam) Len() int { return e.n }

func (e *drawnExam) Picture(i int) (p examPicture, own, fatal error) {
	drawn, err := e.drawer.Draw(i)
	if err != nil {
		return p, nil, err
	}
	if p.sum, err = benchmark.DigestOf(drawn); err != nil {
		return p, nil, err
	}
	if p.drawn, err = json.Marshal(drawn.Label); err != nil {
		return p, nil, err
	}
	if p.label, err = evaluate.ParseSynthetic(p.drawn); err != nil {
		return p, nil, err
	}
	if p.image, err = drawn.Encode(); err != nil {
		return p, nil, err
	}
	if e.keep != "" {
		err = os.WriteFile(filepath.Join(e.keep, p.label.File), p.image, 0o666)
	}
	return p, nil, err
}

func (e *drawnExam) Done(p examPicture) error {
	if err := e.check.Add(p.sum); err != nil || e.labels == nil {
		return err
	}
	_, err := fmt.Fprintf(e.labels, "%s\n", p.drawn)
	return err
}

func (e *drawnExam) Close() error {
	if e.file == nil {
		return nil
	}
	return errors.Join(e.labels.Flush(), e.file.Close())
}

func answerOf(got outcome) evaluate.Answer {
	a := evaluate.Answer{Err: got.err, MS: got.ms}
	if got.err != nil {
		return a
	}
	for _, c := range got.reading.Cards {
		a.Cards = append(a.Cards, evaluate.Read{
			Number:     c.PAN.Reveal(),
			Expiry:     evaluate.Date{Month: c.Expiry.Month, Year: c.Expiry.Year},
			HasExpiry:  c.Expiry.Text != "",
			Confidence: c.Number.Confidence,
			Accepted:   c.Verdict == kahao.VerdictAccept,
		})
	}
	slices.SortStableFunc(a.Cards, func(x, y evaluate.Read) int { return cmp.Compare(y.Confidence, x.Confidence) })
	return a
}
