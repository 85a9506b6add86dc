//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package sqlite

import "time"

func processor() time.Duration { return 0 }
