package checks

import (
	"context"
	"math"
	"sync"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/model"
	"github.com/kahao/kahao/internal/vision/nn"
)

// Judge judges by networks whether an image shows a screen or a copy, or is a
// screenshot. Two look: one at patches of the
// original pixels, where the structure of screens and prints is, and one at the
// whole image, where their surroundings are. It is safe for concurrent use.
type Judge struct {
	texture, surround, capture *nn.Plan
	networks                   *model.CaptureSet
}

// Open returns the judge with the embedded networks, which are read once.
var Open = sync.OnceValues(func() (*Judge, error) {
	set, err := model.LoadCapture()
	if err != nil {
		return nil, err
	}
	return NewJudge(set)
})

// NewJudge plans the networks.
func NewJudge(set *model.CaptureSet) (*Judge, error) {
	j := Judge{networks: set}
	for _, n := range []struct {
		net  model.Network
		plan **nn.Plan
	}{{set.Texture, &j.texture}, {set.Surround, &j.surround}, {set.Capture, &j.capture}} {
		h, w, _ := n.net.InputShape()
		plan, err := n.net.Plan(h, w)
		if err != nil {
			return nil, err
		}
		*n.plan = plan
	}
	return &j, nil
}

// Networks returns the networks in the order in which a judgement runs them.
func (j *Judge) Networks() []model.Network { return j.networks.All() }

// The outputs of the networks, as in training/nets.py.
const (
	textureOutputs  = 24
	surroundOutputs = 32
)

// Scores are the log-odds of each check, if half of all images were attacks.
type Scores struct{ Screen, Photocopy, Screenshot, Watermark, Edited float64 }

// Of returns the log-odds of a check by its name; 0 if it has none.
func (s Scores) Of(check string) float64 {
	return map[string]float64{
		"screen": s.Screen, "photocopy": s.Photocopy, "screenshot": s.Screenshot, "watermark": s.Watermark, "edited": s.Edited,
	}[check]
}

// Score runs the networks on an image at its full size.
func (j *Judge) Score(ctx context.Context, image *pixel.Pyramid) (Scores, error) {
	joint := make([]float32, 2*textureOutputs+surroundOutputs)
	mean, most := joint[:textureOutputs], joint[textureOutputs:2*textureOutputs]
	var in, out []float32
	var err error
	cells := 0
	for _, p := range patches(image) {
		in = p.features(in)
		if out, err = j.texture.Run(ctx, in, out); err != nil {
			return Scores{}, err
		}
		for i, v := range out {
			c := i % textureOutputs
			mean[c] += v
			most[c] = max(most[c], v) // outputs are not negative
		}
		cells += len(out) / textureOutputs
	}
	for c := range mean {
		mean[c] /= float32(max(1, cells))
	}
	if out, err = j.surround.Run(ctx, letterbox(image), out); err != nil {
		return Scores{}, err
	}
	copy(joint[2*textureOutputs:], out)
	if out, err = j.capture.Run(ctx, joint, out); err != nil {
		return Scores{}, err
	}
	return Scores{float64(out[0]), float64(out[1]), float64(out[2]), float64(out[3]), float64(out[4])}, nil
}

// Thresholds of the log-odds: one genuine drawn image in 200 reaches them, of seeds
// that chose them alone, and none is below even odds. docs/accuracy.md has the commands.
var thresholds = Scores{Screen: 0, Photocopy: 1.8, Screenshot: 0}

// Add adds the checks that the networks judge. They have not learnt to tell
// watermarks and edited images, so those two stay 0.
func (s Scores) Add(to *capture.Checks) {
	to.Screen = learnt(s.Screen, thresholds.Screen)
	to.Photocopy = learnt(s.Photocopy, thresholds.Photocopy)
	to.Screenshot = learnt(s.Screenshot, thresholds.Screenshot)
}

func learnt(score, threshold float64) capture.Check {
	return capture.Check{P: 1 / (1 + math.Exp(-score)), Warn: score >= threshold}
}
