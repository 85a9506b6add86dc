// Package plan draws sets of pictures whose make-up is decided beforehand: so
// many of every print, layout, length, light, pose, size and blur, alone and
// together, and so many pictures without a number. Random drawings have few of
// what is rare, and figures of a slice are worth no more than its size.
//
// Four pictures in ten are clean: nothing about how the card was photographed
// makes it hard. Seven in twenty are spoilt in exactly one way, so that a
// slice shows what that way costs. The rest mix the ways as chance has it.
package plan

import (
	"cmp"
	"math/rand/v2"

	"github.com/kahao/kahao/internal/synth"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/scene"
)

// Set says what a set is made of. The same Set is the same pictures.
type Set struct {
	Seed    uint64
	Cards   int     // pictures with a number to read
	Empty   int     // pictures without
	Failing float64 // share of numbers whose check digit is wrong; 0 leaves it to chance
	BINs    number.BINSource
	Long    int // side of every picture; 0: 800 pixels, 1,280 and 1,920
}

// order is one picture of the plan.
type order struct {
	synth.Order
	group  string // clean, one way, mixed, or no number
	slices []Slice
}

// Slice is one way to group pictures, and the group that a picture is in.
type Slice struct {
	Dimension string `json:"dimension"`
	Value     string `json:"value"`
}

// way is how a photograph can be spoilt: a level of one factor.
type way struct{ factor, level string }

// ways and how often each is the one that spoils a picture.
var ways = []share[way]{
	{60, way{"size", "small"}}, {50, way{"size", "tiny"}}, {40, way{"size", "beyond"}},
	{50, way{"rotation", "leaning"}}, {60, way{"rotation", "on its side"}}, {50, way{"rotation", "upside down"}},
	{50, way{"tilt", "10 to 30"}}, {60, way{"tilt", "30 to 45"}},
	{60, way{"light", scene.Glare}}, {50, way{"light", scene.Shadow}}, {50, way{"light", scene.Dark}},
	{50, way{"blur", scene.Soft}}, {40, way{"blur", scene.Motion}},
	{30, way{"cards", "several"}},
}

// factors of a photograph, with the level that spoils nothing.
var factors = []way{{"light", scene.Plain}, {"blur", scene.Sharp}, {"tilt", "up to 10"}, {"rotation", "upright"}, {"size", "large"}, {"cards", "one"}}

// Groups of pictures.
const (
	clean  = "clean"
	oneWay = "spoilt in one way"
	mixed  = "spoilt in several ways"
	empty  = "no number"
)

// orders lays out the set.
func (s Set) orders() []order {
	n := s.Cards + s.Empty
	group := deck(s.Seed, "group", n,
		share[string]{.4 * float64(s.Cards), clean}, share[string]{.35 * float64(s.Cards), oneWay},
		share[string]{.25 * float64(s.Cards), mixed}, share[string]{float64(s.Empty), empty})
	layout := deck(s.Seed, "layout", n, share[string]{40, "classic"}, share[string]{24, "free"}, share[string]{12, "lines2"}, share[string]{9, "stacked"}, share[string]{15, "portrait"})
	// Numbers in several rows are never embossed.
	rows := deck(s.Seed, "rows", n, share[string]{2, card.Flat}, share[string]{1, card.Laser})
	line := deck(s.Seed, "print", n, share[string]{42, card.Tipped}, share[string]{20, card.Untipped}, share[string]{26, card.Flat}, share[string]{12, card.Laser})
	length := deck(s.Seed, "length", n, share[int]{42, 16}, share[int]{24, 19}, share[int]{10, 15}, share[int]{6, 13}, share[int]{6, 14}, share[int]{6, 17}, share[int]{6, 18})
	ground := deck(s.Seed, "ground", n, share[string]{1, scene.Plain}, share[string]{1, scene.Busy})
	still := deck(s.Seed, "still", n, share[string]{80, scene.Photo}, share[string]{12, scene.Art}, share[string]{8, scene.Scan})
	long := deck(s.Seed, "long", n, share[int]{60, 800}, share[int]{25, 1280}, share[int]{15, 1920})
	one := deck(s.Seed, "way", n, ways...)
	fails := deck(s.Seed, "luhn", n, share[bool]{s.Failing, true}, share[bool]{1 - s.Failing, false})
	without := deck(s.Seed, "without", n, share[string]{1, "desk"}, share[string]{1, card.Thing}, share[string]{1, "blank"}, share[string]{1, "back"})
	r := chance(s.Seed, "set")
	all := make([]order, n)
	for i := range all {
		o := order{group: group[i]}
		a := &o.Ask
		a.Kind, a.Cards, a.Ground = scene.Photo, 1, ground[i]
		a.Card = card.Ask{Layout: layout[i], Print: line[i], Length: length[i]}
		if layout[i] == "lines2" || layout[i] == "stacked" {
			a.Card.Print = rows[i]
		}
		if s.Failing > 0 {
			a.Card.Luhn = card.Passing
			if fails[i] {
				a.Card.Luhn = card.Failing
			}
		}
		spoilt := map[string]string{}
		switch o.group {
		case clean:
			a.Kind = still[i]
		case oneWay:
			spoilt[one[i].factor] = one[i].level
		default:
			for _, f := range factors {
				if w := pickWay(r, f.factor); r.Float64() < .35 {
					spoilt[f.factor] = w
				}
			}
		}
		if o.group == empty {
			o.without(without[i])
		}
		o.pose(spoilt, r, cmp.Or(s.Long, long[i]))
		o.name(spoilt, without[i])
		all[i] = o
	}
	return all
}

// pickWay draws a level of a factor as often as the ways have it.
func pickWay(r *rand.Rand, factor string) string {
	total := 0.0
	for _, w := range ways {
		if w.level.factor == factor {
			total += w.of
		}
	}
	t := r.Float64() * total
	last := ""
	for _, w := range ways {
		if w.level.factor != factor {
			continue
		}
		last = w.level.level
		if t -= w.of; t < 0 {
			break
		}
	}
	return last
}

// without asks for a picture that shows no card number.
func (o *order) without(what string) {
	a := &o.Ask
	a.Card.NoNumber = true
	if what == "desk" {
		a.Kind, a.Cards = scene.None, 0
		return
	}
	a.Card.Layout = what
}
