package checks

import (
	"math"

	"github.com/kahao/kahao/internal/pixel"
)

// Geometry of the networks' inputs; training/captures.py has the same.
const (
	patchSide = 96
	acrossMax = 4 // patches along the longer side of an image
	acrossMin = 3
	wholeSide = 128

	// Of an image whose longer side has at least so many pixels, every other patch
	// is taken from a reduced copy: it shows what the others are too close to see.
	largeSide = 1400
)

// patch is a square of pixels.
type patch struct {
	image *pixel.RGB
	x, y  int
}

// patches returns the patches of an image in a grid over all of it.
func patches(image *pixel.Pyramid) []patch {
	full := image.Base()
	half := full
	for max(half.W, half.H) >= largeSide {
		half = image.Resize((half.W+1)/2, (half.H+1)/2)
	}
	nx, ny := acrossMax, acrossMin
	if image.W < image.H {
		nx, ny = ny, nx
	}
	var all []patch
	for j := range ny {
		for i := range nx {
			m := full
			if (i+j)%2 == 1 {
				m = half
			}
			all = append(all, patch{m, floorDiv((m.W-patchSide)*i, nx-1), floorDiv((m.H-patchSide)*j, ny-1)})
		}
	}
	return all
}

func floorDiv(a, b int) int { return int(math.Floor(float64(a) / float64(b))) }

// logScale makes small differences matter as much as large ones.
func logScale(v float64) float32 {
	return float32(math.Copysign(math.Log2(1+math.Abs(v))/4, v))
}

const fineMost = 9 * 255

// fineScale and toneScale are logScale of all differences that occur: of nine
// times the lightness to the sum of nine pixels, and of values to their mean.
var (
	fineScale = func() (t [2*fineMost + 1]float32) {
		for i := range t {
			t[i] = logScale(float64(i-fineMost) * 2 / 9)
		}
		return t
	}()
	toneScale = func() (t [4*255 + 1]float32) {
		for i := range t {
			t[i] = logScale(float64(i - 2*255))
		}
		return t
	}()
)

// features returns the network's view of the patch: fine lightness, blue and red
// less lightness, and lightness. in is reused if it is large enough.
func (p patch) features(in []float32) []float32 {
	const n = patchSide * patchSide
	if len(in) != n*4 {
		in = make([]float32, n*4)
	}
	var y, u, v [n]int32
	var sumY, sumU, sumV int
	for j := range patchSide {
		row := min(max(p.y+j, 0), p.image.H-1) * p.image.W
		for i := range patchSide {
			at := (row + min(max(p.x+i, 0), p.image.W-1)) * 3
			r, g, b := int32(p.image.Pix[at]), int32(p.image.Pix[at+1]), int32(p.image.Pix[at+2])
			l := (77*r + 150*g + 29*b) >> 8
			k := j*patchSide + i
			y[k], u[k], v[k] = l, b-l, r-l
			sumY, sumU, sumV = sumY+int(l), sumU+int(b-l), sumV+int(r-l)
		}
	}
	meanY, meanU, meanV := mean(sumY, n), mean(sumU, n), mean(sumV, n)
	for j := range patchSide {
		up, own, low := max(j-1, 0)*patchSide, j*patchSide, min(j+1, patchSide-1)*patchSide
		for i := range patchSide {
			left, right := max(i-1, 0), min(i+1, patchSide-1)
			box := y[up+left] + y[up+i] + y[up+right] + y[own+left] + y[own+i] + y[own+right] + y[low+left] + y[low+i] + y[low+right]
			k := own + i
			o := in[k*4 : k*4+4 : k*4+4]
			o[0] = fineScale[9*y[k]-box+fineMost]
			o[1] = toneScale[u[k]-meanU+2*255]
			o[2] = toneScale[v[k]-meanV+2*255]
			o[3] = toneScale[y[k]-meanY+2*255]
		}
	}
	return in
}

// mean rounds to the nearest.
func mean(sum, n int) int32 { return int32(math.Floor(float64(sum+n/2) / float64(n))) }

// letterbox returns the whole image, reduced, in the middle of a square.
func letterbox(image *pixel.Pyramid) []float32 {
	k := wholeSide / float64(max(image.W, image.H))
	w, h := max(1, int(float64(image.W)*k+0.5)), max(1, int(float64(image.H)*k+0.5))
	small := image.Resize(w, h)
	x0, y0 := (wholeSide-w)/2, (wholeSide-h)/2
	in := make([]float32, wholeSide*wholeSide*3) // zero is neutral
	for y := range h {
		row := in[((y0+y)*wholeSide+x0)*3:]
		for i, v := range small.Pix[y*w*3 : (y+1)*w*3] {
			row[i] = (float32(v)/255 - 0.5) / 0.25
		}
	}
	return in
}
