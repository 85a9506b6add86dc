package scene

import (
	"math"
	"math/rand/v2"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Kinds of images.
const (
	Photo = "photo"
	Art   = "art"
	Scan  = "scan"
	None  = "none"
)

// Placed is a card in an image.
type Placed struct {
	Card *card.Card
	// Map takes pixels of the card's image to pixels of the scene.
	Map geom.Homography
	// Corners are TL, TR, BR, BL as the card is read; they may lie outside.
	Corners geom.Quad
}

// Scene is an image and the cards in it, the nearest last.
type Scene struct {
	Image *pixel.RGB
	Kind  string
	Cards []Placed
	// Blur is the standard deviation, in pixels, of the camera's blur.
	Blur float64
}

// Bank is shared by the composers of several goroutines.
type Bank struct {
	bank     *card.Bank
	lib      *glyph.Library
	surfaces *card.Lazy
}

// NewBank returns a bank of n surfaces that depend on the seed.
func NewBank(cards *card.Bank, lib *glyph.Library, seed uint64, n int) *Bank {
	return &Bank{cards, lib, newSurfaces(seed^0x5f5f, lib, n)}
}

// Composer draws scenes. It belongs to one goroutine.
type Composer struct {
	*Bank
	Constraints Constraints
	chance      *rand.PCG
	r           *rand.Rand
	cards       *card.Painter
	set         *glyph.Setter
	grain       *raster.Grain
	jpeg        raster.JPEG
	light       shine

	im, flat            raster.Image
	cover, coarse, pane raster.Mask
	blurred             float64
	pool                []*card.Card
	uses                int
	// Reuse is the mean number of scenes per card: 1 draws a new card for each.
	Reuse int
	// Raw leaves out the camera: no blur, noise, exposure and compression.
	Raw bool
}

// NewComposer returns a composer whose scenes depend on the seed.
func NewComposer(b *Bank, seed uint64) *Composer {
	chance := rand.NewPCG(seed, 0x5ce)
	r := rand.New(chance)
	return &Composer{Bank: b, chance: chance, r: r, cards: card.NewPainter(b.bank, seed), set: glyph.NewSetter(), grain: raster.NewGrain(r, 1<<17), Reuse: 1}
}

// poolSize is the number of cards kept for reuse.
const poolSize = 24

// next returns a card of about the given length in pixels: a new one, or with
// Reuse above 1 perhaps a recent one.
func (d *Composer) next(long int, diff float64) *card.Card {
	if d.Reuse > 1 && len(d.pool) == poolSize && d.uses%d.Reuse != 0 {
		d.uses++
		return d.pool[d.r.IntN(poolSize)]
	}
	d.uses++
	c := d.cards.Draw(long, diff)
	if d.Reuse <= 1 {
		return c
	}
	if len(d.pool) < poolSize {
		d.pool = append(d.pool, c)
	} else {
		d.pool[d.r.IntN(poolSize)] = c
	}
	return c
}

// Draw draws an image w by h from cards of at most cardLong pixels.
func (d *Composer) Draw(w, h, cardLong int, diff float64) *Scene {
	kind, n := d.kind()
	s := &Scene{Kind: kind}
	d.cards.Constraints = d.Constraints.Card
	switch kind {
	case Art:
		d.art(s, w, h, cardLong, diff)
	case Scan:
		d.scan(s, w, h, cardLong, diff)
	default:
		d.photo(s, w, h, n, cardLong, diff)
	}
	return s
}

// put places a card through the map of its millimetres and records it, unless it
// is not a bank card.
func (d *Composer) put(s *Scene, im *raster.Image, c *card.Card, h geom.Homography, sh *shine) {
	d.place(im, c, h, sh)
	if sh != nil {
		d.reflections(im, c, h, sh.hard)
	}
	if c.Thing {
		return
	}
	k := 1 / c.Scale
	m := h.Mul(geom.Homography{k, 0, 0, 0, k, 0, 0, 0, 1})
	s.Cards = append(s.Cards, Placed{Card: c, Map: m, Corners: h.Quad(geom.RectQuad(0, 0, c.W, c.H))})
}

// photo draws a photograph of n cards.
func (d *Composer) photo(s *Scene, w, h, n, cardLong int, diff float64) {
	r := d.r
	im := &d.im
	im.Reset(w, h)
	unit := float64(max(w, h)) / 800
	p := d.newPose(w, h, diff)
	if n > 1 { // leave room for the others
		p.long = min(p.long, between(r, .35, .58)*float64(max(w, h)))
	}
	if d.Reuse <= 1 { // no finer than visible
		cardLong = min(cardLong, int(max(300, p.long*1.2)))
	}
	first := &card.Card{W: card.Width, H: card.Height}
	if n > 0 {
		first = d.next(cardLong, diff)
	}
	p.place(d, first, w, h)
	hm := p.homography(first, w, h)
	held := n > 0 && maybe(r, .2)
	d.ground(im, hm, unit, held)
	things := pick(r, 0, 0, 0, 1, 1, 2, 3)
	if d.Constraints.Ground == Plain {
		things = 0
	}
	for range things {
		d.distractor(im, hm, unit)
	}
	if n == 0 {
		for range 1 + r.IntN(4) {
			d.distractor(im, hm, unit)
		}
		if maybe(r, .35) { // an object of a card's size
			d.lay(s, im, d.notCard(cardLong), hm, unit, diff)
		}
	}
	box := func(c *card.Card, h geom.Homography) geom.Quad { return h.Quad(geom.RectQuad(0, 0, c.W, c.H)) }
	taken := []geom.Quad{box(first, hm)}
	for i := 1; i < n; i++ { // the others lie next to it, mostly in the same plane
		c := d.next(cardLong, diff)
		for range 12 {
			q := p
			q.rot = pick(r, p.rot+r.NormFloat64()*.1, between(r, -3.14, 3.14))
			q.long *= between(r, .9, 1.05)
			q.place(d, c, w, h)
			h2 := q.homography(c, w, h)
			if qd := box(c, h2); qd.Convex() && !overlaps(taken, qd) {
				taken = append(taken, qd)
				d.lay(s, im, c, h2, unit, diff)
				break
			}
		}
	}
	if n > 0 {
		skin := d.skin()
		if held && maybe(r, .75) {
			d.palm(im, first, hm, skin)
		}
		d.lay(s, im, first, hm, unit, diff)
		if held && !d.Constraints.Whole {
			d.fingers(im, first, hm, skin)
		}
	}
	if d.lightEvent(Shadow, maybe(r, .2+.1*diff)) {
		d.shadows(im)
	}
	d.ambient(im, diff)
	d.capture(im, diff, unit)
	s.Image, s.Blur = im.RGB(), d.blurred
	s.dropHidden(w, h)
}

// overlaps reports whether q covers a large part of any other.
func overlaps(others []geom.Quad, q geom.Quad) bool {
	b := q.Bounds()
	for _, o := range others {
		c := o.Bounds()
		w, h := min(b.X1, c.X1)-max(b.X0, c.X0), min(b.Y1, c.Y1)-max(b.Y0, c.Y0)
		if w > 0 && h > 0 && w*h > .12*min(math.Abs(q.Area()), math.Abs(o.Area())) {
			return true
		}
	}
	return false
}

// lay puts a card with its shadow and the thickness of its edge.
func (d *Composer) lay(s *Scene, im *raster.Image, c *card.Card, h geom.Homography, unit, diff float64) {
	r := d.r
	rim := project(h, outline(c))
	scale := math.Sqrt(math.Abs(h.Quad(geom.RectQuad(0, 0, c.W, c.H)).Area()) / (c.W * c.H))
	if maybe(r, .8) {
		sx, sy := between(r, -2, 2)*scale, between(r, -.5, 2.5)*scale
		if maybe(r, .15) { // held above the surface
			sx, sy = sx*4, sy*4
		}
		d.soft(im, shift(rim, sx, sy), max(1, between(r, .3, 2.5)*scale), raster.Gray(0), float32(between(r, .1, .7)))
	}
	if !c.Square && maybe(r, .7) {
		th := between(r, .2, .8) * scale
		col := pick(r, raster.Gray(.92), raster.Gray(.8), raster.Gray(.55), raster.Gray(.2))
		im.Polygon(shift(rim, between(r, -.3, .3)*th, th), col, 1)
	}
	d.put(s, im, c, h, d.newShine(c, diff))
}

func shift(p []geom.Point, x, y float64) []geom.Point {
	o := make([]geom.Point, len(p))
	for i, q := range p {
		o[i] = q.Add(geom.Point{X: x, Y: y})
	}
	return o
}

// dropHidden drops the cards of which less than about a third is in the image.
func (s *Scene) dropHidden(w, h int) {
	keep := s.Cards[:0]
	for _, c := range s.Cards {
		in := 0
		for j := range 9 {
			for i := range 9 {
				p := c.Map.Apply(geom.Point{X: float64(c.Card.Image.W) * (float64(i) + .5) / 9, Y: float64(c.Card.Image.H) * (float64(j) + .5) / 9})
				if p.X >= 0 && p.Y >= 0 && p.X < float64(w) && p.Y < float64(h) {
					in++
				}
			}
		}
		if in >= 28 {
			keep = append(keep, c)
		}
	}
	s.Cards = keep
	if len(keep) == 0 {
		s.Kind = None
	}
}
