package evaluate

import (
	"fmt"
	"io"
	"math"
	"strings"
)

// NamedDET is a curve of a diagram.
type NamedDET struct {
	Name string
	DET  DET
}

// Ends of the axes of a diagram, and its colours.
const (
	leastRate = 0.001
	mostRate  = 0.5
)

var (
	detTicks  = []float64{0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5}
	detColors = []string{"#15508f", "#b3261e", "#2e7d32", "#8a5a00", "#6a1b9a", "#00838f"}
)

// WriteDET draws detection error trade-offs as SVG. Both axes are normal
// deviates, as in Martin et al. (1997). The diagonal is where the rates are equal.
func WriteDET(w io.Writer, title string, curves []NamedDET) error {
	var b strings.Builder
	width, height := left+plot+20, top+plot+50+15*float64(len(curves))
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" font-family="sans-serif" font-size="11">`+"\n", width, height, width, height)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#fff"/>`+"\n")
	text(&b, left, 18, "start", title)
	x := func(p float64) float64 { return left + plot*deviateShare(p) }
	y := func(p float64) float64 { return top + plot*(1-deviateShare(p)) }
	fmt.Fprintf(&b, `<rect x="%g" y="%g" width="%g" height="%g" fill="none" stroke="#333"/>`+"\n", left, top, plot, plot)
	for _, p := range detTicks {
		name := fmt.Sprintf("%g", 100*p)
		text(&b, left-6, y(p)+4, "end", name)
		text(&b, x(p), top+plot+15, "middle", name)
		line(&b, left, y(p), left+plot, y(p), "#eee", "")
		line(&b, x(p), top, x(p), top+plot, "#eee", "")
	}
	line(&b, x(leastRate), y(leastRate), x(mostRate), y(mostRate), "#999", `stroke-dasharray="4 3"`)
	text(&b, left+plot/2, top+plot+30, "middle", "BPCER, genuine images refused, %")
	fmt.Fprintf(&b, `<text transform="translate(12 %g) rotate(-90)" text-anchor="middle">APCER, attacks missed, %%</text>`+"\n", top+plot/2)
	for i, c := range curves {
		color := detColors[i%len(detColors)]
		var points []string
		for j, t := range c.DET {
			if j > 0 { // a step: the rates change one after the other
				points = append(points, fmt.Sprintf("%.1f,%.1f", x(t.BPCER), y(c.DET[j-1].APCER)))
			}
			points = append(points, fmt.Sprintf("%.1f,%.1f", x(t.BPCER), y(t.APCER)))
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="1.5"/>`+"\n", strings.Join(thin(points), " "), color)
		at := top + plot + 50 + 15*float64(i)
		line(&b, left, at-4, left+20, at-4, color, `stroke-width="2"`)
		text(&b, left+26, at, "start", fmt.Sprintf("%s, EER %.1f %%", c.Name, 100*c.DET.EER()))
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// thin leaves out points that repeat the one before.
func thin(points []string) (kept []string) {
	for i, p := range points {
		if i == 0 || p != points[i-1] {
			kept = append(kept, p)
		}
	}
	return kept
}

// deviateShare is where a rate lies on an axis, from 0 to 1.
func deviateShare(p float64) float64 {
	lo, hi := deviate(leastRate), deviate(mostRate)
	return min(max((deviate(p)-lo)/(hi-lo), 0), 1)
}

// deviate is the quantile of the normal distribution.
func deviate(p float64) float64 { return math.Sqrt2 * math.Erfinv(2*p-1) }
