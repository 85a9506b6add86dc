package pdf

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// damaged returns a copy of a file with up to most damages: bytes that are others,
// or missing.
func damaged(rng *rand.Rand, seed []byte, most int) []byte {
	file := bytes.Clone(seed)
	for range 1 + rng.IntN(most) {
		at := rng.IntN(len(file))
		switch rng.IntN(3) {
		case 0:
			file[at] = byte(rng.Uint32())
		case 1:
			file[at] = "0123456789<>[]()/ R"[rng.IntN(19)]
		case 2:
			file = append(file[:at], file[min(len(file), at+1+rng.IntN(9)):]...)
		}
		if len(file) < 20 {
			break
		}
	}
	return file
}

// TestWriteDamaged: whatever is damaged in a file, what is written of it can be read
// and shows no hidden text.
func TestWriteDamaged(t *testing.T) {
	seed := scan(show(3, secret) + " BI /W 9 /H 9 ID abc EI [(a) 3] TJ")
	rng := rand.New(rand.NewPCG(5, 6))
	for range 4000 {
		file := damaged(rng, seed, 4)
		d, err := Open(file)
		if err != nil {
			continue
		}
		out, err := d.Write()
		if err != nil {
			continue
		}
		again, err := Open(out)
		if err != nil || again.Pages() != d.Pages() {
			t.Fatalf("written anew it cannot be read: %v: %q", err, file)
		}
		for i, v := range again.views {
			if v.hidden {
				t.Errorf("page %d still has text that does not show: %q", i+1, file)
			}
		}
	}
}
