package attack

import (
	"fmt"

	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
	"github.com/kahao/kahao/internal/synth/scene"
)

// cardAlone is a card as applications show it, upright, without a camera.
func (d *Drawer) cardAlone() *raster.Image { return d.cardOf(420) }

// cardOf is a card alone of a width in pixels.
func (d *Drawer) cardOf(w int) *raster.Image {
	d.scenes.Constraints = scene.Constraints{Kind: scene.Art, Cards: 1}
	s := d.scenes.Draw(w, w*19/30, w, .3*d.r.Float64())
	im := &raster.Image{}
	im.FromRGB(s.Image)
	return im
}

// cardView is the part of an application around one card. Its text and buttons tell
// it from a scan of the card.
func (d *Drawer) cardView(im *raster.Image) {
	r := d.r
	src := d.cardOf(int(between(r, 420, 720)))
	pw, ph := float64(src.W), float64(src.H)
	w := pw * between(r, 1, 1.15)
	u := w / 375
	head, foot := 0., between(r, 40, 110)*u
	if maybe(r, .5) {
		head = between(r, 34, 60) * u
	}
	ground, ink := pick(r, raster.Gray(1), raster.Gray(.96), gray(r, .05, .2), tint(r, .7, 1)), raster.Gray(.12)
	if ground.Luma() < .5 {
		ink = raster.Gray(.93)
	}
	im.Reset(int(w), int(head+ph+foot))
	im.Fill(ground)
	paste(im, src, (w-pw)/2, head, pw, ph)
	if head > 0 {
		d.write(im, 16*u, head-28*u, between(r, 13, 18)*u, number.Words(r), ink)
	}
	y := head + ph
	switch r.IntN(3) {
	case 0:
		d.buttons(im, y+foot*.4, ink)
	case 1:
		im.RoundRect(w*.1, y+foot*.15, w*.8, foot*.7, foot*.35, vivid(r), 1)
		d.write(im, w*.42, y+foot*.35, foot*.3, number.Words(r), raster.Gray(1))
	default:
		d.text(im, 16*u, y+10*u, w-16*u, y+foot+20*u, ink)
	}
}

// display draws what a screen shows: a picture over all of it, or a user
// interface.
func (d *Drawer) display(im *raster.Image) string {
	r := d.r
	portrait := float64(im.H) > 1.2*float64(im.W)
	switch t := r.Float64(); {
	case t < .3:
		d.viewer(im)
		return "viewer"
	case portrait && t < .75:
		d.app(im)
		return "app"
	case portrait:
		d.chat(im)
		return "messenger"
	}
	d.desktop(im)
	return "desktop"
}

// viewer shows one picture, with bars where it does not fit. A picture over all
// of the screen has strips with the time or with buttons over it: a screenshot
// without either would be the picture itself.
func (d *Drawer) viewer(im *raster.Image) {
	r := d.r
	im.Fill(pick(r, raster.Gray(0), raster.Gray(0), raster.Gray(1), gray(r, .1, .3)))
	src := d.shown()
	w, h := float64(im.W), float64(im.H)
	k := min(w/float64(src.W), h/float64(src.H))
	if maybe(r, .4) {
		k = max(w/float64(src.W), h/float64(src.H))
	}
	pw, ph := float64(src.W)*k, float64(src.H)*k
	paste(im, src, (w-pw)/2, (h-ph)/2, pw, ph)
	barred := w-pw > .15*w || h-ph > .15*h
	status, buttons := maybe(r, .35), maybe(r, .3)
	if !barred && !status && !buttons {
		status, buttons = true, maybe(r, .5)
	}
	strip, ink := pick(r, raster.Gray(0), raster.Gray(0), raster.Gray(1), gray(r, .05, .2)), raster.Gray(1)
	if strip.Luma() > .5 {
		ink = raster.Gray(.1)
	}
	u, alpha := unit(im), float32(between(r, .35, 1))
	if barred {
		alpha = 0
		ink = pick(r, raster.Gray(1), raster.Gray(0))
	}
	if status {
		im.RoundRect(0, 0, w, pick(r, 24., 24, 68)*u, 0, strip, alpha)
		d.statusBar(im, ink)
	}
	if buttons {
		top := h - between(r, 48, 70)*u
		im.RoundRect(0, top, w, h-top, 0, strip, alpha)
		d.buttons(im, top+20*u, ink)
	}
}

