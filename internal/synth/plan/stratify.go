package plan

import (
	"hash/fnv"
	"math/rand/v2"
)

// share is a level of a factor and its weight among others.
type share[T any] struct {
	weight float64
	level  T
}

// stratify returns n levels in the stated proportions, shuffled. Whatever the
// seed, each level has its share to within one.
func stratify[T any](seed uint64, name string, n int, shares ...share[T]) []T {
	total := 0.0
	for _, s := range shares {
		total += s.weight
	}
	levels := make([]T, 0, n)
	sum := 0.0
	for _, s := range shares {
		sum += s.weight
		for len(levels) < int(sum/total*float64(n)+.5) {
			levels = append(levels, s.level)
		}
	}
	r := newRand(seed, name)
	r.Shuffle(n, func(i, j int) { levels[i], levels[j] = levels[j], levels[i] })
	return levels
}

// newRand returns a generator for one purpose.
func newRand(seed uint64, purpose string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(purpose))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// mix returns the seed of an attempt at an image (the finaliser of SplitMix64).
func mix(seed, i, attempt uint64) uint64 {
	z := seed + i*0x9e3779b97f4a7c15 + attempt*0xd1b54a32d192ed03
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
