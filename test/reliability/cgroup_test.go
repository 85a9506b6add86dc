//go:build reliability && linux

package reliability

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// cgroup is a control group with a memory limit, of either version of the
// kernel's interface.
type cgroup struct {
	dir    string
	events string // file that counts kills, in lines of name and number
}

// newCgroup creates a control group, which is removed after the test. It fails
// without the right to.
func newCgroup(t *testing.T, limit int64) (*cgroup, error) {
	name := fmt.Sprintf("kahao-reliability-%d", os.Getpid())
	v1 := "/sys/fs/cgroup/memory"
	g := &cgroup{dir: filepath.Join(v1, name), events: "memory.oom_control"}
	limits := map[string]string{"memory.limit_in_bytes": strconv.FormatInt(limit, 10)}
	if _, err := os.Stat(filepath.Join(v1, "memory.limit_in_bytes")); err != nil {
		g = &cgroup{dir: filepath.Join("/sys/fs/cgroup", name), events: "memory.events"}
		limits = map[string]string{"memory.max": strconv.FormatInt(limit, 10), "memory.swap.max": "0"}
	}
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = os.Remove(g.dir) })
	for file, value := range limits {
		err := os.WriteFile(filepath.Join(g.dir, file), []byte(value), 0)
		if err != nil && file != "memory.swap.max" { // which a kernel without swap lacks
			return nil, err
		}
	}
	return g, nil
}

// enter returns a command that enters the group and execs its arguments.
func (g *cgroup) enter() []string {
	return []string{"/bin/sh", "-c", `echo $$ >"$0" && exec "$@"`, filepath.Join(g.dir, "cgroup.procs")}
}

// kills counts the processes of the group that the kernel killed for memory.
func (g *cgroup) kills(t *testing.T) int {
	t.Helper()
	f, err := os.Open(filepath.Join(g.dir, g.events))
	if err != nil {
		t.Fatalf("reading the group's events: %v", err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "oom_kill "); ok {
			n, err := strconv.Atoi(text)
			if err != nil {
				t.Fatalf("parsing %q: %v", lines.Text(), err)
			}
			return n
		}
	}
	t.Fatalf("%s does not count kills", f.Name())
	return 0
}
