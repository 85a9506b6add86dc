// Package number draws the texts of synthetic cards: numbers, dates, names and
// words. Everything is random; no number or name is a real person's.
package number

import (
	"math/rand/v2"

	"github.com/kahao/kahao/internal/synth/raster"
)

// BINSource draws an issuer's prefix and the length of its numbers, with weights
// of its own.
type BINSource interface {
	Random(rng *rand.Rand) (prefix string, length int)
}

// Number is a card number and its printed groups.
type Number struct {
	Digits string
	Groups []int // lengths; their sum is len(Digits)
}

// Luhn reports whether the check digit is right.
func (n Number) Luhn() bool {
	last := len(n.Digits) - 1
	return last >= 0 && check([]byte(n.Digits[:last])) == n.Digits[last]
}

// Source draws numbers. It is safe for concurrent use if BINs is.
type Source struct {
	BINs BINSource // nil: a short built-in list
}

// PAN draws the number of a whole card: a known prefix and length, a right check
// digit in 80 % (ISO/IEC 7812-1, annex B), a run of one digit in a third, as on
// specimens; readers tend to drop digits of runs.
func (s Source) PAN(rng *rand.Rand) Number {
	prefix, n := s.bin(rng)
	d := make([]byte, n)
	for i := range d {
		d[i] = digit(rng)
	}
	copy(d, prefix)
	if raster.Chance(rng, .33) {
		run(rng, d, min(len(prefix), n))
	}
	if raster.Chance(rng, .8) {
		d[n-1] = check(d[:n-1])
	}
	return Number{string(d), Grouping(rng, string(d))}
}

// Line draws the digits of a training line: mostly of the lengths of card
// numbers, but with any digits, because the network must not learn prefixes.
func (s Source) Line(rng *rand.Rand) Number {
	var g []int
	switch t := rng.Float64(); {
	case t < .57:
		g = []int{4, 4, 4, 4}
	case t < .89:
		g = raster.Pick(rng, []int{6, 13}, []int{4, 4, 4, 4, 3}, []int{4, 4, 4, 4, 3}, []int{19})
	case t < .955:
		g = []int{4, 6, 5}
	default:
		g = raster.Pick(rng, []int{4, 4, 4, 5}, []int{6, 12}, []int{16}, []int{4, 6, 4}, []int{6, 10}, []int{4, 3, 3, 3}, []int{8, 8}, []int{5, 5, 6})
	}
	n := 0
	for _, k := range g {
		n += k
	}
	d := make([]byte, n)
	for i := range d {
		d[i] = digit(rng)
	}
	if raster.Chance(rng, .35) {
		p, _ := s.bin(rng)
		copy(d, p)
	}
	if raster.Chance(rng, .33) {
		run(rng, d, 0)
	}
	return Number{string(d), g}
}

// Short draws n digits, in groups.
func Short(rng *rand.Rand, n int) Number {
	d := make([]byte, n)
	for i := range d {
		d[i] = digit(rng)
	}
	if raster.Chance(rng, .33) {
		run(rng, d, 0)
	}
	var g []int
	for left := n; left > 0; {
		k := min(left, raster.Pick(rng, 4, 4, 4, 2, 3, 6))
		g = append(g, k)
		left -= k
	}
	return Number{string(d), g}
}

func digit(rng *rand.Rand) byte { return byte('0' + rng.IntN(10)) }

// run overwrites a stretch at or after from with one digit.
func run(rng *rand.Rand, d []byte, from int) {
	if from >= len(d) {
		return
	}
	i := from + rng.IntN(len(d)-from)
	l := raster.Pick(rng, 2, 2, 3, 3, 4, 5, 6, 8, 12, 19)
	if l >= 8 {
		i = from + rng.IntN(max(1, min(4, len(d)-from)))
	}
	c := "00000888881623456790"[rng.IntN(20)]
	for j := i; j < min(len(d), i+l); j++ {
		d[j] = c
	}
}

// check returns the Luhn digit that completes d.
func check(d []byte) byte {
	sum := 0
	for i := range d {
		v := int(d[len(d)-1-i] - '0')
		if i%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return byte('0' + (10-sum%10)%10)
}

// Grouping draws how a number of its prefix and length is printed.
func Grouping(rng *rand.Rand, d string) []int {
	switch n := len(d); {
	case n == 15 || n == 14 && d[0] == '3':
		return []int{4, 6, n - 10}
	case n == 16:
		if raster.Chance(rng, .04) {
			return raster.Pick(rng, []int{16}, []int{6, 10})
		}
		return []int{4, 4, 4, 4}
	case n == 19:
		return raster.Pick(rng, []int{6, 13}, []int{6, 13}, []int{4, 4, 4, 4, 3}, []int{4, 4, 4, 4, 3}, []int{19})
	case n == 18:
		return raster.Pick(rng, []int{6, 12}, []int{4, 4, 4, 4, 2})
	case n == 17:
		return raster.Pick(rng, []int{4, 4, 4, 5}, []int{6, 11}, []int{4, 4, 4, 4, 1})
	case n == 13:
		return raster.Pick(rng, []int{4, 3, 3, 3}, []int{4, 4, 5})
	}
	var g []int
	for left := len(d); left > 0; left -= 4 {
		g = append(g, min(4, left))
	}
	return g
}

// fallback lists well-known public prefixes with the length of their numbers.
var fallback = []struct {
	prefix string
	n      int
}{
	{"622202", 19}, {"621700", 19}, {"622848", 19}, {"621661", 19}, {"622260", 19}, {"621483", 16}, {"622588", 16},
	{"622575", 16}, {"625757", 16}, {"622908", 18}, {"622521", 16}, {"622700", 19}, {"436742", 19}, {"955880", 19},
	{"621098", 19}, {"622630", 16}, {"622689", 16}, {"628888", 16}, {"4", 16}, {"4", 16}, {"4", 13}, {"51", 16},
	{"52", 16}, {"53", 16}, {"54", 16}, {"55", 16}, {"2221", 16}, {"34", 15}, {"37", 15}, {"3528", 16}, {"3568", 16},
	{"36", 14}, {"6011", 16}, {"2200", 16}, {"62", 16}, {"62", 19}, {"6228", 17},
}

func (s Source) bin(rng *rand.Rand) (string, int) {
	if s.BINs != nil && raster.Chance(rng, .85) {
		if p, n := s.BINs.Random(rng); n >= 12 && n <= 19 && len(p) < n {
			return p, n
		}
	}
	f := fallback[rng.IntN(len(fallback))]
	return f.prefix, f.n
}
