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
		t.Fatal(err)
	}
	c, err := NewChecker(Version)
	if f.Version != Version {
		if !errors.Is(err, ErrUnknown) {
			t.Errorf("%s is not frozen, and yet taken: %v", Version, err)
		}
		return
	}
	if f.Platform != runtime.GOARCH {
		if !errors.Is(err, ErrChanged) {
			t.Errorf("frozen on %s and taken on %s: %v", f.Platform, runtime.GOARCH, err)
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	d, err := plan.New(Set())
	if err != nil {
		t.Fatal(err)
	}
	if len(f.Digests)*Chunk != d.Len() || f.Chunk != Chunk {
		t.Fatalf("%d digests of %d pictures each for %d pictures", len(f.Digests), f.Chunk, d.Len())
	}
	for i := range Chunk {
		p, err := d.Draw(i)
		if err != nil {
			t.Fatal(err)
		}
		digest, err := DigestOf(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Add(digest); err != nil {
			t.Fatal(err)
		}
	}
}

func TestCheckerNoticesEveryPicture(t *testing.T) {
	all := make([]Digest, 3*Chunk)
	for i := range all {
		all[i] = Digest{byte(i), 1}
	}
	f := Freeze(all)
	if len(f.Digests) != 3 || f.Version != Version || f.Platform != runtime.GOARCH {
		t.Fatalf("frozen as %+v", f)
	}
	for changed := range len(all) + 1 { // the last changes none
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
			t.Errorf("a change of picture %d was noticed at %d, want %d", changed, noticed, want)
		}
	}
	c := &Checker{want: f.Digests[:1]}
	for i, d := range all[:2*Chunk] {
		if err := c.Add(d); (err != nil) != (i == 2*Chunk-1) {
			t.Errorf("picture %d beyond the version: %v", i, err)
		}
	}
}

func TestCheckerOfOtherVersions(t *testing.T) {
	if _, err := NewChecker("v0"); !errors.Is(err, ErrUnknown) {
		t.Errorf("v0: %v", err)
	}
	c, err := NewChecker(Draft)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 * Chunk {
		if err := c.Add(Digest{}); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPrefixes(t *testing.T) {
	for _, line := range Set().BINs.(list) {
		p, n := list{line}.Random(rand.New(rand.NewPCG(1, 1)))
		if len(p) < 2 || n < 12 || n > 19 || len(p) >= n {
			t.Errorf("%q is no prefix and length", line)
		}
	}
}
