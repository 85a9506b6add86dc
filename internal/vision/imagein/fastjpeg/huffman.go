package fastjpeg

import "encoding/binary"

// lookBits is how many bits are looked up at once: a code and, usually, the
// value after it.
const lookBits = 10

// chainBits is how many bits of codes are skipped at once.
const (
	chainBits = 11
	endsBlock = 1 << 12
)

// huffman is a table of T.81, annex F.2.2.3, prepared for lookups.
type huffman struct {
	// look holds, for the next bits, from the lowest: 5 bits of code and value
	// length together, 4 of value length, 7 of steps to the next coefficient,
	// and 16 of value, 0 where it did not fit. 0 is a longer code, or none.
	look [1 << lookBits]uint32

	// chain is for skipping coefficients: from the lowest, 5 bits of length of
	// all codes with their values that fit, 7 of steps that they make together,
	// and endsBlock if the end of the block follows them, whose code is then
	// included. 0 means that they must be decoded one by one.
	chain [1 << chainBits]uint16

	limit  [18]uint32 // by length: the first code that is longer, at 16 bits
	offset [17]int32  // symbol = symbols[code>>(16-length) + offset]
	symbol [256]uint8
	set    bool
}

// endOfBlock is a number of steps that no run reaches.
const endOfBlock = 127

// build reads a table's counts and symbols (B.2.4.2); ok is false for counts
// that make no prefix code.
func (h *huffman) build(counts, symbols []byte, ac bool) bool {
	*h = huffman{set: true}
	copy(h.symbol[:], symbols)
	code, next := uint32(0), 0
	for length := 1; length <= 16; length++ {
		n := uint32(counts[length-1])
		h.offset[length] = int32(next) - int32(code)
		if code+n > 1<<length {
			return false
		}
		if length <= lookBits {
			for i := range n {
				h.fill(code+i, length, symbols[next+int(i)], ac)
			}
		}
		code, next = code+n, next+int(n)
		h.limit[length] = code << (16 - length)
		code <<= 1
	}
	h.limit[17] = 1 << 16
	if ac {
		h.link()
	}
	return true
}

// link makes chain from look.
func (h *huffman) link() {
	for bits := range uint32(1 << chainBits) {
		length, steps := uint32(0), uint32(0)
		for end := false; !end; {
			e := h.look[bits<<length>>(chainBits-lookBits)&(1<<lookBits-1)]
			if e == 0 || length+e&31 > chainBits || steps >= 64 {
				break
			}
			length += e & 31
			if n := e >> 9 & 127; n == endOfBlock {
				end = true
			} else {
				steps += n
			}
			h.chain[bits] = uint16(length | steps<<5)
			if end {
				h.chain[bits] |= endsBlock
			}
		}
	}
}

// fill writes all entries of look that start with a code.
func (h *huffman) fill(code uint32, length int, symbol byte, ac bool) {
	size := int(symbol & 15)
	base := pack(symbol, length, ac)
	free := lookBits - length
	for rest := range uint32(1) << free {
		e := base
		if size > 0 && size <= free {
			e |= uint32(extend(rest>>(free-size), size)) << 16
		}
		h.look[code<<free|rest] = e
	}
}

// pack makes an entry of look without its value.
func pack(symbol byte, length int, ac bool) uint32 {
	size, steps := uint32(symbol&15), uint32(1)
	if ac {
		steps = uint32(symbol>>4) + 1
		if size == 0 && steps != 16 {
			steps = endOfBlock // runs of bands are for progressive files
		}
	}
	return uint32(length) + size | size<<5 | steps<<9
}

// extend gives a value of size bits its sign (F.2.2.1).
func extend(v uint32, size int) int32 {
	if v < 1<<(size-1) {
		return int32(v) - 1<<size + 1
	}
	return int32(v)
}

// long resolves a code of more than lookBits; 0 means that there is none.
func (h *huffman) long(bits uint32, ac bool) uint32 {
	for length := lookBits + 1; length <= 16; length++ {
		if bits < h.limit[length] {
			return pack(h.symbol[uint8(int32(bits>>(16-length))+h.offset[length])], length, ac)
		}
	}
	return 0
}

// bitReader holds up to 64 bits, the next one highest, of data without
// stuffing. Past the end it reads zeros and counts on.
type bitReader struct {
	data []byte
	pos  int
	acc  uint64
	n    int
}

func (b *bitReader) refill() {
	if b.pos+4 <= len(b.data) {
		b.acc |= uint64(binary.BigEndian.Uint32(b.data[b.pos:])) << (32 - b.n)
	} else {
		for i := range 4 {
			if b.pos+i < len(b.data) {
				b.acc |= uint64(b.data[b.pos+i]) << (56 - b.n - 8*i)
			}
		}
	}
	b.pos += 4
	b.n += 32
}

// overrun reports whether more bits were taken than there are.
func (b *bitReader) overrun() bool { return b.pos*8-b.n > len(b.data)*8 }