// unit is the length of a point of a user interface.
func unit(im *raster.Image) float64 { return float64(min(im.W, im.H)) / 375 }

// statusBar draws the time, the signal and the battery.
func (d *Drawer) statusBar(im *raster.Image, ink raster.Color) {
	r := d.r
	u, w := unit(im), float64(im.W)
	d.write(im, 16*u, 5*u, 13*u, fmt.Sprintf("%d:%02d", r.IntN(24), r.IntN(60)), ink)
	x := w - 34*u
	im.RoundRect(x, 8*u, 22*u, 10*u, 2*u, ink, .9)
	im.RoundRect(x+1.5*u, 9.5*u, 19*u*between(r, 0, .6), 7*u, 1*u, raster.Gray(1).Mix(ink, .3), .9)
	for i := range 4 {
		f := float64(i)
		im.RoundRect(x-(26-f*5)*u, (15-2*f)*u, 3.4*u, (3+2*f)*u, .5*u, ink, pick(r, float32(1), .4))
	}
	if maybe(r, .6) {
		d.write(im, x-58*u, 6*u, 10*u, pick(r, "4G", "5G", "LTE", "中国移动"), ink)
	}
}

func (d *Drawer) buttons(im *raster.Image, y float64, ink raster.Color) {
	r := d.r
	n := 3 + r.IntN(3)
	u, w := unit(im), float64(im.W)
	for i := range n {
		x := w * (float64(i) + .5) / float64(n)
		switch r.IntN(3) {
		case 0:
			im.Ellipse(x, y, 9*u, 9*u, 0, ink, .9)
		case 1:
			im.RoundRect(x-9*u, y-9*u, 18*u, 18*u, 4*u, ink, .9)
		default:
			im.RoundRect(x-10*u, y-7*u, 20*u, 3*u, 1*u, ink, .9)
			im.RoundRect(x-10*u, y+3*u, 20*u, 3*u, 1*u, ink, .9)
		}
		if maybe(r, .7) {
			d.write(im, x-10*u, y+11*u, 9*u, number.Words(r), ink)
		}
	}
}

// app is a banking application: a header, cards, rows, a bar of tabs.
func (d *Drawer) app(im *raster.Image) {
	r := d.r
	u, w, h := unit(im), float64(im.W), float64(im.H)
	ground, accent := pick(r, raster.Gray(.96), raster.Gray(1), gray(r, .05, .15), tint(r, .85, 1)), vivid(r)
	ink := raster.Gray(.12)
	if ground.Luma() < .5 {
		ink = raster.Gray(.93)
	}
	im.Fill(ground)
	top := 24 * u
	if maybe(r, .6) {
		im.RoundRect(0, 0, w, top+44*u, 0, accent, 1)
		d.statusBar(im, raster.Gray(1))
		d.write(im, w*.38, top+12*u, 17*u, number.Words(r), raster.Gray(1))
	} else {
		d.statusBar(im, ink)
		d.write(im, w*.38, top+12*u, 17*u, number.Words(r), ink)
	}
	y := top + 56*u
	for y < h-110*u {
		switch r.IntN(4) {
		case 0, 1:
			src := d.cardAlone()
			if maybe(r, .25) {
				src = d.shown()
			}
			pw := w - 32*u
			ph := min(pw*float64(src.H)/float64(src.W), h-60*u-y)
			paste(im, src, 16*u, y, pw, ph)
			y += ph + 14*u
		case 2:
			for range 2 + r.IntN(3) {
				im.RoundRect(0, y, w, 48*u, 0, ground.Mix(raster.Gray(1), .7), 1)
				im.RoundRect(14*u, y+12*u, 24*u, 24*u, 6*u, vivid(r), 1)
				d.write(im, 50*u, y+15*u, 15*u, number.Words(r), ink)
				if maybe(r, .6) {
					d.write(im, w-90*u, y+16*u, 14*u, fmt.Sprintf("%d.%02d", r.IntN(90000), r.IntN(100)), ink)
				}
				im.RoundRect(50*u, y+47*u, w, max(1, .6*u), 0, ink, .12)
				y += 48 * u
			}
			y += 10 * u
		default:
			im.RoundRect(24*u, y, w-48*u, 44*u, 22*u, accent, 1)
			d.write(im, w*.42, y+13*u, 16*u, number.Words(r), raster.Gray(1))
			y += 60 * u
		}
	}
	im.RoundRect(0, h-54*u, w, 54*u, 0, ground.Mix(raster.Gray(1), .6), 1)
	d.buttons(im, h-38*u, ink.Mix(accent, .3))
}

