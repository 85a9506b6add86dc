package plan

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/kahao/kahao/internal/labels"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/scene"
)

// aspects are the shapes of images, in long sides.
var aspects = [][2]float64{{1, .75}, {1, .75}, {.75, 1}, {1, 2. / 3}, {1, .5625}, {.5625, 1}, {1, 1}}

// pose translates the levels of the factors into constraints.
func (it *item) pose(degraded map[string]string, r *rand.Rand, long int) {
	c := &it.Constraints
	shape := aspects[r.IntN(len(aspects))]
	it.W, it.H = int(shape[0]*float64(long)+.5), int(shape[1]*float64(long)+.5)
	it.Difficulty = .3
	switch it.group {
	case oneWay:
		it.Difficulty = .5
	case mixed, empty:
		it.Difficulty = .3 + .7*r.Float64()
	}
	if c.Kind != scene.Photo && c.Kind != scene.None {
		return
	}
	c.Whole = it.group == clean || it.group == oneWay
	c.Light, c.Blur = scene.Plain, scene.Sharp
	if v := degraded["light"]; v != "" {
		c.Light = v
	}
	if v := degraded["blur"]; v != "" {
		c.Blur = v
	}
	c.Tilt = &scene.Range{0, 10}
	switch degraded["tilt"] {
	case "10 to 30":
		c.Tilt = &scene.Range{10, 30}
	case "30 to 45":
		c.Tilt = &scene.Range{30, 45}
	}
	c.Rotation = &scene.Range{-7, 7}
	side := float64(1 - 2*r.IntN(2))
	switch degraded["rotation"] {
	case "leaning":
		c.Rotation = &scene.Range{7 * side, 45 * side}
	case "on its side":
		c.Rotation = &scene.Range{45 * side, 135 * side}
	case "upside down":
		c.Rotation = &scene.Range{135, 225}
	}
	fits := it.fits()
	c.Share = &scene.Range{min(.6, .8*fits), min(.95, fits)}
	switch degraded["size"] {
	case "small":
		c.Share = &scene.Range{.35, .6}
	case "tiny": // down to a twentieth of the image's area
		c.Share = &scene.Range{.25, .35}
	case "beyond":
		c.Share = &scene.Range{.97, 1.25}
	}
	if degraded["cards"] != "" {
		c.Cards = 2 + r.IntN(3)
		c.Share = &scene.Range{.35, .6}
	}
}

// fits is the length of the largest card that the image holds at the required
// rotations, in long sides of the image.
func (it *item) fits() float64 {
	w, h := 1., card.Height/card.Width
	if it.Constraints.Card.Layout == "portrait" {
		w, h = h, w
	}
	long := float64(max(it.W, it.H))
	length := math.Inf(1)
	for i := range 9 {
		angle := it.Constraints.Rotation[0] + (it.Constraints.Rotation[1]-it.Constraints.Rotation[0])*float64(i)/8
		sn, cs := math.Sincos(angle * math.Pi / 180)
		sn, cs = math.Abs(sn), math.Abs(cs)
		length = min(length, float64(it.W)/long/(w*cs+h*sn), float64(it.H)/long/(w*sn+h*cs))
	}
	return .94 * length // perspective makes the near side longer
}

// assignSlices lists the slices that the image is in.
func (it *item) assignSlices(degraded map[string]string, without string) {
	add := func(dimension, value string) {
		it.slices = append(it.slices, labels.Slice{Dimension: dimension, Value: value})
	}
	add("group", it.group)
	if it.group == empty {
		add("no number", without)
		return
	}
	c := it.Constraints
	add("print", c.Card.Print)
	switch c.Card.Layout {
	case "classic", "free":
		add("layout", "one line")
	case "lines2":
		add("layout", "two lines")
	default:
		add("layout", c.Card.Layout)
	}
	add("length", fmt.Sprint(c.Card.Length))
	add("long side", fmt.Sprint(max(it.W, it.H)))
	if c.Kind != scene.Photo {
		add("background", c.Kind)
		return
	}
	add("background", c.Ground)
	for _, f := range factors {
		v, ok := degraded[f.factor]
		switch {
		case f.factor == "size" && c.Cards > 1: // random
		case ok:
			add(f.factor, v)
		default:
			add(f.factor, f.level)
		}
	}
}
