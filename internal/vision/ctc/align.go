package ctc

import (
	"math"
	"slices"
)

// shortStates is how many states of a text are kept on the stack: those of a
// card number and more.
const shortStates = 2*24 + 1

// forward returns the log probability of s by a matrix: the sum over all
// alignments (Graves et al. 2006), each step rescaled against underflow.
func forward(m Matrix, s string) float64 {
	n := 2*len(s) + 1 // blanks between, before and after
	if len(m)/Classes < len(s) {
		return math.Inf(-1)
	}
	var scratch [2][shortStates]float64
	a, b := scratch[0][:], scratch[1][:]
	if n > shortStates {
		a, b = make([]float64, n), make([]float64, n)
	}
	a, b = a[:n], b[:n]
	a[0] = 1
	logScale := 0.0
	for t := 0; t+Classes <= len(m); t += Classes {
		col := m[t : t+Classes]
		sum := 0.0
		for i := range n {
			v := a[i]
			if t == 0 {
				if i > 1 {
					v = 0
				} else {
					v = 1
				}
			} else {
				if i > 0 {
					v += a[i-1]
				}
				if i > 1 && i%2 == 1 && s[i/2] != s[i/2-1] {
					v += a[i-2]
				}
			}
			b[i] = v * smooth(col[symbolAt(s, i)])
			sum += b[i]
		}
		if sum <= 0 {
			return math.Inf(-1)
		}
		for i := range b {
			b[i] /= sum
		}
		logScale += math.Log(sum)
		a, b = b, a
	}
	end := a[n-1]
	if n > 1 {
		end += a[n-2]
	}
	return logScale + math.Log(end)
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
