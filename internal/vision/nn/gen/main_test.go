package main

import (
	"bytes"
	"os"
	"testing"
)

// TestDrift fails where the generated files in the repository are not what
// this generator writes.
func TestDrift(t *testing.T) {
	for name, want := range outputs() {
		got, err := os.ReadFile(map[string]string{"nn": "..", "peak": "../peak"}[name.pkg] + "/" + name.file)
		if err != nil {
			t.Errorf("os.ReadFile: %v", err)
			continue
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs: run go generate in package nn", name.file)
		}
	}
}
