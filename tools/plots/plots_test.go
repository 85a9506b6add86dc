package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The plots in docs/ show the figures that are on the pages now.
func TestPlotsAreCurrent(t *testing.T) {
	docs := filepath.Join("..", "..", "docs")
	plots, err := draw(docs)
	if err != nil {
		t.Fatalf("draw: %v", err)
	}
	for name, want := range plots {
		got, err := os.ReadFile(filepath.Join(docs, name))
		if err != nil {
			t.Fatalf("ReadFile: %v", err)
		}
		if string(got) != want {
			t.Errorf("docs/%s does not show the figures on its page: run go run -C tools ./plots", name)
		}
		for d := xml.NewDecoder(strings.NewReader(want)); ; {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("docs/%s is not XML: %v", name, err)
			}
		}
	}
}
