package detect

import (
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

// Values of the network's input for black and white in an image of full contrast,
// and the least difference that is stretched.
const (
	stretchFrom, stretchTo = -2, 2
	minContrast            = 0.2
)

// Letterbox returns the network's input and the map from its pixels to the
// image's.
func Letterbox(image *pixel.Pyramid) ([]float32, geom.Homography) {
	k := float64(max(image.W, image.H)) / Content
	w := max(1, int(float64(image.W)/k+0.5))
	h := max(1, int(float64(image.H)/k+0.5))
	small := image.Resize(w, h)
	x0, y0 := (Side-w)/2, (Side-h)/2
	in := make([]float32, Side*Side*3) // zero is neutral
	for y := range h {
		row := in[((y0+y)*Side+x0)*3:]
		for i, v := range small.Pix[y*w*3 : (y+1)*w*3] {
			row[i] = (float32(v)/255 - 0.5) / 0.25
		}
	}
	kx, ky := float64(image.W)/float64(w), float64(image.H)/float64(h)
	toImage := geom.Homography{kx, 0, -float64(x0) * kx, 0, ky, -float64(y0) * ky, 0, 0, 1}
	return in, toImage
}

// stretch gives the network's input full contrast: all but the darkest and the
// lightest fiftieth of the image lies between black and white.
func stretch(in []float32) {
	values := make([]float32, 0, len(in)/3)
	for i := 0; i+2 < len(in); i += 3 {
		if in[i] != 0 || in[i+1] != 0 || in[i+2] != 0 { // not around the image
			values = append(values, (in[i]+in[i+1]+in[i+2])/3)
		}
	}
	if len(values) == 0 {
		return
	}
	slices.Sort(values)
	low, high := values[len(values)/50], values[len(values)-1-len(values)/50]
	if high-low < minContrast {
		return
	}
	k := (stretchTo - stretchFrom) / (high - low)
	for i := 0; i+2 < len(in); i += 3 {
		if in[i] == 0 && in[i+1] == 0 && in[i+2] == 0 {
			continue
		}
		for c := range in[i : i+3] {
			in[i+c] = min(max(stretchFrom+k*(in[i+c]-low), stretchFrom), stretchTo)
		}
	}
}

// content returns where the image lies in the network's input.
func content(toImage geom.Homography, p *pixel.Pyramid) geom.Rect {
	x, y := -toImage[2]/toImage[0], -toImage[5]/toImage[4]
	return geom.Rect{X0: x, Y0: y, X1: x + float64(p.W)/toImage[0], Y1: y + float64(p.H)/toImage[4]}
}
