//go:build reliability && linux

package reliability

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/kahao/kahao/test/reliability/server"
)

// synthetic is a synthetic image and the card numbers in it.
type synthetic struct {
	data    []byte
	numbers []string
}

// generate has the binary generate images of cards that nobody owns.
func generate(t testing.TB, n, seed, size int, difficulty float64) (all []synthetic) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "images")
	c := server.Command(t.Context(), kahao, "synth", "-n", fmt.Sprint(n), "--seed", fmt.Sprint(seed),
		"--size", fmt.Sprint(size), "--difficulty", fmt.Sprint(difficulty), "--out", dir)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("kahao synth: %v: %s", err, out)
	}
	labels, err := os.Open(filepath.Join(dir, "labels.jsonl"))
	if err != nil {
		t.Fatalf("opening the labels: %v", err)
	}
	defer labels.Close()
	lines := bufio.NewScanner(labels)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var label struct {
			File  string
			Cards []struct{ Number string }
		}
		if err := json.Unmarshal(lines.Bytes(), &label); err != nil {
			t.Fatalf("parsing a label: %v", err)
		}
		data, err := os.ReadFile(filepath.Join(dir, label.File))
		if err != nil {
			t.Fatalf("reading an image: %v", err)
		}
		s := synthetic{data: data}
		for _, c := range label.Cards {
			if c.Number != "" {
				s.numbers = append(s.numbers, c.Number)
			}
		}
		all = append(all, s)
	}
	if err := lines.Err(); err != nil {
		t.Fatalf("reading the labels: %v", err)
	}
	return all
}
