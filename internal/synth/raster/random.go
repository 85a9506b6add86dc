package raster

import "math/rand/v2"

// Uniform draws from a..b.
func Uniform(rng *rand.Rand, a, b float64) float64 { return a + (b-a)*rng.Float64() }

// Uniform32 draws from a..b.
func Uniform32(rng *rand.Rand, a, b float32) float32 { return a + (b-a)*rng.Float32() }

// Chance is true with probability p.
func Chance(rng *rand.Rand, p float64) bool { return rng.Float64() < p }

// Pick draws one of its arguments.
func Pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }
