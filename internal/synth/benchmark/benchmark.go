// Package benchmark is a named, planned set of synthetic images. Benchmark v1 is
// the same 2,500 images on any machine and in any order, or an error.
//
// The images depend on a seed and on the generator's code, so a change of the
// code could change them unnoticed. The package therefore stores digests of all
// images and labels. If they differ, undo the change, or make the next version:
// raise Version, run
//
//	go generate ./internal/synth/benchmark
//
// and measure again. Figures of different versions cannot be compared. Version 2
// is version 1 and further groups of images, whose digests are in frozen-v2.json.
package benchmark

import (
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strconv"
	"strings"

	"github.com/kahao/kahao/internal/synth/plan"
)

//go:generate go run ./freeze

// Version and Version2 name the frozen sets. Draft and Draft2 are the same sets as
// the generator draws them now, without a check of the digests.
const (
	Version  = "v1"
	Version2 = "v2"
	Draft    = "draft"
	Draft2   = "draft-v2"
)

const seed = 20261

// ErrChanged says that the images are not those of the frozen version.
var ErrChanged = errors.New("benchmark: these are not the images of the frozen version")

// ErrUnknown says that no frozen version has that name.
var ErrUnknown = errors.New("benchmark: unknown version")

//go:embed frozen.json
var frozenJSON []byte

//go:embed frozen-v2.json
var frozenV2JSON []byte // of the images that version 2 has in addition

//go:embed prefixes.txt
var prefixes string

// Frozen holds the digests of a version.
type Frozen struct {
	Version  string `json:"version"`
	Platform string `json:"platform"` // other platforms round floating point differently
	Chunk    int    `json:"chunk"`    // images to a digest
	// Digests are the first 8 bytes of the SHA-256 of each chunk, in hex.
	Digests []string `json:"digests"`
}

// Chunk is the number of images that a digest covers.
const Chunk = 20

// Set is the composition of the benchmark.
func Set() plan.Set {
	return plan.Set{Seed: seed, Cards: 2000, Empty: 500, BINs: list(strings.Split(strings.TrimSpace(prefixes), "\n"))}
}

// list draws prefixes and lengths. It is a copy of part of the issuer table, so
// that changes of the table do not change the benchmark.
type list []string

// Random returns a prefix and a length.
func (l list) Random(r *rand.Rand) (string, int) {
	prefix, length, _ := strings.Cut(l[r.IntN(len(l))], " ")
	n, _ := strconv.Atoi(length)
	return prefix, n
}

// Digest covers one image and its label.
type Digest [sha256.Size]byte

// DigestOf returns the digest of an image: of its label as JSON and of its
// pixels before encoding.
func DigestOf(p *plan.Image) (Digest, error) {
	label, err := json.Marshal(p.Label)
	if err != nil {
		return Digest{}, err
	}
	h := sha256.New()
	h.Write(label)
	h.Write(p.Pixels.Pix)
	return Digest(h.Sum(nil)), nil
}

// Checker compares the digests of images, given in order, with a version.
type Checker struct {
	want    []string
	at      int
	pending []byte
}

// NewChecker returns a checker for a version; those for Draft and Draft2 accept
// everything. It returns ErrUnknown for other names, and ErrChanged on a platform
// other than the one on which the version was frozen.
func NewChecker(version string) (*Checker, error) {
	if version == Draft || version == Draft2 {
		return &Checker{}, nil
	}
	files := map[string][][]byte{Version: {frozenJSON}, Version2: {frozenJSON, frozenV2JSON}}[version]
	c := &Checker{want: []string{}}
	for _, file := range files {
		var f Frozen
		if err := json.Unmarshal(file, &f); err != nil {
			return nil, err
		}
		if f.Platform != runtime.GOARCH {
			return nil, fmt.Errorf("%w: it was frozen on %s, and %s rounds differently; %q draws the set without a check", ErrChanged, f.Platform, runtime.GOARCH, Draft)
		}
		c.want = append(c.want, f.Digests...)
	}
	if len(c.want) == 0 {
		return nil, fmt.Errorf("%w: %q; %q draws the set without a check", ErrUnknown, version, Draft)
	}
	return c, nil
}

// Skip leaves out n images: a whole number of chunks.
func (c *Checker) Skip(n int) { c.at += n / Chunk * Chunk }

// Add adds the next image's digest. It returns ErrChanged when a chunk is
// complete and differs from the version's.
func (c *Checker) Add(d Digest) error {
	if c.want == nil {
		return nil
	}
	c.at++
	c.pending = append(c.pending, d[:]...)
	if c.at%Chunk != 0 {
		return nil
	}
	k := c.at/Chunk - 1
	if k >= len(c.want) || chunk(c.pending) != c.want[k] {
		return fmt.Errorf("%w: images %d to %d have changed since it was frozen: undo the change, or make the next version (see the documentation of internal/synth/benchmark); %q draws the set without a check",
			ErrChanged, c.at-Chunk, c.at-1, Draft)
	}
	c.pending = c.pending[:0]
	return nil
}

func chunk(digests []byte) string {
	sum := sha256.Sum256(digests)
	return hex.EncodeToString(sum[:8])
}

// Freeze returns the frozen form of a version's images with the given digests.
func Freeze(version string, all []Digest) Frozen {
	f := Frozen{Version: version, Platform: runtime.GOARCH, Chunk: Chunk}
	for i := 0; i+Chunk <= len(all); i += Chunk {
		var b []byte
		for _, d := range all[i : i+Chunk] {
			b = append(b, d[:]...)
		}
		f.Digests = append(f.Digests, chunk(b))
	}
	return f
}
