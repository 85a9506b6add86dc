package evaluate

import (
	"fmt"
	"html"
	"io"
	"strings"
)

// Geometry of a diagram, in its own units: a square plot above a histogram of
// the confidences.
const (
	plot    = 300.0
	left    = 48.0
	top     = 40.0
	lower   = 70.0 // height of the histogram
	between = 26.0
)

// WriteDiagram draws the reliability diagram of a slice as SVG: for each bin the
// mean confidence and the share that is right, with its 95 % Wilson interval.
// Calibrated confidences lie on the diagonal. Below it is a histogram of the
// confidences in tenths.
func (c Calibration) WriteDiagram(w io.Writer, title string) error {
	var b strings.Builder
	width, height := left+plot+20, top+plot+between+lower+40
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" font-family="sans-serif" font-size="11">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#fff"/>`+"\n")
	text(&b, left, 18, "start", title)
	text(&b, left, 32, "start", fmt.Sprintf("%d numbers given, calibration error %.3f (15 bins)", c.N, c.Error15))
	axes(&b)
	x := func(p float64) float64 { return left + plot*p }
	y := func(p float64) float64 { return top + plot*(1-p) }
	line(&b, x(0), y(0), x(1), y(1), "#999", `stroke-dasharray="4 3"`)
	for _, bin := range c.Bins {
		at := x(bin.Confidence)
		line(&b, at, y(bin.Right.Low), at, y(bin.Right.High), "#7aa6d8", `stroke-width="2"`)
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="3" fill="#15508f"/>`+"\n", at, y(bin.Right.Value()))
	}
	floor := top + plot + between + lower
	for i, n := range c.Tenths {
		share := float64(n) / float64(max(1, c.N))
		h := lower * share
		fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="#7aa6d8"/>`+"\n", x(float64(i)/10)+1, floor-h, plot/10-2, h)
		text(&b, x(float64(i)/10+.05), floor-h-3, "middle", fmt.Sprintf("%.0f%%", 100*share))
	}
	line(&b, left, floor, left+plot, floor, "#333", "")
	text(&b, left+plot/2, floor+30, "middle", "confidence")
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func axes(b *strings.Builder) {
	fmt.Fprintf(b, `<rect x="%g" y="%g" width="%g" height="%g" fill="none" stroke="#333"/>`+"\n", left, top, plot, plot)
	for i := range 6 {
		p := float64(i) / 5
		text(b, left-6, top+plot*(1-p)+4, "end", fmt.Sprintf("%.1f", p))
		text(b, left+plot*p, top+plot+between+lower+15, "middle", fmt.Sprintf("%.1f", p))
		if i > 0 && i < 5 {
			line(b, left, top+plot*p, left+plot, top+plot*p, "#eee", "")
			line(b, left+plot*p, top, left+plot*p, top+plot, "#eee", "")
		}
	}
	fmt.Fprintf(b, `<text transform="translate(14 %g) rotate(-90)" text-anchor="middle">share that was right</text>`+"\n", top+plot/2)
}

func text(b *strings.Builder, x, y float64, anchor, s string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`+"\n", x, y, anchor, html.EscapeString(s))
}

func line(b *strings.Builder, x0, y0, x1, y1 float64, colour, more string) {
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" %s/>`+"\n", x0, y0, x1, y1, colour, more)
}
