package nn

import "unsafe"

// blockChannels is what the channels of buffers are padded to: one AVX-512
// register, two of AVX2, four of NEON. maxRows bounds the rows of a tile.
const (
	blockChannels = 16
	maxRows       = 14
)

// floatBytes is the size of a float32.
const floatBytes = 4

// kernelArgs is the argument block of a convolution kernel. The assembly knows
// its layout: see the arg* constants of gen/main.go and TestArgsLayout.
//
// A kernel computes rows output pixels by width output channels (both belong
// to the kernel, the twin reads them here). For row i and channel j:
//
//	sum = bias[j]
//	p = src + i*srcStep
//	for r in runs: for k in runLen: sum += *p * *weights[j]; p += 4; weights += width*4
//	               p += jumps[r]
//	sum += residual[i*dstStep + j] unless residual is nil
//	dst[i*dstStep + j] = max(sum, floor)
//
// It reads and writes these places and no other. runs and runLen are at least
// one; steps and jumps are bytes and jumps may be negative.
type kernelArgs struct {
	src      unsafe.Pointer
	srcStep  uintptr
	weights  unsafe.Pointer
	dst      unsafe.Pointer
	dstStep  uintptr
	runs     int
	runLen   int
	jumps    unsafe.Pointer // *[runs]int64
	bias     unsafe.Pointer
	residual unsafe.Pointer
	floor    float32

	rows, width int // for the twin alone
}

// up2Args is the argument block of the kernel that writes one row of up2add:
// for each of pixels low pixels p and each of its channels c,
// dst[2p][c] = low[p][c] + skip[2p][c] and the same for 2p+1. A pixel has
// blocks times 16 channels.
type up2Args struct {
	dst, low, skip unsafe.Pointer
	pixels, blocks int
}

// kernelTable holds convolution kernels of one width by their rows.
type kernelTable [maxRows + 1]func(*kernelArgs)

// isa is one set of kernels.
type isa struct {
	name string
	rows int // of the largest tile
	// conv holds the widths of panels that there are kernels for, widest first.
	// A panel is as wide as the channels left allow; the last one is padded.
	conv []convKernels
	up2  func(*up2Args)
}

type convKernels struct {
	width   int
	kernels *kernelTable
}

// generic is the set in pure Go: the fallback, and the twin that the others
// are tested against. Its panels are narrow, so that they stay in the
// first-level cache while a row of tiles goes over them.
var generic = &isa{name: "generic", rows: 4 * genericRows, conv: []convKernels{{2 * genericWidth, genericTable()}}, up2: up2Generic}

func genericTable() *kernelTable {
	var t kernelTable
	for i := 1; i < len(t); i++ {
		t[i] = convGeneric
	}
	return &t
}
