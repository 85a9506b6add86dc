package main

import (
	"io/fs"
	"math"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/cgroup"
	"github.com/kahao/kahao/internal/server"
)

// limitMemory tells Go's garbage collector what the process may use, and
// returns it, or 0 where nobody says. GOMEMLIMIT goes first, which Go reads
// itself, then the setting, then nine tenths of the control group's limit: the
// rest is for what Go does not count (R22).
func limitMemory(setting int64, root fs.FS) int64 {
	if given := debug.SetMemoryLimit(-1); given != math.MaxInt64 && os.Getenv("GOMEMLIMIT") != "" {
		return given
	}
	if setting == 0 {
		if group, ok := cgroup.MemoryLimit(root); ok {
			setting = group / 10 * 9
		}
	}
	if setting > 0 {
		debug.SetMemoryLimit(setting)
	}
	return setting
}

// weigh reads the header of an image, under the reader's limits. An image that
// is refused there costs nothing.
func weigh(r *kahao.Reader) func(image []byte) (pixels, memory int64) {
	return func(image []byte) (pixels, memory int64) {
		info, err := r.Inspect(image)
		if err != nil {
			return 0, 0
		}
		return int64(info.Width) * int64(info.Height), info.Memory
	}
}

// handleSignals has the server read its files again at every SIGHUP, until the
// returned function is called. Until then a second SIGTERM changes nothing,
// for supervisors send it to the process and then to its group; only a second
// interrupt, which is a person's, ends everything at once.
func handleSignals(server *server.App) (done func()) {
	hangup, terminate := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	signal.Notify(terminate, syscall.SIGTERM)
	ended := make(chan struct{})
	go func() {
		for {
			select {
			case <-ended:
				return
			case <-hangup:
				server.Reload()
			}
		}
	}()
	return func() {
		signal.Stop(hangup)
		signal.Stop(terminate)
		close(ended)
	}
}
