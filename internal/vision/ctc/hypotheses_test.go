package ctc

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// random returns a matrix of n columns, sharper with a greater k.
func random(r *rand.Rand, n int, k float64) Matrix {
	m := make(Matrix, n*Classes)
	for t := range n {
		sum := 0.0
		col := m[t*Classes : (t+1)*Classes]
		for c := range col {
			col[c] = math.Exp(k * r.NormFloat64())
			sum += col[c]
		}
		for c := range col {
			col[c] /= sum
		}
	}
	return m
}

// spelled returns a matrix that spells s, one symbol every third column, with
// certainty p.
func spelled(s string, p float64) Matrix {
	m := make(Matrix, (3*len(s)+1)*Classes)
	for t := 0; t < len(m)/Classes; t++ {
		want := Blank
		if t%3 == 1 {
			want = Symbol(s[t/3])
		}
		for c := range Classes {
			m[t*Classes+c] = (1 - p) / (Classes - 1)
		}
		m[t*Classes+want] = p
	}
	return m
}

// byHand sums the probability of every alignment of a short matrix.
func byHand(m Matrix, s string) float64 {
	cols := len(m) / Classes
	total := 0.0
	path := make([]int, cols)
	var walk func(t int, p float64)
	walk = func(t int, p float64) {
		if t == cols {
			text, last := "", Blank
			for _, c := range path {
				if c != Blank && c != last {
					text += string(symbolByte(c))
				}
				last = c
			}
			if text == s {
				total += p
			}
			return
		}
		for c := range Classes {
			path[t] = c
			walk(t+1, p*smooth(m[t*Classes+c]))
		}
	}
	walk(0, 1)
	return total
}

func TestForwardSumsAllAlignments(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range []string{"", "7", "77", "78", "123", "7/7"} {
		m := random(r, 5, 1)
		got, want := forward(m, s), byHand(m, s)
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%q: %g, by enumeration %g", s, got, want)
		}
	}
	if v := forward(random(r, 2, 1), "123"); v != 0 {
		t.Errorf("forward of three digits in two columns = %g, want 0", v)
	}
	long := strings.Repeat("17", shortText)
	if v := forward(spelled(long, 0.999), long); v < 0.5 {
		t.Errorf("forward of %d symbols that the matrix spells = %g, want more than half", len(long), v)
	}
	if v := forward(spelled(long, 0.999), long[2:]); v > 1e-6 {
		t.Errorf("forward of a text without the first two symbols = %g, want about 0", v)
	}
}

func TestBeamFindsTheLikeliest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 4 {
		m := random(r, 4, 2)
		best, bestP := "", 0.0
		var try func(s string)
		try = func(s string) {
			if p := byHand(m, s); p > bestP {
				best, bestP = s, p
			}
			if len(s) < 2 {
				for c := range Slash {
					try(s + string(symbolByte(c)))
				}
			}
		}
		try("")
		got := beam(m, true)
		p := byHand(m, got[0])
		if p < bestP-1e-12 {
			t.Errorf("beam's best %q has p %g; %q has %g", got[0], p, best, bestP)
		}
	}
}

func TestAlignPlacesEverySymbol(t *testing.T) {
	const s = "6225888801/2"
	spots := Align(spelled(s, 0.9), s)
	if len(spots) != len(s) {
		t.Fatalf("%d spots for %d Classes", len(spots), len(s))
	}
	for k, spot := range spots {
		if want := float64(3*k+1) + 0.5; math.Abs(spot.Column-want) > 0.2 {
			t.Errorf("symbol %d at column %.2f, want %.2f", k, spot.Column, want)
		}
		if spot.P[Symbol(s[k])] < 0.85 {
			t.Errorf("symbol %d: p = %g", k, spot.P[Symbol(s[k])])
		}
	}
	if Align(spelled("12", 0.9), "1234567890") != nil {
		t.Error("aligned ten symbols to seven columns")
	}
}

func digits(prior Prior, crops ...Matrix) *Hypotheses { return combineAll(DecodeDigits, prior, crops) }

func dates(prior Prior, crops ...Matrix) *Hypotheses { return combineAll(DecodeDates, prior, crops) }

func combineAll(view func(Matrix) *Decoded, prior Prior, crops []Matrix) *Hypotheses {
	var views []*Decoded
	for _, m := range crops {
		views = append(views, view(m))
	}
	return Combine(views, prior)
}

func TestDigitsFusesAndWeighs(t *testing.T) {
	sure, unsure := spelled("1234", 0.97), spelled("1834", 0.55)
	got := digits(nil, sure, unsure)
	if got.Top().Text != "1234" {
		t.Fatalf("best is %q", got.Top().Text)
	}
	if p := total(got); p > 1+1e-9 {
		t.Errorf("probabilities sum to %g", p)
	}
	prefer := func(s string) float64 {
		if s == "1834" {
			return 0
		}
		return -30
	}
	if got := digits(prefer, sure, unsure); got.Top().Text != "1834" {
		t.Errorf("a strong prior was ignored: %q", got.Top().Text)
	}
	if got := digits(nil, spelled("12/34", 0.9)); got.Top().Text == "12/34" {
		t.Error("Digits read a slash")
	}
	if got := dates(nil, spelled("12/34", 0.9)); got.Top().Text != "12/34" {
		t.Errorf("date read as %q", got.Top().Text)
	}
}

