package console

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/usage"
)

// chart is a line chart of calls and failures. The server draws it: it is there
// without JavaScript, moves nothing when it appears, and is printed as it is.
type chart struct {
	Label        string // what it shows, for who does not see it
	Calls, Fails string // points of the lines
	Area         string // path below the line of calls
	Grid         []gridLine
	Axis         []axisLabel
	Columns      []column
}

// The picture is chartWidth by chartHeight and is stretched to the page's width;
// texts are outside of it.
const (
	chartWidth  = 1000.0
	chartHeight = 200.0
)

// gridLine is a horizontal line, at Y from the top, for a number of calls.
type gridLine struct{ Y, Text string }

// axisLabel is a text below the chart, in one of twelve columns.
type axisLabel struct{ Text string }

// column is one point, with what the pointer shows there.
type column struct{ X, Width, Title string }

// point is one value of the time axis.
type point struct {
	label         string
	calls, failed int64
}

// dailyChart draws calls by day, nil for fewer than two days.
func (p *page) dailyChart(rows []usage.Row, from, to billing.Day) *chart {
	by := map[billing.Day]*point{}
	for _, r := range rows {
		at := by[r.Day]
		if at == nil {
			at = &point{}
			by[r.Day] = at
		}
		at.calls += r.Calls
		if r.Code != usage.Success {
			at.failed += r.Calls
		}
	}
	first, err1 := time.Parse(time.DateOnly, string(from))
	last, err2 := time.Parse(time.DateOnly, string(to))
	if err1 != nil || err2 != nil {
		return nil
	}
	var points []point
	for d := first; !d.After(last) && len(points) < 3*366; d = d.AddDate(0, 0, 1) {
		day := d.Format(time.DateOnly)
		pt := point{label: day}
		if at := by[billing.Day(day)]; at != nil {
			pt.calls, pt.failed = at.calls, at.failed
		}
		points = append(points, pt)
	}
	return p.draw(points)
}

func (p *page) draw(points []point) *chart {
	if len(points) < 2 {
		return nil
	}
	var most, sum int64
	for _, pt := range points {
		most, sum = max(most, pt.calls), sum+pt.calls
	}
	step := gridStep(most)
	top := step * max((most+step-1)/step, 1)
	c := &chart{Label: p.t("chart.label", points[0].label, points[len(points)-1].label, number(sum), number(most))}
	x := func(i int) float64 { return chartWidth * float64(i) / float64(len(points)-1) }
	y := func(n int64) float64 { return chartHeight * (1 - float64(n)/float64(top)) }
	var calls, fails []string
	width := chartWidth / float64(len(points)-1)
	for i, pt := range points {
		calls = append(calls, decimal(x(i))+","+decimal(y(pt.calls)))
		fails = append(fails, decimal(x(i))+","+decimal(y(pt.failed)))
		c.Columns = append(c.Columns, column{decimal(max(x(i)-width/2, 0)), decimal(min(width, chartWidth-max(x(i)-width/2, 0))), p.t("chart.point", pt.label, number(pt.calls), number(pt.failed))})
	}
	c.Calls, c.Fails = strings.Join(calls, " "), strings.Join(fails, " ")
	c.Area = "M0," + decimal(chartHeight) + " L" + strings.Join(calls, " L") + " L" + decimal(chartWidth) + "," + decimal(chartHeight) + " Z"
	for n := int64(0); n <= top; n += step {
		c.Grid = append(c.Grid, gridLine{decimal(y(n)), number(n)})
	}
	labels := min(len(points), 5)
	for i := range labels {
		c.Axis = append(c.Axis, axisLabel{points[i*(len(points)-1)/max(labels-1, 1)].label})
	}
	return c
}

// gridStep is the distance of grid lines: 1, 2 or 5 times a power of ten, so that
// there are three to five.
func gridStep(most int64) int64 {
	if most < 4 {
		return 1
	}
	raw := float64(most) / 4
	power := math.Pow(10, math.Floor(math.Log10(raw)))
	for _, m := range []float64{1, 2, 5, 10} {
		if m*power >= raw {
			return int64(m * power)
		}
	}
	return int64(10 * power)
}

func decimal(x float64) string { return strconv.FormatFloat(math.Round(x*100)/100, 'f', -1, 64) }
