// Package cgroup asks the control group that a process runs in, as a container
// does, how much memory it may use: memory.max of version 2,
// memory.limit_in_bytes of version 1. Go itself takes the number of CPUs from
// there, and not the memory.
package cgroup

import (
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// unlimited is what version 1 has in place of no limit: the largest multiple
// of a page below 2^63. Nothing real comes near.
const unlimited = 1 << 60

// MemoryLimit returns the smallest limit on the process's memory, in bytes,
// that its group or one above it sets, and false where there is none. root is
// the file system from its root, as os.DirFS("/").
func MemoryLimit(root fs.FS) (int64, bool) {
	text, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return 0, false // not Linux, or no control groups
	}
	least, found := int64(0), false
	for line := range strings.Lines(string(text)) {
		// hierarchy:controllers:path; version 2 has 0 and no controllers
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		var mount, file string
		switch {
		case fields[0] == "0" && fields[1] == "":
			mount, file = "sys/fs/cgroup", "memory.max"
		case hasController(fields[1], "memory"):
			mount, file = "sys/fs/cgroup/memory", "memory.limit_in_bytes"
		default:
			continue
		}
		if limit, ok := leastOf(root, mount, fields[2], file); ok && (!found || limit < least) {
			least, found = limit, true
		}
	}
	return least, found
}

func hasController(list, name string) bool {
	for c := range strings.SplitSeq(list, ",") {
		if c == name {
			return true
		}
	}
	return false
}

// leastOf reads the file of a group and of all above it. In a container the
// path may be the host's, while its group is mounted as the root: then what is
// not there is passed over, and the root is read in the end.
func leastOf(root fs.FS, mount, group, file string) (least int64, found bool) {
	for at := path.Clean("/" + group); ; at = path.Dir(at) {
		if text, err := fs.ReadFile(root, path.Join(mount, at, file)); err == nil {
			n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64) // "max" is no number
			if err == nil && n > 0 && n < unlimited && (!found || n < least) {
				least, found = n, true
			}
		}
		if at == "/" {
			return least, found
		}
	}
}
