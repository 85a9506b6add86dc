//go:build reliability && linux

package reliability

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// memoryImage returns the writable memory of a process, as a core dump would
// have it. The process is stopped meanwhile.
func memoryImage(pid int) ([]byte, error) {
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		return nil, err
	}
	defer func() { _ = syscall.Kill(pid, syscall.SIGCONT) }()
	maps, err := os.Open(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		return nil, err
	}
	defer maps.Close()
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", pid))
	if err != nil {
		return nil, err
	}
	defer mem.Close()
	var all []byte
	for lines := bufio.NewScanner(maps); lines.Scan(); {
		var from, to int64
		var mode string
		if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &from, &to, &mode); err != nil || !strings.HasPrefix(mode, "rw") {
			continue
		}
		piece := make([]byte, to-from)
		n, _ := mem.ReadAt(piece, from) // some mappings cannot be read where they were never written
		all = append(all, piece[:n]...)
	}
	return all, nil
}
