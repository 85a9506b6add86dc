package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// drawnSizes are the longer sides of the pictures that bench draws where it
// is given none: a thumbnail's size as clients send it, and a phone's 12
// megapixels.
var drawnSizes = []int{800, 4000}

// drawSubjects draws a photograph of a card in each size, from a seed.
func drawSubjects(ctx context.Context) ([]subject, error) {
	dir, err := os.MkdirTemp("", "kahao-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var subjects []subject
	for _, size := range drawnSizes {
		// In a process of its own, for drawing takes more memory than the
		// readings that are to be measured.
		cmd, err := self(ctx, "synth", "-n", "1", "--seed", strconv.Itoa(drawnSeed), "--difficulty", "0.3", "--size", strconv.Itoa(size), "--out", dir)
		if err != nil {
			return nil, err
		}
		if said, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("kahao synth: %w: %s", err, said)
		}
		image, err := os.ReadFile(filepath.Join(dir, "000000.jpg"))
		if err != nil {
			return nil, err
		}
		subjects = append(subjects, subject{fmt.Sprintf("drawn-%d.jpg", size), image})
	}
	return subjects, nil
}

// drawnSeed draws a photograph, four to three, with one card in it.
const drawnSeed = 19
