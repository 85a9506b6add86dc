package benchmark

import (
	"runtime"
	"strings"
	"testing"
)

// The groups follow each other, in whole chunks, and version 2 begins with
// version 1.
func TestGroups(t *testing.T) {
	at := 0
	for _, g := range groups {
		if g.n%Chunk != 0 {
			t.Errorf("group %s has %d images, want a multiple of %d", g.name, g.n, Chunk)
		}
		for _, i := range []int{at, at + g.n - 1} {
			if name, k := group(i); name != g.name || k != i-at {
				t.Errorf("group(%d) = %s, %d, want %s, %d", i, name, k, g.name, i-at)
			}
		}
		at += g.n
	}
	first, err := Open(Version)
	if err != nil {
		t.Fatalf("Open(%s): %v", Version, err)
	}
	second, err := Open(Version2)
	if err != nil {
		t.Fatalf("Open(%s): %v", Version2, err)
	}
	if n := first.Len(); second.Len() != n+at || second.Name(n-1) != first.Name(n-1) || second.Name(n) != "hidden-000000" {
		t.Errorf("version 2 has %d images, and %s after %s, want %d, and hidden-000000", second.Len(), second.Name(n), second.Name(n-1), n+at)
	}
}

// TestFrozenExtra draws the first chunk of copies of version 2 again.
func TestFrozenExtra(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("version 2 was frozen on amd64, and other platforms round differently")
	}
	s, err := Open(Version2)
	if err != nil {
		t.Fatalf("Open(%s): %v", Version2, err)
	}
	c, err := NewChecker(Version2)
	if err != nil {
		t.Fatalf("NewChecker(%s): %v", Version2, err)
	}
	from := 0
	for !strings.HasPrefix(s.Name(from), NoEdge) {
		from++
	}
	c.Skip(from)
	for i := from; i < from+Chunk; i++ {
		p, err := s.Draw(i)
		if err != nil {
			t.Fatalf("Draw(%d): %v", i, err)
		}
		if base, _, _ := strings.Cut(p.Label.File, "."); base != s.Name(i) {
			t.Errorf("image %d is in %s, want the name %s", i, p.Label.File, s.Name(i))
		}
		d, err := DigestOf(p)
		if err != nil {
			t.Fatalf("DigestOf image %d: %v", i, err)
		}
		if err := c.Add(d); err != nil {
			t.Fatalf("Add: %v", err)
		}
	}
}
