package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/kahao/kahao/internal/synth"
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
		d, err := synth.New(synth.Options{Seed: drawnSeed, Size: size, BINs: bins{}, Difficulty: 0.3})
		if err != nil {
			return nil, err
		}
		if err := d.WriteDir(ctx, dir, 1, nil); err != nil {
			return nil, err
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
const drawnSeed = 7
