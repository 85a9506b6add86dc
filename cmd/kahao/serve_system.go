package main

import (
	"math"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/kahao/kahao/internal/server"
)

// limitMemory sets the soft memory limit of the Go runtime and returns it, or 0
// if there is none. GOMEMLIMIT takes precedence, then the setting, then nine
// tenths of what the control group's limit leaves beside a program file of the
// given size. Go counts neither the file's pages, which hold the networks, nor
// what the last tenth is for.
func limitMemory(setting int64, controlGroup memlimit.Provider, program int64) int64 {
	if setting > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(setting)
		return setting
	}
	limit, err := memlimit.Set(memlimit.WithProvider(beside(program, controlGroup)), memlimit.WithRatio(0.9))
	if err != nil || limit == math.MaxInt64 {
		return 0
	}
	return limit
}

// beside takes a program's size from a control group's limit, but at most half
// of the limit: the kernel can drop the file's pages and read them again.
func beside(program int64, controlGroup memlimit.Provider) memlimit.Provider {
	return func() (uint64, error) {
		limit, err := controlGroup()
		return limit - min(uint64(program), limit/2), err
	}
}

// programSize returns the size of the running program's file, or 0 if it cannot
// be known.
func programSize() int64 {
	path, err := os.Executable()
	if err != nil {
		return 0
	}
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

// handleSignals has the server read its files again at every SIGHUP, until the
// returned function is called. Until then a second SIGTERM changes nothing,
// for supervisors send it to the process and then to its group; only a second
// interrupt, which is a person's, ends everything at once.
func handleSignals(server *server.Server) (done func()) {
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
