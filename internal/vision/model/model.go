// Package model embeds the networks of kahao, six that read and three that
// check how an image was captured: their weights, checksums and versions.
//
// The files under weights come from training/export.py: NAME.json describes
// the operations, NAME.f16 holds the weights in half precision. NAME.golden, an
// input with its output, is for the tests and not in the binary.
package model

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"weak"

	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/nn"
)

//go:embed weights/*.json weights/*.f16
var files embed.FS

// ErrCorrupt is wrapped by errors about weight files that are missing, fail
// their checksum or are another network than the name says.
var ErrCorrupt = errors.New("model: corrupt weight files")

// Set is the networks that read a card. All are safe for concurrent use.
type Set struct {
	Corners      Network // where the corners of cards are in an image
	Lines        Network // where the number and the dates are on a rectified card
	CoveredLines Network // the same, of numbers that are covered or hard to see
	Digits       Network // which digits a crop of a line shows
	Covered      Network // the same, and which of them are covered
	Months       Network // which names of months a crop of a line shows
}

// All returns the networks in the order in which a reading runs them.
func (s *Set) All() []Network {
	return []Network{s.Corners, s.Lines, s.CoveredLines, s.Digits, s.Covered, s.Months}
}

// Network is a network and where it comes from.
type Network struct {
	*nn.Net
	SHA256 string // of the weights, in hexadecimal
}

// contract is the shape of a network that its users rely on.
type contract struct {
	name             string
	outputs          int
	strideY, strideX int // input pixels for each cell of the output
	channels         int // of the input
}

var (
	corners      = contract{name: "corners", outputs: 15, strideY: 8, strideX: 8, channels: 3}
	lines        = contract{name: "lines", outputs: 7, strideY: 4, strideX: 4, channels: 3}
	coveredLines = contract{name: "coveredlines", outputs: 7, strideY: 4, strideX: 4, channels: 3}
	digits       = contract{name: "digits", outputs: ctc.Classes, strideY: 32, strideX: 4, channels: 3}
	covered      = contract{name: "covered", outputs: ctc.Classes, strideY: 32, strideX: 4, channels: 3}
	months       = contract{name: "months", outputs: 13, strideY: 32, strideX: 4, channels: 3}

	texture  = contract{name: "texture", outputs: 24, strideY: 16, strideX: 16, channels: 4}
	surround = contract{name: "surround", outputs: 32, strideY: 128, strideX: 128, channels: 3}
	capture  = contract{name: "capture", outputs: 5, strideY: 1, strideX: 1, channels: 80}
)

// loaded is the set that this process has in use, if any.
var loaded struct {
	sync.Mutex
	set weak.Pointer[Set]
	isa string // of the environment, when it was loaded
}

// Load reads the embedded networks, or returns those that are in use already: all
// readers of a process share their weights, which are freed after the last one.
// The error wraps ErrCorrupt or nn.ErrMalformed, or is an *nn.ISAError if
// KAHAO_ISA asks for kernels that this CPU does not have.
func Load() (*Set, error) {
	loaded.Lock()
	defer loaded.Unlock()
	isa := os.Getenv(nn.EnvISA)
	if s := loaded.set.Value(); s != nil && loaded.isa == isa {
		return s, nil
	}
	s, err := load(files)
	if err != nil {
		return nil, err
	}
	loaded.set, loaded.isa = weak.Make(s), isa
	return s, nil
}

func load(f fs.FS) (*Set, error) {
	var s Set
	err := loadAll(f, map[contract]*Network{corners: &s.Corners, lines: &s.Lines, coveredLines: &s.CoveredLines, digits: &s.Digits, covered: &s.Covered, months: &s.Months})
	if err != nil {
		return nil, err
	}
	return &s, nil
}

// CaptureSet is the networks that judge how an image was captured.
type CaptureSet struct {
	Texture  Network // what a patch of the original pixels shows of its origin
	Surround Network // the same of the whole image, reduced
	Capture  Network // joins both
}

// All returns the networks in the order in which a check runs them.
func (s *CaptureSet) All() []Network { return []Network{s.Texture, s.Surround, s.Capture} }

// LoadCapture reads the embedded networks of the capture checks. Its errors are
// those of Load.
func LoadCapture() (*CaptureSet, error) {
	var s CaptureSet
	err := loadAll(files, map[contract]*Network{texture: &s.Texture, surround: &s.Surround, capture: &s.Capture})
	if err != nil {
		return nil, err
	}
	return &s, nil
}

func loadAll(f fs.FS, all map[contract]*Network) error {
	for _, c := range []contract{corners, lines, coveredLines, digits, covered, months, texture, surround, capture} {
		to, ok := all[c]
		if !ok {
			continue
		}
		var err error
		if *to, err = c.load(f); err != nil {
			return fmt.Errorf("network %s: %w", c.name, err)
		}
	}
	return nil
}

func (c contract) load(f fs.FS) (Network, error) {
	desc, err := fs.ReadFile(f, "weights/"+c.name+".json")
	if err != nil {
		return Network{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	weights, err := fs.ReadFile(f, "weights/"+c.name+".f16")
	if err != nil {
		return Network{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	var described struct {
		SHA256 string `json:"sha256"`
	}
	if err := json.Unmarshal(desc, &described); err != nil {
		return Network{}, fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	sum := sha256.Sum256(weights)
	if got := hex.EncodeToString(sum[:]); got != described.SHA256 {
		return Network{}, fmt.Errorf("%w: the SHA-256 of the weights is %s, in the description %q", ErrCorrupt, got, described.SHA256)
	}
	n, err := nn.Parse(desc, weights)
	if err != nil {
		return Network{}, err
	}
	if err := c.check(n); err != nil {
		return Network{}, err
	}
	return Network{n, described.SHA256}, nil
}

// check compares a network with its contract.
func (c contract) check(n *nn.Net) error {
	if n.Name() != c.name {
		return fmt.Errorf("%w: its name is %q", ErrCorrupt, n.Name())
	}
	if n.Version() == "" {
		return fmt.Errorf("%w: no version", ErrCorrupt)
	}
	h, w, ch := n.InputShape()
	if ch != c.channels {
		return fmt.Errorf("%w: %d input channels, want %d", ErrCorrupt, ch, c.channels)
	}
	p, err := n.Plan(h, w)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	oh, ow, oc := p.OutShape()
	if oc != c.outputs || oh*c.strideY != h || ow*c.strideX != w {
		return fmt.Errorf("%w: %dx%dx%d for an input of %dx%d, want %d outputs at stride %dx%d",
			ErrCorrupt, oh, ow, oc, h, w, c.outputs, c.strideY, c.strideX)
	}
	return nil
}
