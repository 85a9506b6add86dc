// Package benchmark is a planned set of drawings with a name: whoever reads
// benchmark v1 reads the same 2,500 pictures, on any machine and in any order,
// or is told that they are others.
//
// The drawings follow from a seed, so a change of what draws them would change
// them unnoticed. Digests of all pictures and their labels are therefore kept
// beside the seed. Once they differ, this is not v1 any more: either the
// change is undone, or a next version is made: raise Version, run
//
//	go generate ./internal/synth/benchmark
//
// and measure anew; figures of different versions are not to be compared.
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

// Version names the set of pictures. Draft is the same set as it is drawn
// now, whatever the digests say.
const (
	Version = "v1"
	Draft   = "draft"
)

const seed = 20261

// ErrChanged: what draws the pictures does not draw this version's.
var ErrChanged = errors.New("benchmark: these are not the pictures of " + Version)

// ErrUnknown: no version of that name, or one that is not frozen yet.
var ErrUnknown = errors.New("benchmark: unknown version")

//go:embed frozen.json
var frozenJSON []byte

//go:embed prefixes.txt
var prefixes string

// Frozen is what a version is held to.
type Frozen struct {
	Version  string `json:"version"`
	Platform string `json:"platform"` // elsewhere floating point rounds otherwise
	Chunk    int    `json:"chunk"`    // pictures to a digest
	// Digests are the first 8 bytes of the SHA-256 of each chunk, in hex.
	Digests []string `json:"digests"`
}

// Chunk is how many pictures a digest covers.
const Chunk = 20

// Set is what the benchmark is made of.
func Set() plan.Set {
	return plan.Set{Seed: seed, Cards: 2000, Empty: 500, BINs: list(strings.Split(strings.TrimSpace(prefixes), "\n"))}
}

// list draws prefixes and lengths: a copy of some of the issuers' table, so
// that the table can change and the benchmark does not.
type list []string

// Random returns a prefix and a length.
func (l list) Random(r *rand.Rand) (string, int) {
	prefix, length, _ := strings.Cut(l[r.IntN(len(l))], " ")
	n, _ := strconv.Atoi(length)
	return prefix, n
}

// Digest is that of one picture and its label.
type Digest [sha256.Size]byte

// DigestOf returns the digest of a picture: of its label as JSON and of its
// pixels, before any encoding.
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

// Checker holds the digests of pictures, given in their order, to a version.
type Checker struct {
	want    []string
	at      int
	pending []byte
}

// NewChecker returns a checker for a version; for Draft one that takes
// everything. It returns ErrUnknown for others, and ErrChanged on a platform
// on which the version was not frozen.
func NewChecker(version string) (*Checker, error) {
	if version == Draft {
		return &Checker{}, nil
	}
	var f Frozen
	if err := json.Unmarshal(frozenJSON, &f); err != nil {
		return nil, err
	}
	switch {
	case version != Version || f.Version != Version || len(f.Digests) == 0:
		return nil, fmt.Errorf("%w: %q; %q draws the set as it is now", ErrUnknown, version, Draft)
	case f.Platform != runtime.GOARCH:
		return nil, fmt.Errorf("%w: it was frozen on %s, and %s rounds otherwise; %q draws the set as it is here", ErrChanged, f.Platform, runtime.GOARCH, Draft)
	}
	return &Checker{want: f.Digests}, nil
}

// Add takes the next picture's digest. It returns ErrChanged once a chunk is
// complete and not the version's.
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
		return fmt.Errorf("%w: pictures %d to %d are drawn differently since it was frozen: undo that, or make the next version (the documentation of internal/synth/benchmark says how); %q draws the set as it is now",
			ErrChanged, c.at-Chunk, c.at-1, Draft)
	}
	c.pending = c.pending[:0]
	return nil
}

func chunk(digests []byte) string {
	sum := sha256.Sum256(digests)
	return hex.EncodeToString(sum[:8])
}

// Freeze returns what holds a version to the pictures with the given digests.
func Freeze(all []Digest) Frozen {
	f := Frozen{Version: Version, Platform: runtime.GOARCH, Chunk: Chunk}
	for i := 0; i+Chunk <= len(all); i += Chunk {
		var b []byte
		for _, d := range all[i : i+Chunk] {
			b = append(b, d[:]...)
		}
		f.Digests = append(f.Digests, chunk(b))
	}
	return f
}
