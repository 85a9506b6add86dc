package main

import (
	"math"
	"os"
	"runtime/debug"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// The memory limit is nine tenths of what the control group's limit leaves
// beside the program, unless a setting or GOMEMLIMIT replaces it.
func TestLimitMemory(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(before)
	if os.Getenv("GOMEMLIMIT") != "" {
		t.Fatal("GOMEMLIMIT is set; this test needs it unset")
	}
	none := func() (uint64, error) { return 0, memlimit.ErrNoLimit }
	unsupported := func() (uint64, error) { return 0, memlimit.ErrCgroupsNotSupported }
	container := memlimit.Limit(1_000_000_000)
	for _, c := range []struct {
		setting int64
		group   memlimit.Provider
		program int64
		want    int64
	}{
		{0, none, 0, 0},
		{0, none, 50_000_000, 0},
		{0, unsupported, 0, 0},
		{0, container, 0, 900_000_000},
		{0, container, 50_000_000, 855_000_000},
		{0, container, 500_000_000, 450_000_000},
		{0, container, 2_000_000_000, 450_000_000},
		{512 << 20, container, 50_000_000, 512 << 20},
		{512 << 20, none, 50_000_000, 512 << 20},
	} {
		debug.SetMemoryLimit(math.MaxInt64)
		if got := limitMemory(c.setting, c.group, c.program); got != c.want {
			t.Errorf("limitMemory(%d) = %d, want %d", c.setting, got, c.want)
		}
		want := c.want
		if want == 0 {
			want = math.MaxInt64
		}
		if got := debug.SetMemoryLimit(-1); got != want {
			t.Errorf("after limitMemory(%d) the runtime's limit is %d, want %d", c.setting, got, want)
		}
	}
	t.Setenv("GOMEMLIMIT", "100MiB")
	for _, setting := range []int64{0, 512 << 20} {
		debug.SetMemoryLimit(100 << 20) // as the runtime does at the start
		if got := limitMemory(setting, container, 50_000_000); got != 100<<20 || debug.SetMemoryLimit(-1) != 100<<20 {
			t.Errorf("limitMemory(%d) with GOMEMLIMIT of 100 MiB = %d, want no change", setting, got)
		}
	}
}
