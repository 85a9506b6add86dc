package nn

import "golang.org/x/sys/cpu"

// The AVX-512 kernels use AVX512F alone; every CPU that has it has AVX2 too.
// x/sys/cpu reports a set only where the operating system saves its registers.

func detect() []*isa {
	var s []*isa
	if cpu.X86.HasAVX512F {
		s = append(s, &isa{name: "avx512", rows: 14, conv: []convKernels{{32, &convAVX512x32}, {16, &convAVX512x16}}, up2: up2_avx512})
	}
	if cpu.X86.HasAVX2 && cpu.X86.HasFMA {
		s = append(s, &isa{name: "avx2", rows: 6, conv: []convKernels{{16, &convAVX2x16}}, up2: up2_avx2})
	}
	return s
}
