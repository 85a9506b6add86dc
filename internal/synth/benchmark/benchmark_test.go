package benchmark

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/kahao/kahao/internal/synth/plan"
)

// TestFrozen draws the first chunk of the frozen version again.
func TestFrozen(t *testing.T) {
	var f Frozen
	if err := json.Unmarshal(frozenJSON, &f); err != nil {
		t.Fatalf("frozen.json: %v", err)
	}
	c, err := NewChecker(Version)
	if f.Version != Version {
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("NewChecker(%s), which is not frozen: error %v, want ErrUnknown", Version, err)
		}
		return
	}
	if f.Platform != runtime.GOARCH {
		if !errors.Is(err, ErrChanged) {
			t.Errorf("frozen on %s, checked on %s: error %v, want ErrChanged", f.Platform, runtime.GOARCH, err)
		}
		return
	}
	if err != nil {
		t.Fatalf("NewChecker: %v", err)
	}
	d, err := plan.New(Set())
	if err != nil {
		t.Fatalf("plan.New: %v", err)
	}
	if len(f.Digests)*Chunk != d.Len() || f.Chunk != Chunk {
		t.Fatalf("%d digests of %d images each for %d images", len(f.Digests), f.Chunk, d.Len())
	}
	for i := range Chunk {
		p, err := d.Draw(i)
		if err != nil {
			t.Fatalf("Draw(%d): %v", i, err)
		}
		digest, err := DigestOf(p)
		if err != nil {
			t.Fatalf("DigestOf image %d: %v", i, err)
		}
		if err := c.Add(digest); err != nil {
			t.Fatalf("Add: %v", err)
		}
	}
}

func TestCheckerNoticesEveryImage(t *testing.T) {
	all := make([]Digest, 3*Chunk)
	for i := range all {
		all[i] = Digest{byte(i), 1}
	}
	f := Freeze(Version, all)
	if len(f.Digests) != 3 || f.Version != Version || f.Platform != runtime.GOARCH {
		t.Fatalf("Freeze = %+v, want 3 digests of %s on %s", f, Version, runtime.GOARCH)
	}
	for changed := range len(all) + 1 { // the last one changes nothing
		c := &Checker{want: f.Digests}
		noticed := -1
		for i, d := range all {
			if i == changed {
				d[31]++
			}
			if err := c.Add(d); err != nil {
				noticed = i
				break
			}
		}
		want := -1
		if changed < len(all) {
			want = changed/Chunk*Chunk + Chunk - 1
		}
		if noticed != want {
			t.Errorf("a change of image %d was noticed at %d, want %d", changed, noticed, want)
		}
	}
	c := &Checker{want: f.Digests[:1]}
	for i, d := range all[:2*Chunk] {
		if err := c.Add(d); (err != nil) != (i == 2*Chunk-1) {
			t.Errorf("image %d of a version of one chunk: error %v", i, err)
		}
	}
}

func TestCheckerOfOtherVersions(t *testing.T) {
	if _, err := NewChecker("v0"); !errors.Is(err, ErrUnknown) {
		t.Errorf("NewChecker(v0): error %v, want ErrUnknown", err)
	}
	c, err := NewChecker(Draft)
	if err != nil {
		t.Fatalf("NewChecker: %v", err)
	}
	for range 2 * Chunk {
		if err := c.Add(Digest{}); err != nil {
			t.Fatalf("Add: %v", err)
		}
	}
}

func TestPrefixes(t *testing.T) {
	for _, line := range Set().BINs.(list) {
		p, n := list{line}.Random(rand.New(rand.NewPCG(1, 1)))
		if len(p) < 2 || n < 12 || n > 19 || len(p) >= n {
			t.Errorf("%q is not a prefix and a length", line)
		}
	}
}
