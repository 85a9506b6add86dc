//go:build !unix

package httpserver

import (
	"errors"
	"net"
)

// shrinkBacklog is not possible on this system.
func shrinkBacklog(net.Listener) error { return errors.ErrUnsupported }

// pending is unknown on this system: connections in the backlog are reset.
func pending(net.Listener) bool { return false }