// chat is a messenger: bubbles of text and pictures.
func (d *Drawer) chat(im *raster.Image) {
	r := d.r
	u, w, h := unit(im), float64(im.W), float64(im.H)
	ground := pick(r, raster.Gray(.93), tint(r, .8, .95), gray(r, .05, .12))
	im.Fill(ground)
	d.statusBar(im, raster.Gray(.1))
	d.write(im, w*.4, 32*u, 16*u, number.Words(r), raster.Gray(.1))
	im.RoundRect(0, 60*u, w, max(1, u), 0, raster.Gray(0), .15)
	for y := 76 * u; y < h-120*u; {
		mine := maybe(r, .5)
		x := 58 * u
		if mine {
			im.RoundRect(w-50*u, y, 38*u, 38*u, 5*u, vivid(r), 1)
		} else {
			im.RoundRect(12*u, y, 38*u, 38*u, 5*u, vivid(r), 1)
		}
		if maybe(r, .4) {
			src := d.shown()
			pw := between(r, 140, 250) * u
			ph := min(pw*float64(src.H)/float64(src.W), h-70*u-y)
			if mine {
				x = w - 58*u - pw
			}
			paste(im, src, x, y, pw, ph)
			y += ph + 18*u
			continue
		}
		bw := between(r, 80, 230) * u
		if mine {
			x = w - 58*u - bw
		}
		bubble := raster.Gray(1)
		if mine {
			bubble = raster.Color{.58, .92, .41}
		}
		im.RoundRect(x, y, bw, 38*u, 6*u, bubble, 1)
		d.write(im, x+10*u, y+11*u, 15*u, number.Words(r), raster.Gray(.1))
		y += 54 * u
	}
	im.RoundRect(0, h-54*u, w, 54*u, 0, raster.Gray(.97), 1)
	im.RoundRect(50*u, h-44*u, w-140*u, 34*u, 5*u, raster.Gray(1), 1)
}

// desktop is a window with a page, pictures and a task bar.
func (d *Drawer) desktop(im *raster.Image) {
	r := d.r
	w, h := float64(im.W), float64(im.H)
	u := h / 600
	paste(im, d.shown(), 0, 0, w, h)
	x0, y0, x1, y1 := w*between(r, 0, .1), h*between(r, 0, .1), w*between(r, .9, 1), h*between(r, .88, 1)
	ground := pick(r, raster.Gray(1), raster.Gray(1), tint(r, .9, 1), gray(r, .1, .2))
	ink := raster.Gray(.1)
	if ground.Luma() < .5 {
		ink = raster.Gray(.85)
	}
	im.RoundRect(x0, y0, x1-x0, y1-y0, 0, ground, 1)
	bar := tint(r, .15, .95)
	im.RoundRect(x0, y0, x1-x0, 26*u, 0, bar, 1)
	for i := range 3 {
		im.Ellipse(x1-(14+18*float64(i))*u, y0+13*u, 5*u, 5*u, 0, vivid(r), 1)
	}
	d.write(im, x0+12*u, y0+7*u, 12*u, number.Words(r), ink)
	d.text(im, x0+20*u, y0+40*u, x0+(x1-x0)*between(r, .4, .95), y1-10*u, ink)
	for range 1 + r.IntN(3) {
		src := d.shown()
		if maybe(r, .3) {
			src = d.cardAlone()
		}
		pw := (x1 - x0) * between(r, .25, .6)
		paste(im, src, between(r, x0, x1-pw), between(r, y0+30*u, y0+(y1-y0)*.6), pw, pw*float64(src.H)/float64(src.W))
	}
	if maybe(r, .6) {
		im.RoundRect(0, h-30*u, w, 30*u, 0, tint(r, .05, .9), 1)
		for i := range 8 {
			im.RoundRect((10+34*float64(i))*u, h-26*u, 22*u, 22*u, 4*u, vivid(r), 1)
		}
	}
	if maybe(r, .5) {
		d.cursor(im, between(r, .1, .9)*w, between(r, .1, .9)*h, u)
	}
}
