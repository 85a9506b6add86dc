package imagein

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"math/bits"
	"math/rand/v2"
)

// The files of these tests are made here, byte by byte, so that they can say
// things that no encoder would.

// bitWriter packs bits as JPEG does, most significant first with stuffing, or
// as VP8L does, least significant first.
type bitWriter struct {
	out   []byte
	acc   uint64
	n     uint
	stuff bool
}

func (w *bitWriter) put(v uint64, n uint) {
	for i := n; i > 0; i-- {
		w.acc = w.acc<<1 | v>>(i-1)&1
		if w.n++; w.n == 8 {
			w.out = append(w.out, byte(w.acc))
			if w.stuff && byte(w.acc) == 0xff {
				w.out = append(w.out, 0)
			}
			w.acc, w.n = 0, 0
		}
	}
}

// putLow is put for little-endian streams: each byte is turned at the end.
func (w *bitWriter) putLow(v uint64, n uint) { w.put(bits.Reverse64(v)>>(64-n), n) }

func (w *bitWriter) finish(pad uint64) []byte {
	for w.n != 0 {
		w.put(pad, 1)
	}
	return w.out
}

func segment(marker byte, body ...byte) []byte {
	return append([]byte{0xff, marker, byte((len(body) + 2) >> 8), byte(len(body) + 2)}, body...)
}

// sof is a frame of 8-bit components, each with its sampling factors.
func sof(marker byte, w, h int, factors ...byte) []byte {
	body := []byte{8, byte(h >> 8), byte(h), byte(w >> 8), byte(w), byte(len(factors))}
	for i, f := range factors {
		body = append(body, byte(i+1), f, 0)
	}
	return segment(marker, body...)
}

func sos(ss, se, ahal byte, components ...byte) []byte {
	body := []byte{byte(len(components))}
	for _, c := range components {
		body = append(body, c, 0)
	}
	return segment(mSOS, append(body, ss, se, ahal)...)
}

// tables holds a flat quantisation, a DC table of the code 0 for no change and
// 10000 to 10111 for changes of 1 to 8 bits, and an AC table of the one code
// 0 for ac.
func tables(ac byte) []byte {
	q := append([]byte{0}, bytes.Repeat([]byte{8}, 64)...)
	dc := []byte{0x00, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8}
	aca := append([]byte{0x10, 1}, append(make([]byte, 15), ac)...)
	return join(segment(mDQT, q...), segment(mDHT, dc...), segment(mDHT, aca...))
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func jpegFile(parts ...[]byte) []byte {
	return join([]byte{0xff, mSOI}, join(parts...), []byte{0xff, mEOI})
}

// endOfBandRun is the AC symbol of a run of 2^14 blocks and more.
const endOfBandRun = 0xe0

// runs is the data of an AC scan in which the given blocks are empty.
func runs(blocks int) []byte {
	w := bitWriter{stuff: true}
	for blocks > 0 {
		n := max(1<<14, min(blocks, 1<<15-1))
		w.put(0, 1)
		w.put(uint64(n-1<<14), 14)
		blocks -= n
	}
	return w.finish(1)
}

// zeros is coded data of n zero bits.
func zeros(n int) []byte { return make([]byte, (n+7)/8) }

// scanBomb is the generator that the requirements describe (1.2): a grey
// progressive frame of which every scan walks all blocks for a few bytes.
func scanBomb(w, h, scans int) []byte {
	scan := join(sos(1, 1, 0, 1), runs(blocks(w, h)))
	return jpegFile(tables(endOfBandRun), sof(mSOF2, w, h, 0x11), bytes.Repeat(scan, scans))
}

func blocks(w, h int) int { return (w + 7) / 8 * ((h + 7) / 8) }

// flatJPEG is a sequential frame in which the first block of each component
// moves the mean by the given steps of 8 quantised to 8: value = 128 + step,
// and all others keep it.
func flatJPEG(w, h int, extra []byte, factors []byte, steps ...int) []byte {
	data := bitWriter{stuff: true}
	hmax, vmax := 0, 0
	for _, f := range factors {
		hmax, vmax = max(hmax, int(f>>4)), max(vmax, int(f&15))
	}
	mcus := ((w + 8*hmax - 1) / (8 * hmax)) * ((h + 8*vmax - 1) / (8 * vmax))
	ids := []byte{}
	for i := range factors {
		ids = append(ids, byte(i+1))
	}
	for m := range mcus {
		for i, f := range factors {
			for b := range int(f>>4) * int(f&15) {
				if m == 0 && b == 0 && steps[i] != 0 {
					v, n := steps[i], uint(bits.Len(uint(max(steps[i], -steps[i]))))
					if v < 0 {
						v += 1<<n - 1 // as F.1.2.1 codes negative values
					}
					data.put(0b10000+uint64(n-1), 5)
					data.put(uint64(v), n)
				} else {
					data.put(0, 1)
				}
				data.put(0, 1) // end of block
			}
		}
	}
	return jpegFile(extra, tables(0), sof(mSOF0, w, h, factors...), sos(0, 63, 0, ids...), data.finish(1))
}

func adobe(transform byte) []byte {
	return segment(0xee, append([]byte("Adobe\x00\x64\x00\x00\x00\x00"), transform)...)
}

const pngMagic = "\x89PNG\r\n\x1a\n"

func chunk(name string, body []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, name...), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func ihdr(w, h uint32, depth, kind, interlace byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, w)
	b = binary.BigEndian.AppendUint32(b, h)
	return chunk("IHDR", append(b, depth, kind, 0, 0, interlace))
}

