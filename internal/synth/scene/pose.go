package scene

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/card"
)

// pose is the position of a card before a pinhole camera.
type pose struct {
	rot   float64 // radians, clockwise on the image
	tilt  float64 // radians from the image's plane
	axis  float64 // direction of the axis of the tilt
	focal float64 // in long sides of the image
	long  float64 // the untilted card's long side in pixels
	x, y  float64 // its centre in pixels
}

// newPose draws a pose for an image w by h, without its position.
func (d *Composer) newPose(w, h int, diff float64) pose {
	r := d.r
	p := pose{axis: between(r, 0, 2*math.Pi), focal: between(r, .8, 1.6)}
	switch {
	case maybe(r, .42+.06*diff):
		p.rot = between(r, -math.Pi, math.Pi)
	case maybe(r, .45):
		p.rot = r.NormFloat64() * 5 * math.Pi / 180
	default:
		p.rot = between(r, -25, 25) * math.Pi / 180
	}
	// most people hold the camera level above the card or in front of it: the
	// axis is then along the image's width
	if maybe(r, .5) {
		p.axis = r.NormFloat64()*.25 + math.Pi*float64(r.IntN(2))
	}
	top := 45 * math.Pi / 180
	switch {
	case maybe(r, .35):
		p.tilt = math.Abs(r.NormFloat64()) * 6 * math.Pi / 180
	default:
		p.tilt = between(r, 0, top*(.6+.4*diff))
	}
	l := float64(max(w, h))
	share := between(r, .2, 1)
	switch {
	case maybe(r, .5):
		share = between(r, .45, .95)
	case maybe(r, .12):
		share = between(r, .9, 1.3)
	}
	d.override(d.Constraints.Rotation, math.Pi/180, &p.rot)
	d.override(d.Constraints.Tilt, math.Pi/180, &p.tilt)
	d.override(d.Constraints.Share, 1, &share)
	p.long = share * l
	return p
}

// place draws the centre so that the card lies within the image if it fits, and
// sometimes crosses the image's edge.
func (p *pose) place(d *Composer, c *card.Card, w, h int) {
	p.x, p.y = 0, 0
	hm := p.homography(c, w, h)
	b := hm.Quad(geom.RectQuad(0, 0, c.W, c.H)).Bounds()
	out := 0.0
	if maybe(d.r, .14) && !d.Constraints.Whole {
		out = .3
	}
	fit := func(lo, hi, size float64) float64 {
		m := size * .02
		a, z := m-lo, size-m-hi // shifts that keep it inside
		span := hi - lo
		if a > z {
			a, z = z, a
			mid := (a + z) / 2
			a, z = mid+(a-mid)*.6, mid+(z-mid)*.6
		}
		return between(d.r, a-out*span, z+out*span)
	}
	// the principal point stays at the image's centre: the shift moves the card in
	// its own plane, a good approximation for small fields of view
	p.x, p.y = fit(b.X0, b.X1, float64(w)), fit(b.Y0, b.Y1, float64(h))
}

// homography maps the card's millimetres to the image's pixels.
func (p *pose) homography(c *card.Card, w, h int) geom.Homography {
	l := float64(max(w, h))
	f := p.focal * l
	dist := f * card.Width / p.long
	s, co := math.Sincos(p.rot)
	as, ac := math.Sincos(p.axis)
	ts, tc := math.Sincos(p.tilt)
	// turning about (ac, as, 0) by the tilt (Rodrigues)
	m := [3][3]float64{
		{tc + ac*ac*(1-tc), ac * as * (1 - tc), as * ts},
		{ac * as * (1 - tc), tc + as*as*(1-tc), -ac * ts},
		{-as * ts, ac * ts, tc},
	}
	var q geom.Homography
	for i := range 3 {
		// columns of m times the in-plane rotation
		q[i*3] = m[i][0]*co + m[i][1]*s
		q[i*3+1] = -m[i][0]*s + m[i][1]*co
		q[i*3+2] = -q[i*3]*c.W/2 - q[i*3+1]*c.H/2
	}
	q[8] += dist
	for j := range 3 {
		q[j] = f*q[j] + p.x*q[6+j]
		q[3+j] = f*q[3+j] + p.y*q[6+j]
	}
	return q
}

// Rotation is the angle of the card's baseline in degrees, clockwise.
func Rotation(q geom.Quad) float64 {
	v := q[1].Sub(q[0]).Add(q[2].Sub(q[3]))
	return math.Atan2(v.Y, v.X) * 180 / math.Pi
}
