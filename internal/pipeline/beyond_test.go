package pipeline

import (
	"math"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/multiline"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/recognize/linetest"
)

// Twelve digits in fours are what is left of sixteen. The lost ones stand where
// the card has room for them.
func TestLostGroupIsCovered(t *testing.T) {
	tests := []struct {
		text   string
		groups []int
		at     float64 // of the first digit on a card 200 wide
		want   string
	}{
		{"4539 8484 9027", []int{4, 4, 4}, 15, "453984849027????"},
		{"8484 9027 0293", []int{4, 4, 4}, 60, "????848490270293"},
		{"453984849027", []int{12}, 15, ""},
		{"4539 8484 9027 0293", []int{4, 4, 4, 4}, 15, ""},
	}
	for _, tt := range tests {
		c := cardOf(t, tt.text)
		c.Corners = geom.RectQuad(-tt.at, -60, 200, 120)
		whole := c.PAN.Reveal()
		if err := c.fillEnd(tt.groups); err != nil {
			t.Fatalf("fillEnd(%s): %v", tt.text, err)
		}
		if got := c.Masked.Reveal(); got != tt.want || c.PAN.IsZero() != (tt.want != "") || len(c.Number.Digits) != len(whole)+4*min(1, len(tt.want)) {
			t.Errorf("%s at %g: masked %q with %d digits, want %q", tt.text, tt.at, got, len(c.Number.Digits), tt.want)
		}
	}
	// On a card that is no longer than the digits nothing is lost.
	c := cardOf(t, "4539 8484 9027")
	c.Corners = geom.RectQuad(-10, -60, 160, 120)
	if err := c.fillEnd(lostGroup); err != nil || c.PAN.IsZero() {
		t.Errorf("without room for a group the number is %q, %v, want it unchanged", c.Masked.Reveal(), err)
	}
}

func TestLongerLine(t *testing.T) {
	l := linetest.Printed("548888888888", .99, 120, 50, 16)
	area := geom.Rect{X1: 352, Y1: 224}
	if s, ok := longer(l, false, area); !ok || s.Left.X >= 120-4*0.7*16 || s.Left.X < cardMargin*352 || s.Right != l.Right {
		t.Errorf("to the left: from %v to %v, %v, want four digits more", s.Left, s.Right, ok)
	}
	if s, ok := longer(l, true, area); !ok || s.Right.X > (1-cardMargin)*352 || s.Right.X <= l.Right.X {
		t.Errorf("to the right: up to %v, %v, want within the card", s.Right, ok)
	}
	if s, ok := longer(l, false, geom.Rect{X1: 1000, Y1: 600}); ok {
		t.Errorf("small print is as long as %v to %v, want no longer line", s.Left, s.Right)
	}
	if s, ok := longer(l, true, geom.Rect{X1: 300, Y1: 224}); ok {
		t.Errorf("with hardly any room the line ends at %v, want no longer one", s.Right)
	}
	// Covered digits at an end have a count, and no place.
	guessed := linetest.Printed("54888888????????", .99, 60, 50, 16)
	s, ok := longer(guessed, true, area)
	if last := 60 + 7.5*0.8*16; !ok || math.Abs(s.Right.X-(1-cardMargin)*352) > 1 && math.Abs(s.Right.X-last-14.5*0.8*16) > 1 {
		t.Errorf("beyond eight digits that end at %g: up to %v, %v, want room for eleven more, or to the card's edge", last, s.Right, ok)
	}
}

func TestPartOfCard(t *testing.T) {
	for _, tt := range []struct {
		groups []int
		want   bool
	}{
		{[]int{8}, true}, {[]int{4, 4, 4}, true}, {[]int{6, 2}, true}, {[]int{4, 6, 2}, true}, {[]int{3, 4}, true}, {[]int{4, 2}, true},
		{[]int{4, 5, 4}, false}, {[]int{10}, false}, {[]int{1, 6, 3}, false}, {[]int{13}, false}, {[]int{3, 3, 4}, false}, {[]int{2, 7}, false}, {[]int{1, 5, 6}, false},
	} {
		if got := partOfCard(tt.groups); got != tt.want {
			t.Errorf("partOfCard(%v) = %v, want %v", tt.groups, got, tt.want)
		}
	}
}

