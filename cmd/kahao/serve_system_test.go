package main

import (
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime/debug"
	"testing"
	"testing/fstest"

	"github.com/kahao/kahao"
)

// The process's memory limit is nine tenths of the container's, unless a
// setting or GOMEMLIMIT says otherwise.
func TestLimitMemory(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	if os.Getenv("GOMEMLIMIT") != "" {
		t.Fatal("GOMEMLIMIT is set; this test is about what happens without")
	}
	container := fstest.MapFS{
		"proc/self/cgroup":         {Data: []byte("0::/\n")},
		"sys/fs/cgroup/memory.max": {Data: []byte("1073741824\n")},
	}
	for _, c := range []struct {
		setting int64
		root    fs.FS
		want    int64
	}{
		{0, fstest.MapFS{}, 0},
		{0, container, 1073741824 / 10 * 9},
		{512 << 20, container, 512 << 20},
		{512 << 20, fstest.MapFS{}, 512 << 20},
	} {
		debug.SetMemoryLimit(math.MaxInt64)
		if got := limitMemory(c.setting, c.root); got != c.want {
			t.Errorf("setting %d: %d, want %d", c.setting, got, c.want)
		}
		want := c.want
		if want == 0 {
			want = math.MaxInt64
		}
		if got := debug.SetMemoryLimit(-1); got != want {
			t.Errorf("setting %d: Go was told %d, want %d", c.setting, got, want)
		}
	}
	t.Setenv("GOMEMLIMIT", "100MiB")
	debug.SetMemoryLimit(100 << 20) // as the runtime does at the start
	if got := limitMemory(0, container); got != 100<<20 || debug.SetMemoryLimit(-1) != 100<<20 {
		t.Errorf("GOMEMLIMIT does not go first: %d", got)
	}
}

// What a picture weighs is read from its header.
func TestWeigh(t *testing.T) {
	card, err := os.ReadFile(filepath.Join(testdata, "card.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := kahao.New(kahao.Options{})
	if err != nil {
		t.Fatal(err)
	}
	weigh := weigh(r)
	pixels, memory := weigh(card)
	if pixels < 100_000 || memory < 3*pixels {
		t.Errorf("%d pixels, %d bytes", pixels, memory)
	}
	if pixels, memory = weigh([]byte("no picture")); pixels != 0 || memory != 0 {
		t.Errorf("no picture: %d pixels, %d bytes", pixels, memory)
	}
}
