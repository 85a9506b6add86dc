package imagein

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"io"
	"math"
	"slices"
	"sync"

	"github.com/kahao/kahao/internal/pixel"
)

// maxProfile bounds an ICC profile. Those of displays and cameras have 0.5 to
// 8 kB; larger ones are tables of printers, which are not read here.
const maxProfile = 256 << 10

// profileHeader is the length of a profile's header (ICC.1:2022, 7.2).
const profileHeader = 128

// profilePixel is the cost of converting a pixel, in nanoseconds.
const profilePixel = 12

// matrix turns linear RGB into XYZ of the illuminant D50, or back.
type matrix [3][3]float64

// srgbToXYZ has the columns of sRGB (IEC 61966-2-1), adapted to D50 as ICC
// profiles have them.
var srgbToXYZ = matrix{
	{0.4360747, 0.3850649, 0.1430804},
	{0.2225045, 0.7168786, 0.0606169},
	{0.0139322, 0.0971045, 0.7141733},
}

// xyzToSRGB is its inverse.
var xyzToSRGB = srgbToXYZ.inverse()

func (m matrix) times(n matrix) (p matrix) {
	for i := range p {
		for j := range p[i] {
			p[i][j] = m[i][0]*n[0][j] + m[i][1]*n[1][j] + m[i][2]*n[2][j]
		}
	}
	return p
}

// inverse is by the adjugate. The determinant must not be 0.
func (m matrix) inverse() (n matrix) {
	cofactor := func(i, j int) float64 {
		a, b, c, d := (i+1)%3, (i+2)%3, (j+1)%3, (j+2)%3
		return m[a][c]*m[b][d] - m[a][d]*m[b][c]
	}
	determinant := m[0][0]*cofactor(0, 0) + m[0][1]*cofactor(0, 1) + m[0][2]*cofactor(0, 2)
	for i := range n {
		for j := range n[i] {
			n[i][j] = cofactor(j, i) / determinant
		}
	}
	return n
}

// near reports whether no element differs by more than the distance.
func (m matrix) near(n matrix, distance float64) bool {
	for i := range m {
		for j := range m[i] {
			if !(math.Abs(m[i][j]-n[i][j]) <= distance) {
				return false
			}
		}
	}
	return true
}

// samePrimaries is how far the columns of profiles of sRGB lie apart: makers round
// and adapt in different ways. Display P3 differs by 0.09.
const samePrimaries = 0.01

// conversion turns colours of a profile into those of sRGB.
type conversion struct {
	matrix matrix // from linear RGB of the profile to that of sRGB
	curves [3]func(float64) float64
}

// newConversion reads a profile of three curves and a matrix (ICC.1:2022, 8.3.3).
// It returns nil for sRGB, for other kinds of profiles, and for damaged ones: their
// pixels are taken for sRGB.
func newConversion(profile []byte) *conversion {
	if len(profile) < 132 || len(profile) > maxProfile || string(profile[16:24]) != "RGB XYZ " || string(profile[36:40]) != "acsp" {
		return nil
	}
	c := new(conversion)
	var columns matrix
	for i, colour := range []string{"r", "g", "b"} {
		xyz := profileTag(profile, colour+"XYZ")
		if len(xyz) < 20 || string(xyz[:4]) != "XYZ " {
			return nil
		}
		for k := range 3 {
			columns[k][i] = fixed(xyz[8+4*k:])
		}
		if c.curves[i] = toneCurve(profileTag(profile, colour+"TRC")); c.curves[i] == nil {
			return nil
		}
	}
	for k, white := range []float64{0.9642, 1, 0.8249} { // D50, which the columns add up to
		if math.Abs(columns[k][0]+columns[k][1]+columns[k][2]-white) > 0.05 {
			return nil
		}
	}
	if columns.near(srgbToXYZ, samePrimaries) {
		return nil
	}
	c.matrix = xyzToSRGB.times(columns)
	return c
}

// fixed reads an s15Fixed16Number.
func fixed(b []byte) float64 { return float64(int32(be32(b))) / 65536 }

// profileTag returns the data of a tag (7.3), or nil.
func profileTag(profile []byte, name string) []byte {
	table := profile[132:]
	for n := be32(profile[128:]); n > 0 && len(table) >= 12; n, table = n-1, table[12:] {
		if string(table[:4]) != name {
			continue
		}
		at, size := uint64(be32(table[4:])), uint64(be32(table[8:]))
		if at+size > uint64(len(profile)) {
			return nil
		}
		return profile[at : at+size]
	}
	return nil
}

// toneCurve returns the function of a curve (10.6) or a parametric curve (10.18),
// or nil if it is none, or not one that ends at full intensity.
func toneCurve(b []byte) (f func(float64) float64) {
	if len(b) < 12 {
		return nil
	}
	switch string(b[:4]) {
	case "curv":
		f = sampledCurve(be32(b[8:]), b[12:])
	case "para":
		f = parametricCurve(be16(b[8:]), b[12:])
	}
	if f == nil || !(f(1) > 0.9 && f(1) < 1.1) {
		return nil
	}
	return f
}

