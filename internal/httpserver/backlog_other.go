//go:build !unix

package httpserver

import (
	"errors"
	"net"
)

// shrinkBacklog is not to be had here.
func shrinkBacklog(net.Listener) error { return errors.ErrUnsupported }

// pending is not known here: who has not been accepted is reset.
func pending(net.Listener) bool { return false }