// A number goes on where digits are covered, or anywhere if none are, and begins
// with a network's digits.
func TestPartBefore(t *testing.T) {
	for _, tt := range []struct {
		text  string
		right bool
		want  string
		ok    bool
	}{
		{"62090422", true, "62090422", true},
		{"62090422", false, "62090422", true},
		{"62090422????", true, "62090422", true},
		{"62090422????", false, "62090422????", false},
		{"????62090422", false, "62090422", true},
		{"????62090422???", true, "62090422", true},
		{"01683095", true, "01683095", false},
		{"01683095", false, "01683095", true},
	} {
		if got, ok := partBefore(tt.text, tt.right); got != tt.want || ok != tt.ok {
			t.Errorf("partBefore(%q, %v) = %q, %v, want %q, %v", tt.text, tt.right, got, ok, tt.want, tt.ok)
		}
	}
}

func TestTrimFlaw(t *testing.T) {
	for text, want := range map[string]string{
		"62090422????225189?": "62090422????225189", "62090422??????????": "62090422??????????", "6209042213225189?": "6209042213225189?",
		"62090422????225189": "62090422????225189",
	} {
		l := linetest.Printed("62090422", .99, 40, 60, 16)
		l.List[0].Text = text
		if trimFlaw(l); l.Top().Text != want {
			t.Errorf("trimFlaw of %q = %q, want %q", text, l.Top().Text, want)
		}
	}
}