func pngFile(chunks ...[]byte) []byte {
	return join([]byte(pngMagic), join(chunks...), chunk("IEND", nil))
}

func deflated(raw []byte) []byte {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write(raw)
	w.Close()
	return b.Bytes()
}

// plainPNG is a real image of zeros, as small as deflate makes it.
func plainPNG(w, h uint32, depth, kind byte, rowBits uint32) []byte {
	return pngFile(ihdr(w, h, depth, kind, 0), chunk("IDAT", deflated(make([]byte, ((w*rowBits+7)/8+1)*h))))
}

// bmpBytes is a bitmap of a 40-byte header; palette and pixels follow.
func bmpBytes(w, h int32, bpp uint16, compression, colours uint32, rest ...byte) []byte {
	b := append([]byte("BM"), make([]byte, 52)...)
	binary.LittleEndian.PutUint32(b[2:], uint32(54+len(rest)))
	binary.LittleEndian.PutUint32(b[10:], 54+4*min(colours, 256))
	binary.LittleEndian.PutUint32(b[14:], 40)
	binary.LittleEndian.PutUint32(b[18:], uint32(w))
	binary.LittleEndian.PutUint32(b[22:], uint32(h))
	binary.LittleEndian.PutUint16(b[26:], 1)
	binary.LittleEndian.PutUint16(b[28:], bpp)
	binary.LittleEndian.PutUint32(b[30:], compression)
	binary.LittleEndian.PutUint32(b[46:], colours)
	return append(b, rest...)
}

func riff(chunks ...[]byte) []byte {
	body := join(chunks...)
	b := binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body)+4))
	return append(append(b, "WEBP"...), body...)
}

func riffChunk(name string, body []byte) []byte {
	b := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body)))
	return append(append(b, body...), make([]byte, len(body)&1)...)
}

func vp8x(flags byte, w, h int) []byte {
	return riffChunk("VP8X", []byte{flags, 0, 0, 0, byte(w - 1), byte((w - 1) >> 8), byte((w - 1) >> 16),
		byte(h - 1), byte((h - 1) >> 8), byte((h - 1) >> 16)})
}

// vp8l codes pixels (RGBA, four bytes each) with flat eight-bit codes; with
// one pixel alone it is repeated at no cost in bits.
func vp8l(w, h int, pixels []byte) []byte {
	b := bitWriter{}
	b.putLow(0x2f, 8)
	b.putLow(uint64(w-1), 14)
	b.putLow(uint64(h-1), 14)
	b.putLow(1, 4) // alpha, version 0
	b.putLow(0, 3) // no transform, no colour cache, no groups
	channels := []int{1, 0, 2, 3}
	for _, c := range channels {
		if len(pixels) == 4 {
			b.putLow(0b101, 3) // a simple code of one eight-bit symbol
			b.putLow(uint64(pixels[c]), 8)
			continue
		}
		b.putLow(0, 1)
		b.putLow(8, 4) // 12 lengths, in the order 17 18 0 1 2 3 4 5 16 6 7 8
		b.putLow(0, 33)
		b.putLow(1, 3) // so that length 8 is the only one, of no bits
		b.putLow(1, 1) // a symbol count follows
		b.putLow(3, 3) // in eight bits
		b.putLow(254, 8)
	}
	b.putLow(0b001, 3) // distances: a simple code of the one-bit symbol 0
	b.putLow(0, 1)
	if len(pixels) > 4 {
		for p := 0; p < len(pixels); p += 4 {
			for _, c := range channels {
				b.put(uint64(pixels[p+c]), 8) // codes are sent first bit first
			}
		}
	}
	out := b.finish(0)
	for i := range out {
		out[i] = bits.Reverse8(out[i])
	}
	return out
}

// vp8 is a key frame of noise: the arithmetic decoder takes any bytes. The
// first bits are zeros, so that there is one partition and no segmentation.
func vp8(w, h int, seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 8))
	first := 400 + w*h/8
	b := []byte{byte(first << 5), byte(first >> 3), byte(first >> 11), 0x9d, 1, 0x2a,
		byte(w), byte(w >> 8), byte(h), byte(h >> 8)}
	b[0] |= 0x10 // shown
	body := make([]byte, first+1000+w*h*2)
	for i := 4; i < len(body); i++ {
		body[i] = byte(rng.Uint32())
	}
	return append(b, body...)
}
