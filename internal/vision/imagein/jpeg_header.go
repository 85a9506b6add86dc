package imagein

import (
	"bytes"

	"github.com/kahao/kahao/internal/vision/imagein/fastjpeg"
)

// JPEG markers (ITU-T T.81, table B.1).
const (
	mSOF0  = 0xc0
	mSOF2  = 0xc2
	mDHT   = 0xc4
	mJPG   = 0xc8
	mDAC   = 0xcc
	mSOF   = 0xcf // the last of the frame markers
	mRST0  = 0xd0
	mRST7  = 0xd7
	mSOI   = 0xd8
	mEOI   = 0xd9
	mSOS   = 0xda
	mDQT   = 0xdb
	mDNL   = 0xdc
	mDRI   = 0xdd
	mDHP   = 0xde
	mAPP1  = 0xe1
	mAPP14 = 0xee
	mTEM   = 0x01
)

// maxSegments bounds the marker segments of one file: each table costs a decoder
// a microsecond, and 20 MiB hold a million of them. Real files have some dozens;
// 64 kB pieces of a large colour profile or a phone's extras add a few hundred.
const maxSegments = 4096

// jpegHeader is a walk over all markers up to the end of the image.
type jpegHeader struct {
	data []byte
	pos  int
	opt  Options

	info   Info
	comp   [4]jpegComponent
	hmax   int
	vmax   int
	tables int
	dcSeen bool

	file  fastjpeg.File // the segments before the first scan, and the scan
	other bool          // not for fastjpeg: other colours than YCbCr, or too many tables
}

type jpegComponent struct {
	id, h, v      int
	table         byte  // of quantisation
	blocks        int64 // in non-interleaved scans (A.2.2)
	paddedBlocks  int64 // in interleaved ones (A.2.3)
	width, height int64 // of the padded plane, in samples
}

// inspectJPEG walks the markers as the decoders do, without entropy decoding.
// Files that the decoders would read differently (a length field that disagrees
// with its content, a second frame or start) are refused, so that the scans
// counted here are those decoded there.
func inspectJPEG(data []byte, o Options) (Info, error) {
	j := &jpegHeader{data: data, pos: 2, opt: o, info: Info{Format: JPEG, Orientation: 1}}
	return j.walk()
}

func (j *jpegHeader) walk() (Info, error) {
	for {
		m, err := j.marker()
		if err != nil {
			return Info{}, err
		}
		switch {
		case m == mEOI:
			return j.finish()
		case m >= mRST0 && m <= mRST7, m == mTEM, m == 0:
			continue // no segment follows; 0 is a stuffed byte of stray data
		case m == mSOI:
			return Info{}, malformed(JPEG, "a second start of image at byte %d", j.pos-2)
		case m < mSOF0:
			return Info{}, malformed(JPEG, "reserved marker %02x at byte %d", m, j.pos-2)
		}
		if j.tables++; j.tables > maxSegments {
			return Info{}, tooLarge(JPEG, "more than %d marker segments", maxSegments)
		}
		seg, err := j.segment()
		if err != nil {
			return Info{}, err
		}
		if j.info.Scans == 0 {
			j.keep(m, seg)
		}
		switch {
		case m == mSOS:
			err = j.scan(seg)
		case m == mDHT || m == mDAC:
		case m <= mSOF:
			err = j.frame(m, seg)
		case m == mDNL || m == mDHP:
			err = unsupported(JPEG, "marker %02x: a height defined late, or a hierarchical file", m)
		case m == mAPP1 && j.info.Orientation == 1:
			if rest, ok := bytes.CutPrefix(seg, []byte("Exif\x00\x00")); ok {
				j.info.Orientation = exifOrientation(rest)
			}
		}
		if err != nil {
			return Info{}, err
		}
	}
}

// maxTables bounds the table segments that are kept, so that a file of nothing
// else takes little memory.
const maxTables = 256

// keep collects what fastjpeg needs for the first scan.
func (j *jpegHeader) keep(m byte, seg []byte) {
	switch {
	case (m == mDQT || m == mDHT) && len(j.file.Quants)+len(j.file.Huffs) == maxTables:
		j.other = true
	case m == mDQT:
		j.file.Quants = append(j.file.Quants, seg)
	case m == mDHT:
		j.file.Huffs = append(j.file.Huffs, seg)
	case m == mDRI && len(seg) == 2:
		j.file.Restart = be16(seg)
	case m == mAPP14 && len(seg) >= 12 && string(seg[:5]) == "Adobe":
		j.other = j.other || seg[11] != 1
	case m == mSOS:
		j.file.Scan = seg
	}
}

