package nn

import (
	"syscall"
	"testing"
	"unsafe"
)

// guarded returns n floats whose end is the end of the readable memory: one
// access past them stops the test with a fault.
func guarded(t testing.TB, n int) []float32 {
	t.Helper()
	page := syscall.Getpagesize()
	size := (n*floatBytes + page - 1) / page * page
	m, err := syscall.Mmap(-1, 0, size+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatalf("syscall.Mmap: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Munmap(m) })
	if err := syscall.Mprotect(m[size:], syscall.PROT_NONE); err != nil {
		t.Fatalf("syscall.Mprotect: %v", err)
	}
	return unsafe.Slice((*float32)(unsafe.Pointer(&m[size-n*floatBytes])), n)
}
