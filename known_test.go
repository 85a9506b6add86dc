package kahao_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image/jpeg"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/synth/plan"
	"github.com/kahao/kahao/internal/testutil"
	"github.com/kahao/kahao/pan"
)

// known is one line of testdata/known/answers.jsonl.
type known struct {
	File  string      `json:"file"`
	Drawn []string    `json:"drawn"` // the numbers in it
	Read  []knownCard `json:"read"`
}

type knownCard struct {
	Number     string        `json:"number"`
	Expiry     string        `json:"expiry"`
	Verdict    kahao.Verdict `json:"verdict"`
	Confidence float64       `json:"confidence"`
}

// String is the card with its number masked.
func (c knownCard) String() string {
	return fmt.Sprintf("%s %q %s %.3f", pan.Mask(c.Number), c.Expiry, c.Verdict, c.Confidence)
}

// same reports whether two readings agree. Engines round differently on other
// processors, which moves a confidence a little.
func (c knownCard) same(d knownCard) bool {
	return c.Number == d.Number && c.Expiry == d.Expiry && c.Verdict == d.Verdict && math.Abs(c.Confidence-d.Confidence) <= .02
}

const knownDir = "testdata/known"

// TestKnownAnswers characterises the reader: it pins what is read in the
// images of testdata/known, right or wrong. The images were drawn once and
// show invented numbers. KAHAO_UPDATE=1 takes the present readings.
func TestKnownAnswers(t *testing.T) {
	if testutil.Redrawing() {
		drawKnown(t)
	}
	name := filepath.Join(knownDir, "answers.jsonl")
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatalf("os.ReadFile: %v", err)
	}
	var out bytes.Buffer
	files, exact := 0, 0
	for line := range strings.Lines(string(b)) {
		var want known
		if err := json.Unmarshal([]byte(line), &want); err != nil {
			t.Fatalf("json.Unmarshal: %v", err)
		}
		got := known{want.File, want.Drawn, readKnown(t, want.File)}
		files++
		if right(got) {
			exact++
		}
		if err := json.NewEncoder(&out).Encode(got); err != nil {
			t.Fatalf("encode JSON: %v", err)
		}
		if testutil.Updating() {
			continue
		}
		if len(got.Read) != len(want.Read) {
			t.Errorf("%s: read %v, want %v", want.File, got.Read, want.Read)
			continue
		}
		for i := range got.Read {
			if !got.Read[i].same(want.Read[i]) {
				t.Errorf("%s: read %v, want %v", want.File, got.Read[i], want.Read[i])
			}
		}
	}
	if files < 20 {
		t.Fatalf("only %d images", files)
	}
	t.Logf("%d of %d images read exactly", exact, files)
	if testutil.Updating() {
		if err := os.WriteFile(name, out.Bytes(), 0o666); err != nil {
			t.Fatalf("os.WriteFile: %v", err)
		}
	}
}

func readKnown(t *testing.T, file string) []knownCard {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(knownDir, file))
	if err != nil {
		t.Fatalf("os.ReadFile: %v", err)
	}
	reading, err := reader().ReadAll(t.Context(), content)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	cards := []knownCard{}
	for _, c := range reading.Cards {
		cards = append(cards, knownCard{c.PAN.Reveal(), c.Expiry.String(), c.Verdict, math.Round(c.Number.Confidence*1e4) / 1e4})
	}
	return cards
}

// right reports whether every number in the image was read, and no other.
func right(k known) bool {
	if len(k.Read) != len(k.Drawn) {
		return false
	}
	for _, c := range k.Read {
		if !strings.Contains(strings.Join(k.Drawn, " ")+" ", c.Number+" ") {
			return false
		}
	}
	return true
}

// drawKnown draws the images from a seed that nothing else uses, small
// enough to be kept.
func drawKnown(t *testing.T) {
	d, err := plan.New(plan.Set{Seed: 4_242, Cards: 21, Empty: 3, Long: 560})
	if err != nil {
		t.Fatalf("plan.New: %v", err)
	}
	var labels bytes.Buffer
	for i := range d.Len() {
		p, err := d.Draw(i)
		if err != nil {
			t.Fatalf("Draw: %v", err)
		}
		var b bytes.Buffer
		if err := jpeg.Encode(&b, p.Pixels.RGBA(), &jpeg.Options{Quality: 70}); err != nil {
			t.Fatalf("jpeg.Encode: %v", err)
		}
		k := known{File: fmt.Sprintf("%02d.jpg", i), Drawn: []string{}, Read: []knownCard{}}
		for _, c := range p.Label.Cards {
			if c.Number != "" {
				k.Drawn = append(k.Drawn, c.Number)
			}
		}
		if err := os.WriteFile(filepath.Join(knownDir, k.File), b.Bytes(), 0o666); err != nil {
			t.Fatalf("os.WriteFile: %v", err)
		}
		if err := json.NewEncoder(&labels).Encode(k); err != nil {
			t.Fatalf("encode JSON: %v", err)
		}
	}
	if err := os.WriteFile(filepath.Join(knownDir, "answers.jsonl"), labels.Bytes(), 0o666); err != nil {
		t.Fatalf("os.WriteFile: %v", err)
	}
}
