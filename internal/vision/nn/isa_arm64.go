package nn

// Advanced SIMD is part of every arm64 CPU that Go supports.

func detect() []*isa {
	return []*isa{{name: "neon", rows: 6, conv: []convKernels{{16, &convNEONx16}}, up2: up2_neon}}
}
