package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// drawing is a picture that kahao drew, and the numbers on it.
type drawing struct {
	data    []byte
	w, h    int
	kind    string // such as photo, scan, art or none
	numbers []string
}

// draw has the binary draw pictures: cards that nobody owns.
func (r *rig) draw(n, seed, size int, difficulty float64) ([]drawing, error) {
	dir := filepath.Join(r.dir, fmt.Sprintf("drawn-%d-%d-%d", n, seed, size))
	c := exec.CommandContext(r.ctx, r.binary, "synth", "--n", fmt.Sprint(n), "--seed", fmt.Sprint(seed),
		"--size", fmt.Sprint(size), "--difficulty", fmt.Sprint(difficulty), "--out", dir)
	if out, err := c.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("kahao synth: %w: %s", err, out)
	}
	labels, err := os.Open(filepath.Join(dir, "labels.jsonl"))
	if err != nil {
		return nil, err
	}
	defer labels.Close()
	var all []drawing
	lines := bufio.NewScanner(labels)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var label struct {
			File  string
			W, H  int
			Kind  string
			Cards []struct{ Number string }
		}
		if err := json.Unmarshal(lines.Bytes(), &label); err != nil {
			return nil, err
		}
		d := drawing{w: label.W, h: label.H, kind: label.Kind}
		if d.data, err = os.ReadFile(filepath.Join(dir, label.File)); err != nil {
			return nil, err
		}
		for _, c := range label.Cards {
			if c.Number != "" {
				d.numbers = append(d.numbers, c.Number)
			}
		}
		all = append(all, d)
	}
	return all, lines.Err()
}
