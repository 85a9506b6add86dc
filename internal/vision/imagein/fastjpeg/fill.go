package fastjpeg

// Scan is a sequential scan, of any components, whose data may end too early.
// The caller has checked the header's length.
type Scan struct {
	Huffs   [][]byte // bodies of the Huffman table segments before it
	Header  []byte   // body of the scan header
	Blocks  []int    // of each of its components in a unit
	Units   int
	Restart int    // units between restart markers, or 0
	Data    []byte // stuffed, without fill bytes, not ending within a marker
}

// Fill returns the data of a scan up to the last whole unit, followed by empty
// units up to the scan's end, and the number of whole units. A bad code counts
// as the end of the data. ok is false if the tables are damaged, or if a unit is
// missing and they have no code for an empty block.
func Fill(f Scan) (data []byte, whole int, ok bool) {
	s := decoder{file: File{Huffs: f.Huffs}}
	if !s.tables() {
		return nil, 0, false
	}
	var blocks []*blockCode
	for i, n := range f.Blocks {
		tabs := f.Header[2+2*i]
		if tabs>>4 > 3 || tabs&15 > 3 {
			return nil, 0, false
		}
		b := newBlockCode(&s.dc[tabs>>4], &s.ac[tabs&15])
		for range n {
			blocks = append(blocks, b)
		}
	}
	interval := f.Restart
	if interval == 0 {
		interval = f.Units
	}
	rest, w := f.Data, bitWriter{out: make([]byte, 0, len(f.Data))}
	for whole < f.Units {
		part := rest
		rest = s.nextInterval(rest)
		end := min(whole+interval, f.Units)
		n, bits := wholeUnits(s.clean, blocks, end-whole)
		if whole += n; whole < end {
			w.copy(s.clean, bits)
			break
		}
		if part = part[:len(part)-len(rest)]; rest != nil {
			part = part[:len(part)-2] // without the marker
		}
		w.out = append(w.out, part...)
		w.restart(whole, interval, f.Units)
	}
	for unit := whole; unit < f.Units; unit++ {
		for _, b := range blocks {
			if b.length == 0 {
				return nil, whole, false
			}
			w.put(b.empty, b.length)
		}
		w.restart(unit+1, interval, f.Units)
	}
	w.align()
	return w.out, whole, true
}

// blockCode is the tables of a component, and its code of an empty block: no
// change of the mean, and the end of the block.
type blockCode struct {
	dc, ac *huffman
	empty  uint32
	length int // 0 if there is none
}

func newBlockCode(dc, ac *huffman) *blockCode {
	mean, meanLen := dc.code(0)
	end, endLen := ac.code(0)
	if meanLen == 0 || endLen == 0 {
		return &blockCode{dc: dc, ac: ac}
	}
	return &blockCode{dc, ac, mean<<endLen | end, meanLen + endLen}
}

// code returns the code of a symbol and its length, 0 if it has none.
func (h *huffman) code(symbol uint8) (code uint32, length int) {
	for length := 1; length <= 16; length++ {
		for code := h.limit[length-1] >> (16 - length); code < h.limit[length]>>(16-length); code++ {
			if h.symbol[uint8(int32(code)+h.offset[length])] == symbol {
				return code, length
			}
		}
	}
	return 0, 0
}

// wholeUnits returns how many of n units data holds, and their length in bits.
func wholeUnits(data []byte, blocks []*blockCode, n int) (whole, length int) {
	r := bitReader{data: data}
	for whole < n {
		for _, b := range blocks {
			if !r.skipBlock(b) {
				return whole, length
			}
		}
		if r.overrun() {
			return whole, length
		}
		whole, length = whole+1, r.pos*8-r.n
	}
	return whole, length
}

func (b *bitReader) skipBlock(c *blockCode) bool {
	if b.n < 32 {
		b.refill()
	}
	e := c.dc.look[b.acc>>(64-lookBits)]
	if e == 0 {
		if e = c.dc.long(uint32(b.acc>>48), false); e == 0 {
			return false
		}
	}
	b.acc <<= e & 31
	b.n -= int(e & 31)
	return b.skipCoefficients(c.ac, 1)
}

// bitWriter writes stuffed data.
type bitWriter struct {
	out []byte
	acc uint64
	n   int
}

// put writes the lowest n bits, at most 32.
func (w *bitWriter) put(bits uint32, n int) {
	w.acc = w.acc<<n | uint64(bits)
	for w.n += n; w.n >= 8; w.n -= 8 {
		b := byte(w.acc >> (w.n - 8))
		if w.out = append(w.out, b); b == 0xff {
			w.out = append(w.out, 0)
		}
	}
}

// copy writes the first n bits of data.
func (w *bitWriter) copy(data []byte, n int) {
	for _, b := range data[:n/8] {
		w.put(uint32(b), 8)
	}
	if n%8 != 0 {
		w.put(uint32(data[n/8]>>(8-n%8)), n%8)
	}
}

// restart writes a restart marker if one follows after the given units.
func (w *bitWriter) restart(units, interval, all int) {
	if units%interval == 0 && units < all {
		w.align()
		w.out = append(w.out, 0xff, byte(0xd0+(units/interval-1)%8))
	}
}

// align fills the last byte with ones (F.1.2.3).
func (w *bitWriter) align() {
	if w.n > 0 {
		w.put(0xff>>w.n, 8-w.n)
	}
}