// sampledCurve interpolates between n values. None mean the identity, one an
// exponent.
func sampledCurve(n uint32, values []byte) func(float64) float64 {
	if uint64(n)*2 > uint64(len(values)) {
		return nil
	}
	switch n {
	case 0:
		return func(x float64) float64 { return x }
	case 1:
		gamma := float64(be16(values)) / 256
		return func(x float64) float64 { return math.Pow(x, gamma) }
	}
	return func(x float64) float64 {
		at := x * float64(n-1)
		i := min(int(at), int(n)-2)
		from, to := float64(be16(values[2*i:])), float64(be16(values[2*i+2:]))
		return (from + (to-from)*(at-float64(i))) / 65535
	}
}

// parametricCurve is one of the five kinds of table 68.
func parametricCurve(kind int, b []byte) func(float64) float64 {
	count := map[int]int{0: 1, 1: 3, 2: 4, 3: 5, 4: 7}[kind]
	if count == 0 || len(b) < 4*count {
		return nil
	}
	p := [7]float64{1: 1}
	for i := range count {
		p[i] = fixed(b[4*i:])
	}
	gamma, a, offset, slope, from, above, below := p[0], p[1], p[2], p[3], p[4], p[5], p[6]
	if kind == 1 || kind == 2 {
		if a == 0 {
			return nil
		}
		slope, from, above, below = 0, -offset/a, p[3], p[3]
	}
	return func(x float64) float64 {
		if x < from {
			return slope*x + below
		}
		return math.Pow(a*x+offset, gamma) + above
	}
}

// encodeSteps are the steps of linear light, of which each is one of the 256 values
// of sRGB, or less.
const encodeSteps = 8191

// encoded are the values of sRGB for linear light in steps.
var encoded = sync.OnceValue(func() *[encodeSteps + 1]uint8 {
	var table [encodeSteps + 1]uint8
	for i := range table {
		v := float64(i) / encodeSteps
		if v <= 0.0031308 {
			v *= 12.92
		} else {
			v = 1.055*math.Pow(v, 1/2.4) - 0.055
		}
		table[i] = uint8(255*v + 0.5)
	}
	return &table
})

// apply converts an image in place. Its only error is the context's.
func (c *conversion) apply(ctx context.Context, m *pixel.RGB) error {
	var linear [3][256]float32
	for i, curve := range c.curves {
		for v := range linear[i] {
			linear[i][v] = float32(curve(float64(v) / 255))
		}
	}
	var k [9]float32
	for i := range k {
		k[i] = float32(c.matrix[i/3][i%3]) * encodeSteps
	}
	table := encoded()
	step := func(v float32) uint8 { // not a number is 0
		if !(v > 0) {
			return table[0]
		}
		return table[int(min(v, encodeSteps)+0.5)]
	}
	const rows = 1 << 16 // bytes between two looks at the context, a multiple of 3 below
	for rest := m.Pix; len(rest) > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		part := rest[:min(len(rest), 3*rows)]
		rest = rest[len(part):]
		for ; len(part) >= 3; part = part[3:] {
			r, g, b := linear[0][part[0]], linear[1][part[1]], linear[2][part[2]]
			part[0] = step(k[0]*r + k[1]*g + k[2]*b)
			part[1] = step(k[3]*r + k[4]*g + k[5]*b)
			part[2] = step(k[6]*r + k[7]*g + k[8]*b)
		}
	}
	return nil
}

// useProfile decides from the profile, or from the numbers that stand for one, whether
// colours are converted, and counts the cost. In PNG the numbers come first (PNG, 4.3),
// in HEIC and AVIF the profile.
func (info *Info) useProfile(o Options) {
	switch coded := info.colours != (colourCode{}); {
	case info.profile == nil, coded && info.Format == PNG:
		info.conversion = info.colours.conversion()
	default:
		info.conversion = newConversion(info.profile)
	}
	if info.conversion != nil {
		w, h := int64(info.coded.w), int64(info.coded.h)
		d := int64(o.denominator(max(info.coded.w, info.coded.h)))
		info.DecodeTime += estimate(w*h/(d*d), profilePixel)
	}
}

// inflatedProfile returns the profile of an iCCP chunk (PNG, 11.3.2.3), or nil.
func inflatedProfile(chunk []byte) []byte {
	_, rest, ok := bytes.Cut(chunk, []byte{0})
	if !ok || len(rest) < 1 || rest[0] != 0 {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(rest[1:]))
	if err != nil {
		return nil
	}
	head := make([]byte, profileHeader)
	if _, err := io.ReadFull(z, head); err != nil {
		return nil
	}
	// The profile begins with its length, so that a bomb is not unpacked to learn its own.
	size := binary.BigEndian.Uint32(head)
	if size < profileHeader || size > maxProfile || string(head[36:40]) != "acsp" {
		return nil
	}
	profile := append(make([]byte, 0, size), head...)[:size]
	if _, err := io.ReadFull(z, profile[profileHeader:]); err != nil {
		return nil
	}
	return profile
}

// joinedProfile returns the profile of APP2 segments (ICC.1:2022, B.4), or nil if
// they are not all there. Each says which of how many it is.
func joinedProfile(segments [][]byte) []byte {
	var profile []byte
	for i := range segments {
		at := slices.IndexFunc(segments, func(s []byte) bool { return int(s[0]) == i+1 && int(s[1]) == len(segments) })
		if at < 0 {
			return nil
		}
		if profile = append(profile, segments[at][2:]...); len(profile) > maxProfile {
			return nil
		}
	}
	return profile
}
