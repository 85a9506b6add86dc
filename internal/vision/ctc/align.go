package ctc

import (
	"math"
	"slices"
)

// shortText is the length of texts whose states are kept on the stack: that of a
// card number and more.
const shortText = 24

const (
	// negligible is a probability that counts as none: combine adds far more.
	negligible = 1e-12
	// massStep is how many columns are between two looks at what is left.
	massStep = 8
)

// forward returns the probability of s by a matrix: the sum over all alignments
// (Graves et al. 2006). The mass of all states together never grows, so that a
// text is given up as soon as it is negligible, which also prevents underflow.
func forward(m Matrix, s string) float64 {
	n, cols := len(s), len(m)/Classes
	if cols < n {
		return 0
	}
	// The states: after k symbols, in a blank or still in symbol k.
	var blanks, solids [shortText + 1]float64
	var classes [shortText + 1]uint8
	blank, solid, class := blanks[:], solids[:], classes[:]
	if n > shortText {
		blank, solid, class = make([]float64, n+1), make([]float64, n+1), make([]uint8, n+1)
	}
	blank, solid, class = blank[:n+1], solid[:n+1], class[:n+1]
	for k := range n {
		class[k+1] = uint8(Symbol(s[k]))
	}
	class[0] = Classes // no symbol's
	blank[0] = 1
	for t := range cols {
		col := m[t*Classes : (t+1)*Classes]
		pause := smooth(col[Blank])
		// Downwards, so that what is read is still the last column's. Symbols that
		// cannot be reached yet, or leave too few columns for the rest, are left out.
		for k := min(n, t+1); k > max(0, n-cols+t); k-- {
			in := solid[k] + blank[k-1]
			if class[k] != class[k-1] {
				in += solid[k-1]
			}
			blank[k] = (blank[k] + solid[k]) * pause
			solid[k] = in * smooth(col[class[k]])
		}
		if n-cols+t < 0 {
			blank[0] *= pause
		}
		if t%massStep == massStep-1 && sum(blank)+sum(solid) < negligible {
			return 0
		}
	}
	return blank[n] + solid[n]
}

func sum(v []float64) (s float64) {
	for _, x := range v {
		s += x
	}
	return s
}

func symbolAt(s string, i int) int {
	if i%2 == 0 {
		return Blank
	}
	return Symbol(s[i/2])
}

// Greedy returns the text of the likeliest class in each column.
func Greedy(m Matrix) string {
	var s []byte
	last := Blank
	for ; len(m) >= Classes; m = m[Classes:] {
		likeliest := Blank
		for c, p := range m[:Classes] {
			if p > m[likeliest] {
				likeliest = c
			}
		}
		if likeliest != last && likeliest != Blank {
			s = append(s, symbolByte(likeliest))
		}
		last = likeliest
	}
	return string(s)
}

// Spot is where a symbol of a text stands in a matrix.
type Spot struct {
	Column float64          // centre of its columns
	P      [Classes]float64 // the classes' probabilities in its strongest column
}

// Align places each symbol of s by the most probable alignment (Viterbi). It
// returns nil when the matrix has too few columns.
func Align(m Matrix, s string) []Spot {
	n, cols := 2*len(s)+1, len(m)/Classes
	if cols < len(s) || len(s) == 0 {
		return nil
	}
	score := make([]float64, n)
	from := make([]int8, n*cols) // how many states back the best path came from
	for i := range score {
		score[i] = math.Inf(-1)
	}
	for t := range cols {
		col := m[t*Classes : (t+1)*Classes]
		for i := n - 1; i >= 0; i-- { // downwards, so that score[i-1] is still the last column's
			best, step := score[i], int8(0)
			switch {
			case t == 0 && i < 2:
				best = 0
			case t > 0:
				if i > 0 && score[i-1] > best {
					best, step = score[i-1], 1
				}
				if i > 1 && i%2 == 1 && s[i/2] != s[i/2-1] && score[i-2] > best {
					best, step = score[i-2], 2
				}
			}
			from[t*n+i] = step
			score[i] = best + math.Log(smooth(col[symbolAt(s, i)]))
		}
	}
	i := n - 1
	if score[n-2] > score[n-1] {
		i = n - 2
	}
	spots := make([]Spot, len(s))
	weight := make([]float64, len(s))
	strongest := make([]float64, len(s))
	for t := cols - 1; t >= 0; t-- {
		if i%2 == 1 {
			k := i / 2
			p := m[t*Classes+Symbol(s[k])]
			spots[k].Column += p * (float64(t) + 0.5)
			weight[k] += p
			if p >= strongest[k] {
				strongest[k] = p
				copy(spots[k].P[:], m[t*Classes:(t+1)*Classes])
			}
		}
		i -= int(from[t*n+i])
	}
	for k := range spots {
		if weight[k] > 0 {
			spots[k].Column /= weight[k]
		}
	}
	return spots
}

// Groups returns the lengths of the groups that the spots of a text form. A gap
// that is wider than the usual one by a third starts a new group.
func Groups(spots []Spot) []int {
	if len(spots) == 0 {
		return nil
	}
	groups := []int{1}
	usual := Pitch(spots)
	for k := 1; k < len(spots); k++ {
		if spots[k].Column-spots[k-1].Column > groupGap*usual {
			groups = append(groups, 0)
		}
		groups[len(groups)-1]++
	}
	return groups
}

// groupGap is the distance of two digits, over the usual one, from which they
// belong to two groups.
const groupGap = 1.3

// Pitch returns the usual distance between neighbours, in columns: a quantile
// a little below the median, because the gaps between groups are among the
// distances. It is 0 for fewer than two spots.
func Pitch(spots []Spot) float64 {
	var gaps []float64
	for k := 1; k < len(spots); k++ {
		gaps = append(gaps, spots[k].Column-spots[k-1].Column)
	}
	if len(gaps) == 0 {
		return 0
	}
	slices.Sort(gaps)
	return gaps[(3*len(gaps))/8]
}
