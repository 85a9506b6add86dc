//go:build !unix

package console

import "time"

// cpuTime is 0: it is not known.
func cpuTime() time.Duration { return 0 }
