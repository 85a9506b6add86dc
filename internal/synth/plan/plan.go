// Package plan draws sets of images of a fixed composition: a stated number of
// every print, layout, length, light, pose, size and blur, alone and combined,
// and of images without a number. A random sample holds too few of the rare
// ones for a figure per slice.
//
// 40 % of the images are clean: nothing about the photograph makes them hard.
// 35 % are degraded in exactly one way, so that a slice shows what that way
// costs. The rest combine ways at random.
package plan

import (
	"cmp"
	"math/rand/v2"

	"github.com/kahao/kahao/internal/labels"
	"github.com/kahao/kahao/internal/synth"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/scene"
)

// Set is the composition of a set. Equal sets give the same images.
type Set struct {
	Seed    uint64
	Cards   int     // images with a number to read
	Empty   int     // images without
	Failing float64 // share of numbers with a wrong check digit; 0: random
	BINs    number.BINSource
	Long    int // long side of every image; 0: 800, 1,280 or 1,920 pixels
}

// item is one image of the plan.
type item struct {
	synth.Request
	group  string // clean, oneWay, mixed or empty
	slices []labels.Slice
}

// way is one degradation of a photograph: a level of one factor.
type way struct{ factor, level string }

// ways and their weights.
var ways = []share[way]{
	{60, way{"size", "small"}}, {50, way{"size", "tiny"}}, {40, way{"size", "beyond"}},
	{50, way{"rotation", "leaning"}}, {60, way{"rotation", "on its side"}}, {50, way{"rotation", "upside down"}},
	{50, way{"tilt", "10 to 30"}}, {60, way{"tilt", "30 to 45"}},
	{60, way{"light", scene.Glare}}, {50, way{"light", scene.Shadow}}, {50, way{"light", scene.Dark}},
	{50, way{"blur", scene.Soft}}, {40, way{"blur", scene.Motion}},
	{30, way{"cards", "several"}},
}

// factors of a photograph, with the level that degrades nothing.
var factors = []way{{"light", scene.Plain}, {"blur", scene.Sharp}, {"tilt", "up to 10"}, {"rotation", "upright"}, {"size", "large"}, {"cards", "one"}}

// Groups of images.
const (
	clean  = "clean"
	oneWay = "spoilt in one way" // the names are part of frozen labels
	mixed  = "spoilt in several ways"
	empty  = "no number"
)

// items plans the set.
func (s Set) items() []item {
	n := s.Cards + s.Empty
	group := stratify(s.Seed, "group", n,
		share[string]{.4 * float64(s.Cards), clean}, share[string]{.35 * float64(s.Cards), oneWay},
		share[string]{.25 * float64(s.Cards), mixed}, share[string]{float64(s.Empty), empty})
	layout := stratify(s.Seed, "layout", n, share[string]{40, "classic"}, share[string]{24, "free"}, share[string]{12, "lines2"}, share[string]{9, "stacked"}, share[string]{15, "portrait"})
	// Numbers in several rows are never embossed.
	rows := stratify(s.Seed, "rows", n, share[string]{2, card.Flat}, share[string]{1, card.Laser})
	line := stratify(s.Seed, "print", n, share[string]{42, card.Tipped}, share[string]{20, card.Untipped}, share[string]{26, card.Flat}, share[string]{12, card.Laser})
	length := stratify(s.Seed, "length", n, share[int]{42, 16}, share[int]{24, 19}, share[int]{10, 15}, share[int]{6, 13}, share[int]{6, 14}, share[int]{6, 17}, share[int]{6, 18})
	ground := stratify(s.Seed, "ground", n, share[string]{1, scene.Plain}, share[string]{1, scene.Busy})
	still := stratify(s.Seed, "still", n, share[string]{80, scene.Photo}, share[string]{12, scene.Art}, share[string]{8, scene.Scan})
	long := stratify(s.Seed, "long", n, share[int]{60, 800}, share[int]{25, 1280}, share[int]{15, 1920})
	one := stratify(s.Seed, "way", n, ways...)
	fails := stratify(s.Seed, "luhn", n, share[bool]{s.Failing, true}, share[bool]{1 - s.Failing, false})
	without := stratify(s.Seed, "without", n, share[string]{1, "desk"}, share[string]{1, card.Thing}, share[string]{1, "blank"}, share[string]{1, "back"})
	r := newRand(s.Seed, "set")
	all := make([]item, n)
	for i := range all {
		it := item{group: group[i]}
		c := &it.Constraints
		c.Kind, c.Cards, c.Ground = scene.Photo, 1, ground[i]
		c.Card = card.Constraints{Layout: layout[i], Print: line[i], Length: length[i]}
		if layout[i] == "lines2" || layout[i] == "stacked" {
			c.Card.Print = rows[i]
		}
		if s.Failing > 0 {
			c.Card.Luhn = card.Passing
			if fails[i] {
				c.Card.Luhn = card.Failing
			}
		}
		degraded := map[string]string{}
		switch it.group {
		case clean:
			c.Kind = still[i]
		case oneWay:
			degraded[one[i].factor] = one[i].level
		default:
			for _, f := range factors {
				if w := drawLevel(r, f.factor); r.Float64() < .35 {
					degraded[f.factor] = w
				}
			}
		}
		if it.group == empty {
			it.omitNumber(without[i])
		}
		it.pose(degraded, r, cmp.Or(s.Long, long[i]))
		it.assignSlices(degraded, without[i])
		all[i] = it
	}
	return all
}

// drawLevel draws a level of a factor by the weights of the ways.
func drawLevel(r *rand.Rand, factor string) string {
	total := 0.0
	for _, w := range ways {
		if w.level.factor == factor {
			total += w.weight
		}
	}
	t := r.Float64() * total
	last := ""
	for _, w := range ways {
		if w.level.factor != factor {
			continue
		}
		last = w.level.level
		if t -= w.weight; t < 0 {
			break
		}
	}
	return last
}

// omitNumber makes the image one without a card number.
func (it *item) omitNumber(what string) {
	it.Constraints.Card.NoNumber = true
	if what == "desk" {
		it.Constraints.Kind, it.Constraints.Cards = scene.None, 0
		return
	}
	it.Constraints.Card.Layout = what
}
