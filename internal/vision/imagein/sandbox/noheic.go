//go:build noheic

package sandbox

// heifModule is empty: who has no licence of the patents on HEVC builds without
// its decoder.
var heifModule []byte
