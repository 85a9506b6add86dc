// Package recognize turns a line of print into probabilities: for each
// column of a 32-pixel-high crop, how likely each digit, the slash of a date,
// or nothing (the blank of connectionist temporal classification, CTC).
//
// How tightly a line is cropped changes what the network sees by more than
// anything else, so a line is read from several crops; package lattice fuses
// them.
package recognize

import (
	"context"
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/nn"
)

// Classes of the network's output; 0 to 9 are the digits.
const (
	Slash   = 10
	Blank   = 11
	Classes = 12
)

// Geometry of the network's input and output.
const (
	Height   = 32  // of a crop
	MaxWidth = 352 // of a crop: 19 digits of 12 pixels, gaps and margins
	Stride   = 4   // pixels of the crop in a column of the output
	minWidth = 32
	step     = 32 // crop widths are padded up to a multiple, so plans are few
)

// Strip is a line to be read: the ends of its centre axis and the height of
// its digits, in a plane that maps to the picture.
type Strip struct {
	Left, Right geom.Point
	Height      float64
	ToPicture   geom.Homography

	// After is the strip that this one continues, if any. The network sees its
	// end before this one: a digit by itself is hardly a line.
	After *Strip
}

// View is one way to crop a strip.
type View struct {
	Tall    float64 // crop height in digit heights
	Margin  float64 // beyond the ends, in digit heights
	Stretch float64 // of the width
	Shift   float64 // of the axis, downwards, in digit heights
}

// Views are the crops to try, the best single one first. From Wide on they
// reach further beyond the ends, for lines whose ends were placed too early.
var Views = []View{
	{Tall: 1.38, Margin: 0.50, Stretch: 1.00},
	{Tall: 1.55, Margin: 0.80, Stretch: 1.12},
	{Tall: 1.22, Margin: 0.35, Stretch: 1.00},
	{Tall: 1.38, Margin: 0.65, Stretch: 1.15, Shift: 0.06},
	{Tall: 1.70, Margin: 0.45, Stretch: 1.05, Shift: -0.05},
	{Tall: 1.38, Margin: 1.50, Stretch: 1.10, Shift: 0.03},
	{Tall: 1.50, Margin: 2.60, Stretch: 1.05, Shift: -0.03},
	{Tall: 1.28, Margin: 2.00, Stretch: 1.15},
}

// Wide is the index of the first wide view.
const Wide = 5

// Columns are the probabilities read from one crop.
type Columns struct {
	P         []float64       // column after column, Classes each, summing to 1
	ToPicture geom.Homography // from pixels of the crop to those of the picture
	Digit     float64         // height of a digit in pixels of the crop
}

// Len is the number of columns.
func (c *Columns) Len() int { return len(c.P) / Classes }

// Reader reads strips. It is safe for concurrent use.
type Reader struct{ net *nn.Net }

// New wraps the network.
func New(net *nn.Net) *Reader { return &Reader{net} }

// nextTo is the margin between a strip and the one that it continues, in digit
// heights from each.
const nextTo = 0.3

// Read crops the strip from the picture and reads it.
func (r *Reader) Read(ctx context.Context, picture *pixel.Pyramid, s Strip, v View) (*Columns, error) {
	if s.After != nil {
		v.Margin = nextTo
	}
	crop, toPicture := s.cut(picture, v)
	seen := crop
	if s.After != nil {
		before, _ := s.After.cut(picture, v)
		seen = beside(before, crop)
	}
	out, err := r.infer(ctx, seen)
	if err != nil {
		return nil, err
	}
	out = out[(seen.W-crop.W)/Stride*Classes:]
	return &Columns{P: softmax(out), ToPicture: toPicture, Digit: Height / v.Tall}, nil
}

// cut samples the crop from the picture.
func (s Strip) cut(picture *pixel.Pyramid, v View) (*pixel.RGB, geom.Homography) {
	along := s.Right.Sub(s.Left)
	length := math.Max(along.Len(), 1e-3)
	u := along.Mul(1 / length)
	n := geom.Point{X: -u.Y, Y: u.X}
	tall, margin := v.Tall*s.Height, v.Margin*s.Height
	wide := length + 2*margin
	w := int(wide/tall*Height*v.Stretch + 0.5)
	w = max(minWidth, min(MaxWidth, w))
	o := s.Left.Sub(u.Mul(margin)).Sub(n.Mul(tall/2 - v.Shift*s.Height))
	kx, ky := wide/float64(w), tall/Height
	toPlane := geom.Homography{u.X * kx, n.X * ky, o.X, u.Y * kx, n.Y * ky, o.Y, 0, 0, 1}
	toPicture := s.ToPicture.Mul(toPlane)
	crop := pixel.New(w, Height)
	picture.Warp(crop, toPicture, nil)
	return crop, toPicture
}

// beside is the end of a, in whole columns, followed by b: as much of it as
// there is room for.
func beside(a, b *pixel.RGB) *pixel.RGB {
	w := min(a.W, MaxWidth-b.W) / Stride * Stride
	both := pixel.New(w+b.W, Height)
	for y := range Height {
		row := both.Pix[y*both.W*3 : (y+1)*both.W*3]
		copy(row, a.Pix[(y*a.W+a.W-w)*3:(y+1)*a.W*3])
		copy(row[w*3:], b.Pix[y*b.W*3:(y+1)*b.W*3])
	}
	return both
}

func (r *Reader) infer(ctx context.Context, crop *pixel.RGB) ([]float32, error) {
	padded := (crop.W + step - 1) / step * step
	plan, err := r.net.Plan(Height, padded)
	if err != nil {
		return nil, err
	}
	out, err := plan.Run(ctx, standardise(crop, padded), nil)
	if err != nil {
		return nil, err
	}
	return out[:(crop.W+Stride-1)/Stride*Classes], nil
}

// standardise gives the crop zero mean and about unit deviation, over all
// three channels jointly so that colour is kept, and pads it with zeros.
func standardise(crop *pixel.RGB, width int) []float32 {
	var sum, sq float64
	for _, v := range crop.Pix {
		f := float64(v)
		sum, sq = sum+f, sq+f*f
	}
	n := float64(len(crop.Pix))
	mean := sum / n
	k := 1 / (math.Sqrt(math.Max(0, sq/n-mean*mean)) + 4)
	in := make([]float32, Height*width*3)
	for y := range Height {
		for i, v := range crop.Pix[y*crop.W*3 : (y+1)*crop.W*3] {
			in[y*width*3+i] = float32((float64(v) - mean) * k)
		}
	}
	return in
}

func softmax(logits []float32) []float64 {
	p := make([]float64, len(logits))
	for i := 0; i+Classes <= len(p); i += Classes {
		top := logits[i]
		for _, v := range logits[i+1 : i+Classes] {
			top = max(top, v)
		}
		sum := 0.0
		for k := range Classes {
			p[i+k] = math.Exp(float64(logits[i+k] - top))
			sum += p[i+k]
		}
		for k := range Classes {
			p[i+k] /= sum
		}
	}
	return p
}