func total(l *Hypotheses) float64 {
	p := 0.0
	for _, c := range l.List {
		p += c.P
	}
	return p
}

// One crop that shows something else does not outvote four that agree, and
// one that shows nothing hardly weakens them.
func TestCropsAreFusedRobustly(t *testing.T) {
	good, other, blank := spelled("1234", 0.99), spelled("7777", 0.99), spelled("", 0.99)
	agree := digits(nil, good, good, good, good).Top()
	for name, m := range map[string]Matrix{"another": other, "a blank": blank} {
		if got := digits(nil, good, m, good, good).Top(); got.Text != "1234" || got.P < 0.5 {
			t.Errorf("with %s crop: %q, p = %g", name, got.Text, got.P)
		} else if got.P > agree.P {
			t.Errorf("%s crop made it surer: %g, alone %g", name, got.P, agree.P)
		}
	}
}

func TestMoreCropsThatAgreeMakeSurer(t *testing.T) {
	m := spelled("1234", 0.9)
	views, last := []Matrix{m, m}, 0.0
	for range 4 {
		l := digits(nil, views...)
		margin := l.List[0].Pixels - l.List[1].Pixels
		if margin <= last {
			t.Errorf("%d crops: margin %g, with fewer %g", len(views), margin, last)
		}
		last = margin
		views = append(views, m)
	}
}

func TestWeighReordersAndNormalises(t *testing.T) {
	l := digits(nil, spelled("1234", 0.9))
	second := l.List[1].Text
	l.Weigh(2, func(s string) float64 {
		if s == second {
			return 0
		}
		return -20
	})
	if l.Top().Text != second {
		t.Errorf("best is %q, want %q", l.Top().Text, second)
	}
	if p := total(l); p > 1+1e-9 {
		t.Errorf("probabilities sum to %g", p)
	}
}

func TestJoin(t *testing.T) {
	parts := []*Hypotheses{digits(nil, spelled("1234", 0.9)), digits(nil, spelled("56", 0.6)), digits(nil, spelled("789", 0.9))}
	got := Join(parts, nil)
	if got.Top().Text != "123456789" {
		t.Fatalf("joined %q", got.Top().Text)
	}
	if p, weakest := got.Top().P, parts[1].Top().P; p > weakest {
		t.Errorf("p = %g, though a part has %g", p, weakest)
	}
	seen := map[string]bool{}
	for _, c := range got.List {
		if seen[c.Text] {
			t.Errorf("%q comes twice", c.Text)
		}
		seen[c.Text] = true
	}
	second := parts[1].List[1].Text
	got = Join(parts, func(s string) float64 {
		if s == "1234"+second+"789" {
			return 0
		}
		return -30
	})
	if got.Top().Text != "1234"+second+"789" {
		t.Errorf("a strong prior of the whole was ignored: %q", got.Top().Text)
	}
}

func TestGreedy(t *testing.T) {
	for _, s := range []string{"", "7", "77", "6225888801/2"} {
		if got := Greedy(spelled(s, 0.9)); got != s {
			t.Errorf("%q came out as %q", s, got)
		}
	}
}

func TestGroups(t *testing.T) {
	at := func(columns ...float64) (spots []Spot) {
		for _, c := range columns {
			spots = append(spots, Spot{Column: c})
		}
		return spots
	}
	tests := []struct {
		spots []Spot
		want  []int
	}{
		{nil, nil},
		{at(3), []int{1}},
		{at(0, 3, 6, 9), []int{4}},
		{at(0, 3, 6, 9, 15, 18, 21, 24, 30, 33, 36, 39, 45, 48, 51, 54), []int{4, 4, 4, 4}},
		{at(0, 3.1, 6, 9, 12.2, 15, 20, 23, 26, 29.2, 32, 35, 38, 41, 44, 47, 50, 53, 56), []int{6, 13}},
		{at(-5, 0, 3, 6, 9, 15, 18, 21, 24), []int{1, 4, 4}},
	}
	for _, tt := range tests {
		if got := Groups(tt.spots); !slices.Equal(got, tt.want) {
			t.Errorf("%v: %v, want %v", tt.spots, got, tt.want)
		}
	}
}

func BenchmarkDecodeDigits(b *testing.B) {
	m := spelled("6225758888888888", 0.9)
	for b.Loop() {
		digits(nil, m, m, m)
	}
}

// What the crops find likeliest stays known, whatever the prior makes of it.
func TestSeen(t *testing.T) {
	views := []*Decoded{DecodeDigits(spelled("1234", 0.95)), DecodeDigits(spelled("1234", 0.9))}
	free := Combine(views, nil)
	held := Combine(views, func(s string) float64 {
		if s == "1234" {
			return -50
		}
		return 0
	})
	if held.Top().Text == "1234" || held.MaxPixels() != free.Top().Pixels {
		t.Errorf("%q, seen %g, want %g", held.Top().Text, held.MaxPixels(), free.Top().Pixels)
	}
	if empty := (&Hypotheses{}).MaxPixels(); !math.IsInf(empty, -1) {
		t.Errorf("of nothing: %g", empty)
	}
}
