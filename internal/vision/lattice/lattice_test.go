package lattice

import (
	"math"
	"math/rand/v2"
	"testing"
)

// random returns a matrix of n columns, sharper with a greater k.
func random(r *rand.Rand, n int, k float64) Matrix {
	m := make(Matrix, n*symbols)
	for t := range n {
		sum := 0.0
		col := m[t*symbols : (t+1)*symbols]
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
	m := make(Matrix, (3*len(s)+1)*symbols)
	for t := 0; t < len(m)/symbols; t++ {
		want := Blank
		if t%3 == 1 {
			want = symbolOf(s[t/3])
		}
		for c := range symbols {
			m[t*symbols+c] = (1 - p) / (symbols - 1)
		}
		m[t*symbols+want] = p
	}
	return m
}

// byHand sums the probability of every alignment of a short matrix.
func byHand(m Matrix, s string) float64 {
	cols := len(m) / symbols
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
		for c := range symbols {
			path[t] = c
			walk(t+1, p*smooth(m[t*symbols+c]))
		}
	}
	walk(0, 1)
	return total
}

func TestForwardSumsAllAlignments(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, s := range []string{"", "7", "77", "78", "123", "7/7"} {
		m := random(r, 5, 1)
		got, want := math.Exp(forward(m, s)), byHand(m, s)
		if math.Abs(got-want) > 1e-9 {
			t.Errorf("%q: %g, by enumeration %g", s, got, want)
		}
	}
	if v := forward(random(r, 2, 1), "123"); !math.IsInf(v, -1) {
		t.Errorf("three digits in two columns: log p = %g, want -Inf", v)
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
		t.Fatalf("%d spots for %d symbols", len(spots), len(s))
	}
	for k, spot := range spots {
		if want := float64(3*k+1) + 0.5; math.Abs(spot.Column-want) > 0.2 {
			t.Errorf("symbol %d at column %.2f, want %.2f", k, spot.Column, want)
		}
		if spot.P[symbolOf(s[k])] < 0.85 {
			t.Errorf("symbol %d: p = %g", k, spot.P[symbolOf(s[k])])
		}
	}
	if Align(spelled("12", 0.9), "1234567890") != nil {
		t.Error("aligned ten symbols to seven columns")
	}
}

func TestDigitsFusesAndWeighs(t *testing.T) {
	sure, unsure := spelled("1234", 0.97), spelled("1834", 0.55)
	got := Digits([]Matrix{sure, unsure}, nil)
	if got[0].Text != "1234" {
		t.Fatalf("best is %q", got[0].Text)
	}
	total := 0.0
	for _, c := range got {
		total += c.P
	}
	if total > 1+1e-9 {
		t.Errorf("probabilities sum to %g", total)
	}
	luhnLike := func(s string) float64 {
		if s == "1834" {
			return 0
		}
		return -30
	}
	if got := Digits([]Matrix{sure, unsure}, luhnLike); got[0].Text != "1834" {
		t.Errorf("a strong prior was ignored: %q", got[0].Text)
	}
	if got := Digits([]Matrix{spelled("12/34", 0.9)}, nil); got[0].Text == "12/34" {
		t.Error("Digits read a slash")
	}
	if got := Dates([]Matrix{spelled("12/34", 0.9)}, nil); got[0].Text != "12/34" {
		t.Errorf("date read as %q", got[0].Text)
	}
}

func BenchmarkDigits(b *testing.B) {
	m := spelled("6225758888888888", 0.9)
	for b.Loop() {
		Digits([]Matrix{m, m, m}, nil)
	}
}
