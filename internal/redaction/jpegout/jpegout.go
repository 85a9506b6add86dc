// Package jpegout writes baseline JPEG files (ITU-T T.81) with the chroma
// sampling and the quantisation tables that the caller gives. An image that is
// decoded and written again with its own ones stays nearly the same: the
// standard library's encoder halves all chroma and knows only its own tables.
package jpegout

import (
	"bufio"
	"errors"
	"fmt"
	"image"
	"io"
)

// Tables are the quantisation tables, in natural order, from 1 to 255.
type Tables struct{ Luma, Chroma [64]uint8 }

// Options say what surrounds the pixels.
type Options struct {
	Tables  Tables
	Profile [][]byte // contents of the APP2 segments of an ICC profile
}

// maxSide is the greatest width and height of a JPEG file.
const maxSide = 1<<16 - 1

// Encode writes an *image.YCbCr of any sampling, or an *image.Gray.
func Encode(w io.Writer, m image.Image, o Options) error {
	size := m.Bounds().Size()
	if size.X <= 0 || size.Y <= 0 || size.X > maxSide || size.Y > maxSide {
		return fmt.Errorf("a JPEG file cannot have %dx%d pixels", size.X, size.Y)
	}
	planes, err := planesOf(m)
	if err != nil {
		return err
	}
	e := &encoder{w: bufio.NewWriter(w)}
	e.header(size, planes, o)
	e.scan(size, planes, o.Tables)
	e.bytes(0xff, eoi)
	return errors.Join(e.err, e.w.Flush())
}

// plane is one component.
type plane struct {
	pix          []uint8
	stride, w, h int
	across, down int // sampling factors
	table        int // 0 for luma, 1 for chroma: of quantisation and of codes
}

func planesOf(m image.Image) ([]plane, error) {
	switch m := m.(type) {
	case *image.Gray:
		b := m.Bounds()
		return []plane{{m.Pix[m.PixOffset(b.Min.X, b.Min.Y):], m.Stride, b.Dx(), b.Dy(), 1, 1, 0}}, nil
	case *image.YCbCr:
		b := m.Bounds()
		across, down, err := sampling(m.SubsampleRatio)
		if err != nil {
			return nil, err
		}
		w, h := (b.Dx()+across-1)/across, (b.Dy()+down-1)/down
		y, c := m.YOffset(b.Min.X, b.Min.Y), m.COffset(b.Min.X, b.Min.Y)
		return []plane{
			{m.Y[y:], m.YStride, b.Dx(), b.Dy(), across, down, 0},
			{m.Cb[c:], m.CStride, w, h, 1, 1, 1},
			{m.Cr[c:], m.CStride, w, h, 1, 1, 1},
		}, nil
	}
	return nil, fmt.Errorf("cannot write a %T as JPEG", m)
}

// sampling returns luma samples per chroma sample, across and down.
func sampling(ratio image.YCbCrSubsampleRatio) (across, down int, err error) {
	switch ratio {
	case image.YCbCrSubsampleRatio444:
		return 1, 1, nil
	case image.YCbCrSubsampleRatio422:
		return 2, 1, nil
	case image.YCbCrSubsampleRatio420:
		return 2, 2, nil
	case image.YCbCrSubsampleRatio440:
		return 1, 2, nil
	case image.YCbCrSubsampleRatio411:
		return 4, 1, nil
	case image.YCbCrSubsampleRatio410:
		return 4, 2, nil
	}
	return 0, 0, fmt.Errorf("unknown chroma sampling %v", ratio)
}

// Markers (T.81, table B.1).
const (
	soi  = 0xd8
	eoi  = 0xd9
	sof0 = 0xc0
	dht  = 0xc4
	dqt  = 0xdb
	sos  = 0xda
	app0 = 0xe0
	app2 = 0xe2
)

type encoder struct {
	w    *bufio.Writer
	err  error
	bits uint32 // not yet written, left-aligned
	n    uint   // how many
}

func (e *encoder) bytes(b ...byte) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
	}
}

func (e *encoder) segment(marker byte, content []byte) {
	n := len(content) + 2
	e.bytes(0xff, marker, byte(n>>8), byte(n))
	e.bytes(content...)
}

