package plan

import (
	"hash/fnv"
	"math/rand/v2"
)

// share is a level of a factor and how often it occurs among others.
type share[T any] struct {
	of    float64
	level T
}

// deck deals n levels in the stated proportions, shuffled: as many of each as
// the shares say, give or take one, whatever the seed.
func deck[T any](seed uint64, name string, n int, shares ...share[T]) []T {
	total := 0.0
	for _, s := range shares {
		total += s.of
	}
	cards := make([]T, 0, n)
	sum := 0.0
	for _, s := range shares {
		sum += s.of
		for len(cards) < int(sum/total*float64(n)+.5) {
			cards = append(cards, s.level)
		}
	}
	r := chance(seed, name)
	r.Shuffle(n, func(i, j int) { cards[i], cards[j] = cards[j], cards[i] })
	return cards
}

// chance is a generator for one purpose.
func chance(seed uint64, name string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(name))
	return rand.New(rand.NewPCG(seed, h.Sum64()))
}

// mix makes the seed of an attempt at a picture (the finaliser of SplitMix64).
func mix(seed, i, attempt uint64) uint64 {
	z := seed + i*0x9e3779b97f4a7c15 + attempt*0xd1b54a32d192ed03
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}
