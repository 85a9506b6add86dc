package card

import (
	"strings"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/cover"
)

// hide covers the digits chosen when the number was drawn, and takes them out
// of the labels. Marks are printed already. A card whose number did not find
// room, or stands on it twice, keeps all its digits.
func (c *canvas) hide() {
	h := c.hidden
	if h == nil {
		return
	}
	var rows []*Line
	n := 0
	for i := range c.card.Lines {
		if l := &c.card.Lines[i]; l.Kind == Number {
			rows = append(rows, l)
			n += len(l.Text)
		}
	}
	if n != len(h.At) {
		return
	}
	at := 0
	for _, l := range rows {
		part := cover.Hidden{Way: h.Way, Edit: h.Edit, At: h.At[at : at+len(l.Text)]}
		boxes := make([]geom.Rect, len(l.Digits))
		for i, q := range l.Digits {
			boxes[i] = q.Bounds()
		}
		c.d.cover.Conceal(c.im, boxes, &part)
		l.Text = masked(l.Text, part.At)
		at += len(l.Text)
	}
	c.card.Number, c.card.Hidden = masked(c.card.Number, h.At), h.Way
}

// masked is the text with cover.Digit where it is hidden.
func masked(text string, at []bool) string {
	var b strings.Builder
	for i := range len(text) {
		if at[i] {
			b.WriteByte(cover.Digit)
		} else {
			b.WriteByte(text[i])
		}
	}
	return b.String()
}