// marker moves after the next marker, past stray and fill bytes (B.1.1.2).
func (j *jpegHeader) marker() (byte, error) {
	i := bytes.IndexByte(j.data[j.pos:], 0xff)
	if i < 0 {
		return 0, j.truncated()
	}
	j.pos += i
	for j.pos < len(j.data) && j.data[j.pos] == 0xff {
		j.pos++
	}
	if j.pos == len(j.data) {
		return 0, j.truncated()
	}
	j.pos++
	return j.data[j.pos-1], nil
}

func (j *jpegHeader) truncated() error {
	return malformed(JPEG, "truncated: no end of image in %d bytes", len(j.data))
}

func (j *jpegHeader) segment() ([]byte, error) {
	if len(j.data)-j.pos < 2 {
		return nil, j.truncated()
	}
	n := be16(j.data[j.pos:])
	if n < 2 {
		return nil, malformed(JPEG, "segment of length %d at byte %d", n, j.pos)
	}
	if n > len(j.data)-j.pos {
		return nil, malformed(JPEG, "truncated: a segment of %d bytes, %d left", n, len(j.data)-j.pos)
	}
	seg := j.data[j.pos+2 : j.pos+n]
	j.pos += n
	return seg, nil
}

// frame reads a frame header (B.2.2).
func (j *jpegHeader) frame(m byte, seg []byte) error {
	if m > mSOF2 || m == mJPG {
		return unsupported(JPEG, "lossless, hierarchical or arithmetic coding (frame marker %02x)", m)
	}
	if j.hmax != 0 {
		return malformed(JPEG, "a second frame")
	}
	if len(seg) < 6 {
		return malformed(JPEG, "frame header of %d bytes", len(seg))
	}
	h, w, n := int64(be16(seg[1:])), int64(be16(seg[3:])), int(seg[5])
	if h == 0 && w != 0 {
		return unsupported(JPEG, "height defined after the scan")
	}
	if err := checkSize(JPEG, w, h, j.opt); err != nil {
		return err
	}
	if seg[0] != 8 {
		return unsupported(JPEG, "%d bits a sample, only 8 are read", seg[0])
	}
	if n != 1 && n != 3 && n != 4 {
		return unsupported(JPEG, "%d components; 1, 3 or 4 are read", n)
	}
	if len(seg) != 6+3*n {
		return malformed(JPEG, "frame header of %d bytes for %d components", len(seg), n)
	}
	j.info.coded = size{int(w), int(h)}
	j.info.components, j.info.progressive = n, m == mSOF2
	for i := range n {
		c := &j.comp[i]
		c.id, c.h, c.v, c.table = int(seg[6+3*i]), int(seg[7+3*i]>>4), int(seg[7+3*i]&15), seg[8+3*i]
		if c.h < 1 || c.h > 4 || c.v < 1 || c.v > 4 {
			return malformed(JPEG, "sampling factors %dx%d, from 1 to 4 are allowed", c.h, c.v)
		}
		if n == 1 {
			c.h, c.v = 1, 1 // a single component is never interleaved (A.2.2)
		}
		for _, other := range j.comp[:i] {
			if other.id == c.id {
				return malformed(JPEG, "two components of id %d", c.id)
			}
		}
		j.hmax, j.vmax = max(j.hmax, c.h), max(j.vmax, c.v)
	}
	j.other = j.other || n == 3 && j.comp[0].id == 'R' && j.comp[1].id == 'G' && j.comp[2].id == 'B'
	j.measure(w, h, n)
	return nil
}

func (j *jpegHeader) measure(w, h int64, n int) {
	hmax, vmax := int64(j.hmax), int64(j.vmax)
	mcusX, mcusY := (w+8*hmax-1)/(8*hmax), (h+8*vmax-1)/(8*vmax)
	var samples, blocks int64
	for i := range n {
		c := &j.comp[i]
		cw, ch := (w*int64(c.h)+hmax-1)/hmax, (h*int64(c.v)+vmax-1)/vmax
		c.blocks = ((cw + 7) / 8) * ((ch + 7) / 8)
		c.width, c.height = mcusX*int64(c.h)*8, mcusY*int64(c.v)*8
		c.paddedBlocks = c.width * c.height / 64
		samples += c.width * c.height
		blocks += c.paddedBlocks
	}
	// The file's copy, planes, the raster; 64 int32 a block if progressive.
	j.info.Memory = int64(len(j.data)) + samples + 3*w*h
	if j.info.progressive {
		j.info.Memory += blocks * 256
	}
	if n == 4 {
		j.info.Memory += 4 * w * h
	}
}

