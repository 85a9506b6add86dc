package dataset

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/pan"
)

// reader answers with the number that the image is.
type reader struct{}

func (reader) ReadAll(_ context.Context, image []byte) (*kahao.Reading, error) {
	c := &kahao.Card{Verdict: kahao.VerdictAccept}
	c.PAN, _ = pan.New(string(image))
	surer := &kahao.Card{Verdict: kahao.VerdictReview}
	surer.PAN, surer.Number.Confidence = c.PAN, 0.9
	return &kahao.Reading{Cards: []*kahao.Card{c, surer}}, nil
}

func (reader) ReadLine(context.Context, []byte) (*kahao.Reading, error) {
	return nil, kahao.ErrMalformed
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatalf("writing %s: %v", name, err)
	}
}

// Answers come in the order of the labels, with the most confident card first. A
// file that cannot be loaded is an answer, too.
func TestDirectory(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "labels.tsv", "file\tkind\tnumber_as_printed\texpiry_as_printed\tprint\torientation\tnetwork\tquad\n"+
		"a.jpg\tcard\t4111 1111 1111 1111\t\t\t\t\t\nnone.jpg\tcard\t1\t\t\t\t\t\nstrip.png\tstrip\t12\t\t\t\t\t\n")
	write(t, dir, "a.jpg", "4111111111111111")
	write(t, dir, "strip.png", "12")
	set, err := OpenDirectory(dir, "", 0, os.ReadFile)
	if err != nil {
		t.Fatalf("OpenDirectory: %v", err)
	}
	var answers []evaluate.Answer
	err = Run(t.Context(), set, reader{}, 2, func(done int, l evaluate.Label, a evaluate.Answer) error {
		answers = append(answers, a)
		if want := []string{"a.jpg", "none.jpg", "strip.png"}[done-1]; l.File != want {
			t.Errorf("result %d is of %s, want %s", done, l.File, want)
		}
		return nil
	})
	if err != nil || len(answers) != 3 {
		t.Fatalf("Run = %v with %d answers, want 3", err, len(answers))
	}
	if c := answers[0].Cards; len(c) != 2 || c[0].Number != "4111111111111111" || c[0].Confidence != 0.9 || c[0].Accepted || !c[1].Accepted {
		t.Errorf("the first answer is %+v, want the card to review first, then the accepted one", c)
	}
	for i, want := range []error{nil, os.ErrNotExist, kahao.ErrMalformed} {
		if !errors.Is(answers[i].Err, want) {
			t.Errorf("answer %d has error %v, want %v", i, answers[i].Err, want)
		}
	}
	if _, err := OpenDirectory(dir, "b", 0, os.ReadFile); !errors.Is(err, ErrEmpty) {
		t.Errorf("OpenDirectory = %v for a prefix that no name has, want ErrEmpty", err)
	}
	if set, err = OpenDirectory(dir, "", 1, os.ReadFile); err != nil || set.Len() != 1 {
		t.Errorf("OpenDirectory with limit 1 has %d images, %v, want 1", set.Len(), err)
	}
}

// An image that cannot be made ends the run, and the dataset is closed.
func TestRunStops(t *testing.T) {
	set := &broken{}
	err := Run(t.Context(), set, reader{}, 1, func(int, evaluate.Label, evaluate.Answer) error { return nil })
	if !errors.Is(err, errBroken) || !set.closed {
		t.Errorf("Run = %v, closed %v, want the error of the image, and closed", err, set.closed)
	}
}

var errBroken = errors.New("broken")

type broken struct{ closed bool }

func (*broken) Len() int                 { return 3 }
func (*broken) Image(int) (Image, error) { return Image{}, errBroken }
func (*broken) Done(Image) error         { return nil }
func (b *broken) Close() error           { b.closed = true; return nil }
