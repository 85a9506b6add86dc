package imagein

import (
	"flag"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// malformedFiles is how many damaged files of each format are tried.
var malformedFiles = flag.Int("malformed", 60, "how many damaged files of each format TestMalformed tries")

// headerTime is the most CPU time that the headers of a damaged file may take.
const headerTime = 50 * time.Millisecond

// TestMalformed decodes files with changed, lost and repeated bytes, and checks
// what the fuzz targets check: no panic, errors of one kind, no more memory than
// the header foretells; and that the header takes little time.
func TestMalformed(t *testing.T) {
	heif := heifSeeds(t)
	of := func(format Format) [][]byte {
		return slices.DeleteFunc(slices.Clone(heif), func(file []byte) bool { return FormatOf(file) != format })
	}
	for name, seeds := range map[string][][]byte{"TIFF": tiffSeeds(t), "HEIC": of(HEIC), "AVIF": of(AVIF)} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(16, 2))
			decoded, slowest := 0, time.Duration(0)
			for range *malformedFiles {
				file := damage(rng, seeds[rng.IntN(len(seeds))])
				started := time.Now()
				_, err := Inspect(file, fuzzLimits)
				for try := 0; time.Since(started) > headerTime && try < 3; try++ { // another process may have had the CPU
					started = time.Now()
					_, err = Inspect(file, fuzzLimits)
				}
				took := time.Since(started)
				if slowest = max(slowest, took); took > headerTime {
					t.Errorf("the header took %v, at most %v: %x", took, headerTime, file)
				}
				if err == nil {
					decoded++
				}
				checkDecode(t, file, 9*rng.IntN(2))
			}
			t.Logf("%d files, of which %d reached a decoder; the slowest header took %v", *malformedFiles, decoded, slowest)
		})
	}
}

// damage changes a file in one to four places, more often near its start, where
// the headers are.
func damage(rng *rand.Rand, file []byte) []byte {
	file = slices.Clone(file)
	for range 1 + rng.IntN(4) {
		at := rng.IntN(len(file))
		if rng.IntN(2) == 0 {
			at = rng.IntN(min(len(file), 400))
		}
		switch rng.IntN(6) {
		case 0:
			file[at] = byte(rng.Uint32())
		case 1:
			file[at] ^= 1 << rng.IntN(8)
		case 2:
			file[at] = []byte{0, 1, 0x7f, 0x80, 0xff}[rng.IntN(5)]
		case 3: // a number of four bytes
			for i := range min(4, len(file)-at) {
				file[at+i] = []byte{0, 0xff}[rng.IntN(2)]
			}
		case 4: // a piece is lost
			n := min(1+rng.IntN(20), len(file)-at-1)
			file = slices.Delete(file, at, at+max(n, 0))
		case 5: // a piece is there twice
			n := min(1+rng.IntN(20), len(file)-at)
			file = slices.Insert(file, at, slices.Clone(file[at:at+n])...)
		}
		if len(file) < 16 {
			return file
		}
	}
	return file
}
