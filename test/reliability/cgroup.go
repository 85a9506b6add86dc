package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// group is a control group with a memory limit, of either version of the
// kernel's interface.
type group struct {
	dir    string
	events string // file that counts its kills, in lines of name and number
}

// newGroup makes a control group. It fails without the right to.
func newGroup(limit int64) (*group, error) {
	name := fmt.Sprintf("kahao-reliability-%d", os.Getpid())
	v1 := "/sys/fs/cgroup/memory"
	g := &group{dir: filepath.Join(v1, name), events: "memory.oom_control"}
	limits := map[string]string{"memory.limit_in_bytes": strconv.FormatInt(limit, 10)}
	if _, err := os.Stat(filepath.Join(v1, "memory.limit_in_bytes")); err != nil {
		g = &group{dir: filepath.Join("/sys/fs/cgroup", name), events: "memory.events"}
		limits = map[string]string{"memory.max": strconv.FormatInt(limit, 10), "memory.swap.max": "0"}
	}
	if err := os.Mkdir(g.dir, 0o755); err != nil {
		return nil, err
	}
	for file, value := range limits {
		err := os.WriteFile(filepath.Join(g.dir, file), []byte(value), 0)
		if err != nil && file != "memory.swap.max" { // which a kernel without swap lacks
			g.remove()
			return nil, err
		}
	}
	return g, nil
}

// enter is a command that enters the group and becomes what follows it.
func (g *group) enter() []string {
	return []string{"/bin/sh", "-c", `echo $$ >"$0" && exec "$@"`, filepath.Join(g.dir, "cgroup.procs")}
}

// kills counts what the kernel killed in the group for want of memory.
func (g *group) kills() (int, error) {
	f, err := os.Open(filepath.Join(g.dir, g.events))
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if n, ok := strings.CutPrefix(lines.Text(), "oom_kill "); ok {
			return strconv.Atoi(n)
		}
	}
	return 0, fmt.Errorf("%s does not count kills", f.Name())
}

// remove removes the group, which must be empty.
func (g *group) remove() { _ = os.Remove(g.dir) }
