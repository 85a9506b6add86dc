//go:build linux || darwin

package server

import "syscall"

// freeBytes returns how many bytes an unprivileged process may still write to
// the file system of a directory, or -1 if that is not known.
func freeBytes(dir string) int64 {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return -1
	}
	return int64(s.Bavail) * int64(s.Bsize)
}
