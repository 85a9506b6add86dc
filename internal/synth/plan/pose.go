package plan

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/scene"
)

// shapes of pictures, in long sides.
var shapes = [][2]float64{{1, .75}, {1, .75}, {.75, 1}, {1, 2. / 3}, {1, .5625}, {.5625, 1}, {1, 1}}

// pose fills in what the levels of the factors mean.
func (o *order) pose(spoilt map[string]string, r *rand.Rand, long int) {
	a := &o.Ask
	shape := shapes[r.IntN(len(shapes))]
	o.W, o.H = int(shape[0]*float64(long)+.5), int(shape[1]*float64(long)+.5)
	o.Difficulty = .3
	switch o.group {
	case oneWay:
		o.Difficulty = .5
	case mixed, empty:
		o.Difficulty = .3 + .7*r.Float64()
	}
	if a.Kind != scene.Photo && a.Kind != scene.None {
		return
	}
	a.Whole = o.group == clean || o.group == oneWay
	a.Light, a.Blur = scene.Plain, scene.Sharp
	if v := spoilt["light"]; v != "" {
		a.Light = v
	}
	if v := spoilt["blur"]; v != "" {
		a.Blur = v
	}
	a.Tilt = &scene.Range{0, 10}
	switch spoilt["tilt"] {
	case "10 to 30":
		a.Tilt = &scene.Range{10, 30}
	case "30 to 45":
		a.Tilt = &scene.Range{30, 45}
	}
	a.Rotation = &scene.Range{-7, 7}
	side := float64(1 - 2*r.IntN(2))
	switch spoilt["rotation"] {
	case "leaning":
		a.Rotation = &scene.Range{7 * side, 45 * side}
	case "on its side":
		a.Rotation = &scene.Range{45 * side, 135 * side}
	case "upside down":
		a.Rotation = &scene.Range{135, 225}
	}
	fits := o.fits()
	a.Share = &scene.Range{min(.6, .8*fits), min(.95, fits)}
	switch spoilt["size"] {
	case "small":
		a.Share = &scene.Range{.35, .6}
	case "tiny": // down to a twentieth of the picture's area
		a.Share = &scene.Range{.25, .35}
	case "beyond":
		a.Share = &scene.Range{.97, 1.25}
	}
	if spoilt["cards"] != "" {
		a.Cards = 2 + r.IntN(3)
		a.Share = &scene.Range{.35, .6}
	}
}

// fits is the length of the largest card that the picture holds at the
// rotations asked for, in long sides of the picture.
func (o *order) fits() float64 {
	w, h := card.Width/card.Width, card.Height/card.Width
	if o.Ask.Card.Layout == "portrait" {
		w, h = h, w
	}
	long := float64(max(o.W, o.H))
	least := math.Inf(1)
	for i := range 9 {
		angle := o.Ask.Rotation[0] + (o.Ask.Rotation[1]-o.Ask.Rotation[0])*float64(i)/8
		sn, cs := math.Sincos(angle * math.Pi / 180)
		sn, cs = math.Abs(sn), math.Abs(cs)
		least = min(least, float64(o.W)/long/(w*cs+h*sn), float64(o.H)/long/(w*sn+h*cs))
	}
	return .94 * least // perspective makes the near side longer
}

// name lists the slices that the picture is in.
func (o *order) name(spoilt map[string]string, without string) {
	add := func(dimension, value string) { o.slices = append(o.slices, Slice{dimension, value}) }
	add("group", o.group)
	if o.group == empty {
		add("no number", without)
		return
	}
	a := o.Ask
	add("print", a.Card.Print)
	switch a.Card.Layout {
	case "classic", "free":
		add("layout", "one line")
	case "lines2":
		add("layout", "two lines")
	default:
		add("layout", a.Card.Layout)
	}
	add("length", fmt.Sprint(a.Card.Length))
	add("long side", fmt.Sprint(max(o.W, o.H)))
	if a.Kind != scene.Photo {
		add("background", a.Kind)
		return
	}
	add("background", a.Ground)
	for _, f := range factors {
		v, ok := spoilt[f.factor]
		switch {
		case f.factor == "size" && a.Cards > 1: // as it comes
		case ok:
			add(f.factor, v)
		default:
			add(f.factor, f.level)
		}
	}
}
