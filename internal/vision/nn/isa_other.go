//go:build !amd64 && !arm64

package nn

func detect() []*isa { return nil }