func (e *encoder) header(size image.Point, planes []plane, o Options) {
	e.bytes(0xff, soi)
	e.segment(app0, []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"))
	for _, p := range o.Profile {
		e.segment(app2, p)
	}
	for i, table := range [][64]uint8{o.Tables.Luma, o.Tables.Chroma}[:min(2, len(planes))] {
		content := []byte{byte(i)}
		for _, at := range zigzag {
			content = append(content, max(1, table[at]))
		}
		e.segment(dqt, content)
	}
	frame := []byte{8, byte(size.Y >> 8), byte(size.Y), byte(size.X >> 8), byte(size.X), byte(len(planes))}
	scan := []byte{byte(len(planes))}
	for i, p := range planes {
		frame = append(frame, byte(i+1), byte(p.across<<4|p.down), byte(p.table))
		scan = append(scan, byte(i+1), byte(p.table<<4|p.table))
	}
	e.segment(sof0, frame)
	for i, s := range specs[:2*min(2, len(planes))] {
		content := append([]byte{byte(i%2<<4 | i/2)}, s.counts[:]...)
		e.segment(dht, append(content, s.values...))
	}
	e.segment(sos, append(scan, 0, 63, 0))
}

// scan writes all blocks, interleaved by MCU.
func (e *encoder) scan(size image.Point, planes []plane, t Tables) {
	across, down := planes[0].across, planes[0].down
	if len(planes) == 1 {
		across, down = 1, 1
	}
	quantisers := [2]quantiser{newQuantiser(t.Luma), newQuantiser(t.Chroma)}
	last := make([]int, len(planes)) // DC of the block before
	for y := 0; y < size.Y; y += 8 * down {
		for x := 0; x < size.X; x += 8 * across {
			for i, p := range planes {
				px, py := x*p.across/across, y*p.down/down
				for by := range p.down {
					for bx := range p.across {
						b := p.block(px+8*bx, py+8*by)
						last[i] = e.block(quantisers[p.table].apply(&b), last[i], p.table)
					}
				}
			}
		}
	}
	if e.n > 0 { // the last byte is filled with ones
		e.emit(1<<(8-e.n%8)-1, (8-e.n%8)%8)
	}
}

// block returns 8 by 8 samples less 128. Beyond the edges the last sample is
// repeated.
func (p plane) block(x, y int) (b [64]float32) {
	for j := range 8 {
		row := p.pix[min(y+j, p.h-1)*p.stride:]
		for i := range 8 {
			b[8*j+i] = float32(row[min(x+i, p.w-1)]) - 128
		}
	}
	return b
}

// block writes the coefficients of a block, which are in zigzag order, and
// returns its DC.
func (e *encoder) block(c [64]int, before, table int) int {
	e.number(c[0]-before, 0, codes[2*table])
	run := 0
	for _, v := range c[1:] {
		if v == 0 {
			run++
			continue
		}
		for ; run > 15; run -= 16 {
			e.code(0xf0, codes[2*table+1])
		}
		e.number(v, run, codes[2*table+1])
		run = 0
	}
	if run > 0 {
		e.code(0, codes[2*table+1])
	}
	return c[0]
}

// number writes a coefficient after a run of zeros (T.81, F.1.2).
func (e *encoder) number(v, run int, c *[256]code) {
	size, magnitude := 0, v
	if v < 0 {
		magnitude, v = -v, v-1
	}
	for ; magnitude > 0; magnitude >>= 1 {
		size++
	}
	e.code(run<<4|size, c)
	e.emit(uint32(v)&(1<<size-1), uint(size))
}

func (e *encoder) code(symbol int, c *[256]code) { e.emit(c[symbol].bits, c[symbol].length) }

func (e *encoder) emit(bits uint32, n uint) {
	e.bits |= bits << (32 - e.n - n)
	for e.n += n; e.n >= 8; e.n -= 8 {
		b := byte(e.bits >> 24)
		e.bytes(b)
		if b == 0xff {
			e.bytes(0)
		}
		e.bits <<= 8
	}
}
