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
// tenths of the control group's limit: the rest is for memory that Go does not
// count.
func limitMemory(setting int64, controlGroup memlimit.Provider) int64 {
	if setting > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(setting)
		return setting
	}
	limit, err := memlimit.Set(memlimit.WithProvider(controlGroup), memlimit.WithRatio(0.9))
	if err != nil || limit == math.MaxInt64 {
		return 0
	}
	return limit
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
