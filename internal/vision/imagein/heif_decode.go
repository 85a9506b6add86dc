package imagein

import (
	"context"
	"image"
	"time"

	"github.com/kahao/kahao/internal/vision/imagein/sandbox"
)

// A decoder in WebAssembly may not end on a damaged file. It gets the time that
// the header foretells, many times over: machines differ, and so does their load.
const (
	sandboxTime   = 20 * time.Second
	sandboxFactor = 50
)

// decode decodes the primary image.
func (m *heifImage) decode(ctx context.Context, data []byte, info Info) (image.Image, error) {
	run := sandbox.HEIF
	if info.Format == AVIF {
		run = sandbox.AVIF
	}
	decoded, err := run(ctx, sandboxTime+sandboxFactor*info.DecodeTime, data, m.size)
	if err != nil {
		return nil, err
	}
	if planes, ok := decoded.(*image.YCbCr); ok && len(m.nclx) >= 7 {
		return fullYCbCr(planes, be16(m.nclx[4:]), m.nclx[6]&0x80 != 0), nil
	}
	return decoded, nil
}

// fullYCbCr returns planes that are coded with other matrix coefficients (ITU-T
// H.273, 8.3) or in the narrow range as an image that JFIF's equations, or none,
// turn into RGB.
func fullYCbCr(m *image.YCbCr, matrix int, full bool) image.Image {
	weights, ok := map[int][2]float64{1: {0.2126, 0.0722}, 9: {0.2627, 0.0593}, 10: {0.2627, 0.0593}}[matrix]
	if !ok && matrix != 0 { // that of JFIF, or not said
		if !full {
			fullRange(m)
		}
		return m
	}
	if !full {
		fullRange(m)
	}
	b := m.Bounds()
	out := image.NewRGBA(b)
	kr, kb := weights[0], weights[1]
	kg := 1 - kr - kb
	for y := range b.Dy() {
		for x := range b.Dx() {
			i, c := m.YOffset(x, y), m.COffset(x, y)
			luma, u, v := float64(m.Y[i]), float64(m.Cb[c])-128, float64(m.Cr[c])-128
			to := out.Pix[out.PixOffset(x, y):][:4]
			if matrix == 0 { // the planes are green, blue and red
				to[0], to[1], to[2], to[3] = m.Cr[c], m.Y[i], m.Cb[c], 255
				continue
			}
			to[0], to[2] = clamp(luma+2*(1-kr)*v), clamp(luma+2*(1-kb)*u)
			to[1], to[3] = clamp(luma-2*(1-kb)*kb/kg*u-2*(1-kr)*kr/kg*v), 255
		}
	}
	return out
}

func clamp(v float64) uint8 { return uint8(min(max(v+0.5, 0), 255)) }
