//go:build unix

package httpserver

import (
	"errors"
	"net"
	"syscall"

	"golang.org/x/sys/unix"
)

// shrinkBacklog sets the system's backlog to its minimum.
func shrinkBacklog(l net.Listener) error {
	return control(l, func(fd int) error { return unix.Listen(fd, 0) })
}

// pending reports whether a connection is waiting to be accepted.
func pending(l net.Listener) bool {
	waiting := false
	err := control(l, func(fd int) error {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		waiting = n > 0
		return err
	})
	return err == nil && waiting
}

func control(l net.Listener, f func(fd int) error) error {
	s, ok := l.(syscall.Conn)
	if !ok {
		return errors.ErrUnsupported
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = raw.Control(func(fd uintptr) {
		for failed = f(int(fd)); failed == unix.EINTR; failed = f(int(fd)) {
		}
	})
	return errors.Join(err, failed)
}