// scan reads a scan header (B.2.3) and skips its entropy-coded data.
func (j *jpegHeader) scan(seg []byte) error {
	if j.hmax == 0 {
		return malformed(JPEG, "a scan before the frame header")
	}
	if j.info.Scans++; j.info.Scans > j.opt.MaxScans {
		return tooLarge(JPEG, "more than %d scans", j.opt.MaxScans)
	}
	if len(seg) < 1 || len(seg) != 4+2*int(seg[0]) || seg[0] < 1 || int(seg[0]) > j.info.components {
		return malformed(JPEG, "scan header of %d bytes", len(seg))
	}
	n := int(seg[0])
	var walked int64
	seen := 0
	for i := range n {
		k := j.componentByID(int(seg[1+2*i]))
		if k < 0 || seen&(1<<k) != 0 {
			return malformed(JPEG, "a scan of component id %d", seg[1+2*i])
		}
		seen |= 1 << k
		if n == 1 {
			walked += j.comp[k].blocks
		} else {
			walked += j.comp[k].paddedBlocks
		}
	}
	ss, se, ah, al := seg[1+2*n], seg[2+2*n], seg[3+2*n]>>4, seg[3+2*n]&15
	if err := j.spectrum(n, ss, se, ah, al); err != nil {
		return err
	}
	if j.info.Work += walked; j.info.Work > j.opt.MaxWork {
		return tooLarge(JPEG, "%d scans walk %d blocks, at most %d", j.info.Scans, j.info.Work, j.opt.MaxWork)
	}
	return j.entropy(walked, ss)
}

func (j *jpegHeader) componentByID(id int) int {
	for i := range j.info.components {
		if j.comp[i].id == id {
			return i
		}
	}
	return -1
}

// spectrum checks the scan's band and bit position (G.1.1.1).
func (j *jpegHeader) spectrum(n int, ss, se, ah, al byte) error {
	if !j.info.progressive {
		// Some encoders leave 0 in Se of a sequential scan. jpegn refuses it
		// and image/jpeg ignores it, so such files take the fallback.
		return nil
	}
	if ss > se || se > 63 || ss == 0 && se != 0 || ss != 0 && n != 1 ||
		al > 13 || ah > 13 || ah != 0 && ah != al+1 {
		return malformed(JPEG, "progressive scan of band %d-%d, bits %d-%d, %d components", ss, se, ah, al, n)
	}
	return nil
}

// entropy skips coded data, and compares its size with the minimum for the
// walked blocks: a Huffman code has one bit or more, so a sequential block has
// two (F.1.2) and a progressive DC one (G.1.2.1). An AC scan may cover 2^15
// blocks with one run and has no such floor; MaxWork bounds it.
func (j *jpegHeader) entropy(walked int64, ss byte) error {
	start, restarts := j.pos, 0
	for {
		i := bytes.IndexByte(j.data[j.pos:], 0xff)
		if i < 0 || j.pos+i+1 >= len(j.data) {
			return j.truncated()
		}
		j.pos += i
		if m := j.data[j.pos+1]; m == 0 {
			j.pos += 2
			continue
		} else if m >= mRST0 && m <= mRST7 {
			restarts++
			j.pos += 2
			continue
		}
		break
	}
	if j.file.Data == nil {
		j.file.Data = j.data[start:j.pos]
	}
	got := int64(j.pos-start-2*restarts) * 8
	floor := 2 * walked
	if j.info.progressive {
		floor = walked
		if ss != 0 {
			floor = 0
		} else {
			j.dcSeen = true
		}
	}
	// Stuffed zeros make got an overestimate, so no good file is refused.
	if got < floor {
		return malformed(JPEG, "truncated: %d bytes of coded data cannot fill %d blocks", got/8, walked)
	}
	return nil
}

func (j *jpegHeader) finish() (Info, error) {
	switch {
	case j.hmax == 0:
		return Info{}, malformed(JPEG, "no frame header")
	case j.info.Scans == 0:
		return Info{}, malformed(JPEG, "no scan")
	case j.info.progressive && !j.dcSeen:
		return Info{}, malformed(JPEG, "no scan holds the mean values of blocks")
	}
	if j.info.Scans == 1 && !j.info.progressive && !j.other {
		j.file.Width, j.file.Height = j.info.coded.w, j.info.coded.h
		for _, c := range j.comp[:j.info.components] {
			j.file.Components = append(j.file.Components, fastjpeg.Component{ID: c.id, H: c.h, V: c.v, Table: int(c.table)})
		}
		j.info.sequential = &j.file
	}
	return j.info, nil
}
