// Package recognize reads lines of print. A network maps a crop of a line, 32
// pixels high, to probabilities: for each column of 4 pixels how likely each
// digit is, the slash of a date, a covered digit, and nothing (the blank of
// connectionist temporal classification, CTC). Package ctc turns them into text.
//
// How tightly a line is cropped changes the network's answer more than
// anything else. So a line is read from several crops (test-time
// augmentation), until they agree.
package recognize

import (
	"context"
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/nn"
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
// its digits, in a plane that maps to the image.
type Strip struct {
	Left, Right geom.Point
	Height      float64
	ToImage     geom.Homography

	// After is the strip that this one continues, if any. The network gets its
	// end in front of this one, because it cannot read a single digit as a line.
	After *Strip
}

// Crop is one way to crop a strip.
type Crop struct {
	Tall    float64 // crop height in digit heights
	Margin  float64 // beyond the ends, in digit heights
	Stretch float64 // of the width
	Shift   float64 // of the axis, downwards, in digit heights
}

// Crops are the crops to try, the best single one first. Those from WideCrops
// on reach further beyond the ends, for lines whose ends were found too early.
var Crops = []Crop{
	{Tall: 1.38, Margin: 0.50, Stretch: 1.00},
	{Tall: 1.55, Margin: 0.80, Stretch: 1.12},
	{Tall: 1.22, Margin: 0.35, Stretch: 1.00},
	{Tall: 1.38, Margin: 0.65, Stretch: 1.15, Shift: 0.06},
	{Tall: 1.70, Margin: 0.45, Stretch: 1.05, Shift: -0.05},
	{Tall: 1.38, Margin: 1.50, Stretch: 1.10, Shift: 0.03},
	{Tall: 1.50, Margin: 2.60, Stretch: 1.05, Shift: -0.03},
	{Tall: 1.28, Margin: 2.00, Stretch: 1.15},
}

// WideCrops is the index in Crops of the first wide one.
const WideCrops = 5

// Columns is the network's answer for one crop.
type Columns struct {
	P       []float64       // column after column, ctc.Classes each, summing to 1
	ToImage geom.Homography // from pixels of the crop to those of the image
	Digit   float64         // height of a digit in pixels of the crop
}

// Reader reads lines. It is safe for concurrent use.
type Reader struct {
	net   *nn.Net
	trace func(ctx context.Context, stage string)
}

// New wraps the network. trace is called at the end of each stage.
func New(net *nn.Net, trace func(ctx context.Context, stage string)) *Reader {
	return &Reader{net, trace}
}

// joinMargin is the margin between a strip and the one that it continues, in
// digit heights from each.
const joinMargin = 0.3

// Columns crops the strip from the image and runs the network.
func (r *Reader) Columns(ctx context.Context, image *pixel.Pyramid, s Strip, c Crop) (*Columns, error) {
	if s.After != nil {
		c.Margin = joinMargin
	}
	crop, toImage := s.cut(image, c)
	in := crop
	if s.After != nil {
		before, _ := s.After.cut(image, c)
		in = concat(before, crop)
	}
	out, err := infer(ctx, r.net, in, ctc.Classes)
	if err != nil {
		return nil, err
	}
	out = out[(in.W-crop.W)/Stride*ctc.Classes:]
	cols := &Columns{P: softmax(out, ctc.Classes), ToImage: toImage, Digit: Height / c.Tall}
	r.trace(ctx, "recognize")
	return cols, nil
}

// Most lines of print that may be numbers by their shapes are none, and the network
// sees that from a few characters.
const (
	middleWidth = 2 * step // of the middle of a crop: the digits on both sides of a gap
	minDigit    = 0.5      // probability of one there
)

// Legible reports whether the middle of a cropped strip has digits. It costs about a
// quarter of Columns. Do not ask it about covered or short numbers: their middle may
// have no digit. On 89 numbers of drawn documents the
// probability of a digit there is 0.98 or more; 930 in 1,000 of the other lines of
// drawn photographs have none.
func (r *Reader) Legible(ctx context.Context, image *pixel.Pyramid, s Strip, c Crop) (bool, error) {
	w, toImage := s.frame(c)
	middle := min(w, middleWidth)
	toImage = toImage.Mul(geom.Homography{1, 0, float64((w - middle) / 2), 0, 1, 0, 0, 0, 1})
	crop := pixel.New(middle, Height)
	image.Warp(crop, toImage, nil)
	out, err := infer(ctx, r.net, crop, ctc.Classes)
	if err != nil {
		return false, err
	}
	r.trace(ctx, "recognize")
	for p := softmax(out, ctc.Classes); len(p) >= ctc.Classes; p = p[ctc.Classes:] {
		digit := 0.0
		for _, v := range p[:10] {
			digit += v
		}
		if digit >= minDigit {
			return true, nil
		}
	}
	return false, nil
}

// cut samples the crop from the image.
func (s Strip) cut(image *pixel.Pyramid, c Crop) (*pixel.RGB, geom.Homography) {
	w, toImage := s.frame(c)
	crop := pixel.New(w, Height)
	image.Warp(crop, toImage, nil)
	return crop, toImage
}

// frame returns the width of the crop, and the map from its pixels to those of the
// image.
func (s Strip) frame(c Crop) (w int, toImage geom.Homography) {
	along := s.Right.Sub(s.Left)
	length := math.Max(along.Len(), 1e-3)
	u := along.Mul(1 / length)
	n := geom.Point{X: -u.Y, Y: u.X}
	tall, margin := c.Tall*s.Height, c.Margin*s.Height
	wide := length + 2*margin
	w = int(wide/tall*Height*c.Stretch + 0.5)
	w = max(minWidth, min(MaxWidth, w))
	o := s.Left.Sub(u.Mul(margin)).Sub(n.Mul(tall/2 - c.Shift*s.Height))
	kx, ky := wide/float64(w), tall/Height
	toPlane := geom.Homography{u.X * kx, n.X * ky, o.X, u.Y * kx, n.Y * ky, o.Y, 0, 0, 1}
	return w, s.ToImage.Mul(toPlane)
}

// concat returns the end of a followed by b: as many whole columns of a as
// fit.
func concat(a, b *pixel.RGB) *pixel.RGB {
	w := min(a.W, MaxWidth-b.W) / Stride * Stride
	both := pixel.New(w+b.W, Height)
	for y := range Height {
		row := both.Pix[y*both.W*3 : (y+1)*both.W*3]
		copy(row, a.Pix[(y*a.W+a.W-w)*3:(y+1)*a.W*3])
		copy(row[w*3:], b.Pix[y*b.W*3:(y+1)*b.W*3])
	}
	return both
}

// infer runs a network over a crop and returns its outputs, so many for each column.
func infer(ctx context.Context, net *nn.Net, crop *pixel.RGB, classes int) ([]float32, error) {
	padded := (crop.W + step - 1) / step * step
	plan, err := net.Plan(Height, padded)
	if err != nil {
		return nil, err
	}
	out, err := plan.Run(ctx, standardise(crop, padded), nil)
	if err != nil {
		return nil, err
	}
	return out[:(crop.W+Stride-1)/Stride*classes], nil
}

// standardise gives the crop zero mean and about unit deviation, over the
// three channels together to keep colours, and pads it with zeros.
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

// softmax returns the probabilities of the classes of each column.
func softmax(logits []float32, classes int) []float64 {
	p := make([]float64, len(logits))
	for i := 0; i+classes <= len(p); i += classes {
		top := logits[i]
		for _, v := range logits[i+1 : i+classes] {
			top = max(top, v)
		}
		sum := 0.0
		for k := range classes {
			p[i+k] = math.Exp(float64(logits[i+k] - top))
			sum += p[i+k]
		}
		for k := range classes {
			p[i+k] /= sum
		}
	}
	return p
}
