package synth

import (
	"github.com/kahao/kahao/internal/labels"
	"github.com/kahao/kahao/internal/synth/scene"
)

// Request asks for one image of a planned set.
type Request struct {
	Seed        uint64
	W, H        int
	Difficulty  float64 // 0 to 1
	Constraints scene.Constraints
}

// Fork returns a generator for another goroutine, with the same fonts and
// banks. It draws the same image for any request.
func (g *Generator) Fork() *Generator { return g.fork(g.o.Seed) }

// Draw draws the image requested. It depends on the request and on the seed of
// the generator's banks, not on what was drawn before. Chance may leave less in
// the image than was requested; the label says what is there.
func (g *Generator) Draw(q Request) (*scene.Scene, labels.Image) {
	g.scenes.Seed(q.Seed)
	g.scenes.Constraints = q.Constraints
	s := g.scenes.Draw(q.W, q.H, max(q.W, q.H), q.Difficulty)
	g.scenes.Constraints = scene.Constraints{}
	return s, label(s, q.Seed)
}