// What is read beyond an end has the part that was read before, and a group of
// covered digits.
func TestContinues(t *testing.T) {
	for _, tt := range []struct {
		text, part string
		right      bool
		want       bool
	}{
		{"62090422????225189", "62090422", true, true},
		{"62090422????????", "62090422", true, true},
		{"6250????84217507", "4217507", false, true},
		{"????????51277347", "51277347", false, true},
		{"62090422??225189", "62090422", true, false}, // two digits may be a flaw
		{"62090425????225189", "62090422", true, false},
		{"62090422???", "62090422", true, false}, // no number is so short
	} {
		if got := continues(tt.text, tt.part, tt.right); got != tt.want {
			t.Errorf("continues(%q, %q, %v) = %v, want %v", tt.text, tt.part, tt.right, got, tt.want)
		}
	}
	for text, want := range map[string]bool{"6225????": true, "????6225": true, "????6225????": true, "6225????6225": false} {
		if got := openEnded(text); got != want {
			t.Errorf("openEnded(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestLikelierCovered(t *testing.T) {
	covered := ctc.Hypothesis{Text: "6225????88888888", P: .3, Pixels: -2}
	far := covered
	far.Pixels = -5
	visa13 := ctc.Hypothesis{Text: "4222222222222", P: .9}
	tests := map[string]struct {
		covered, plain ctc.Hypothesis
		groups         []int
		want           bool
	}{
		"less likely than a number":      {covered, ctc.Hypothesis{Text: "6225768888888888", P: .9}, nil, false},
		"likelier":                       {covered, ctc.Hypothesis{Text: "6225768888888888", P: .2}, nil, true},
		"less likely than what is none":  {covered, ctc.Hypothesis{Text: "622588888888", P: .9}, nil, true},
		"the pixels hardly show it":      {far, ctc.Hypothesis{Text: "622588888888", P: .2}, nil, false},
		"no covered digits in it either": {ctc.Hypothesis{Text: "622588888888", P: .9}, ctc.Hypothesis{Text: "622588888888", P: .2}, nil, false},
		"13 digits in Visa's groups":     {covered, visa13, []int{4, 3, 3, 3}, false},
		"13 digits in fours":             {covered, visa13, []int{4, 4, 4, 1}, true},
		"a wrong check digit":            {covered, ctc.Hypothesis{Text: "4222222222221", P: .9}, []int{4, 3, 3, 3}, true},
	}
	for name, tt := range tests {
		if got := likelierCovered(tt.covered, tt.plain, tt.groups); got != tt.want {
			t.Errorf("%s: likelierCovered = %v, want %v", name, got, tt.want)
		}
	}
}

// A row on which nothing was read may be a number's second one.
func TestRowOf(t *testing.T) {
	at := func(text string, x, y, height float64) *recognize.Line {
		return linetest.Printed(text, .99, x, y, height)
	}
	first, empty := at("62245312", 40, 100, 16), at("????????", 40, 125, 16)
	empty.Hypotheses = &ctc.Hypotheses{}
	if !rowOf([]*recognize.Line{first, empty}, empty) {
		t.Error("a line below one of eight digits may be no row, want one")
	}
	aside := at("????????", 90, 125, 16)
	aside.Hypotheses = &ctc.Hypotheses{}
	if rowOf([]*recognize.Line{first, aside}, aside) || rowOf([]*recognize.Line{empty, aside}, aside) {
		t.Error("a line elsewhere, or without digits above it, may be a row; want none")
	}
}

// A line seen on the card and in the whole image is on the card.
func TestFusedPassKeepsTheOutline(t *testing.T) {
	over := func(whole bool, p float64) *pass {
		l := linetest.Printed("6225758888888888", p, 40, 120, 16)
		found := &pass{whole: whole, corners: geom.RectQuad(0, 0, 352, 224), number: multiline.Number{Parts: []*recognize.Line{l}, Hypotheses: l.Hypotheses}}
		found.setScore(0)
		return found
	}
	if got := fuse(over(false, .9), over(true, .99), nil); got.whole {
		t.Error("the fused pass is over the whole image, want over the card")
	}
}

// The network that knows covered digits replaces a line on which it sees some, but
// not if it sees the same digits and cannot tell where the covered ones are.
func TestMisplaced(t *testing.T) {
	for _, tt := range []struct {
		covered ctc.Hypothesis
		plain   ctc.Hypothesis
		want    bool
	}{
		{ctc.Hypothesis{Text: "?????18791509???", Pixels: -4.3}, ctc.Hypothesis{Text: "18791509", Pixels: -.2}, true},
		{ctc.Hypothesis{Text: "?????18791509???", Pixels: -1.3}, ctc.Hypothesis{Text: "18791509", Pixels: -.2}, false},
		{ctc.Hypothesis{Text: "?????18791509???", Pixels: -4.3}, ctc.Hypothesis{Text: "18791509", Pixels: -2}, false},
		{ctc.Hypothesis{Text: "?????18791509???", Pixels: -4.3}, ctc.Hypothesis{Text: "18791508", Pixels: -.2}, false},
		{ctc.Hypothesis{Text: "1879????1509", Pixels: -4.3}, ctc.Hypothesis{Text: "18791509", Pixels: -.2}, false},
		{ctc.Hypothesis{Text: "?4111111111111111", Pixels: -4.3}, ctc.Hypothesis{Text: "4111111111111111", Pixels: -.2}, false},
	} {
		if got := misplaced(tt.covered, tt.plain, nil); got != tt.want {
			t.Errorf("misplaced(%q at %v, %q at %v) = %v, want %v", tt.covered.Text, tt.covered.Pixels, tt.plain.Text, tt.plain.Pixels, got, tt.want)
		}
	}
}

func TestOtherRow(t *testing.T) {
	l := linetest.Printed("6210", .99, 90, 60, 20)
	below := recognize.Strip{Left: geom.Point{X: 90, Y: 100}, Right: geom.Point{X: 300, Y: 100}, Height: 18}
	if !otherRow(l, below) {
		t.Error("a line of four digits above a strip is no row")
	}
	same := recognize.Strip{Left: geom.Point{X: 90, Y: 64}, Right: geom.Point{X: 300, Y: 62}, Height: 18}
	if otherRow(l, same) {
		t.Error("a line is a row beside its own place")
	}
	if otherRow(linetest.Printed("62", .99, 90, 60, 20), below) {
		t.Error("two digits are a row")
	}
}
