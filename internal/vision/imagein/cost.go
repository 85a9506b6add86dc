package imagein

import "time"

// Costs of decoding in nanoseconds on a core of a current server (Zen 4), with
// the costliest content and options found by TestWorstFiles.
const (
	pngPixel      = 12
	pngByte       = 10 // of a row before compression: inflate and filter
	pngInterlaced = 10 // more for a pixel
	bmpPixel      = 7
	lossyPixel    = 20
	losslessPixel = 100 // four Huffman codes
	tiffPixel     = 24
	tiffByte      = 14 // of rows before compression
	faxPixel      = 30 // more for a pixel of CCITT coding

	heicPixel = 300 // by WebAssembly
	heicByte  = 2000
	heicStart = 50_000_000 // of a file of any size
	avifPixel = 600
	avifByte  = 2000
	avifStart = 5_000_000

	// The interpreter took 9 and 11 times these for files of 1024x768 noisy pixels
	// (HEIC of 426 kB, AVIF of 206 kB), and 10 times the start.
	interpretedFactor = 12

	reducedSample = 2 // of a JPEG that fastjpeg reads
	reducedByte   = 12
	jpegSample    = 6 // by other decoders
	jpegByte      = 36
	jpegBlock     = 40 // of a scan
)

// estimate returns the CPU time of decoding that costs ns for each of n.
func estimate(n, ns int64) time.Duration { return time.Duration(n * ns) }

// decodeTime estimates the CPU time of decoding a JPEG.
func (j *jpegHeader) decodeTime() time.Duration {
	side, bytes := max(j.info.coded.w, j.info.coded.h), int64(len(j.data))
	if j.info.sequential != nil && !j.info.irregular && j.opt.denominator(side) > 1 {
		return estimate(j.samples, reducedSample) + estimate(bytes, reducedByte)
	}
	t := estimate(j.samples, jpegSample) + estimate(bytes, jpegByte) + estimate(j.info.Work, jpegBlock)
	if j.info.components == 4 {
		t *= 2 // by image/jpeg
	}
	switch {
	case j.info.cut && j.info.progressive:
		t *= 3 // decoded twice, once by image/jpeg
	case j.info.irregular:
		t += t / 2
	}
	return t
}

// Memory of decoders in WebAssembly, in bytes for a coded pixel.
const (
	heicMemory = 12
	avifMemory = 24
)
