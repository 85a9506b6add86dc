package imagein

import (
	"bytes"
	"errors"
	"fmt"

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
	mAPP0  = 0xe0
	mAPP1  = 0xe1
	mAPP2  = 0xe2
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

	info    Info
	comp    [4]jpegComponent
	hmax    int
	vmax    int
	tables  int
	dcSeen  bool
	samples int64 // of all padded planes

	file       fastjpeg.File // the segments before the first scan, and the scan
	manyTables bool          // more than are kept
	profile    [][]byte      // segments of an ICC profile, without their name
	jfif       bool          // there is a JFIF segment
	adobe      int           // colour transform of an Adobe segment, or -1

	rewrite *jpegRewrite // collects the segments; nil if only the header is wanted
}

type jpegComponent struct {
	id, h, v      int
	table         byte // of quantisation
	scanned       bool
	missing       [64]uint8 // low bits of each coefficient that no scan has given, if progressive
	across        int64     // blocks in a row of non-interleaved scans (A.2.2)
	blocks        int64     // in non-interleaved scans
	paddedBlocks  int64     // in interleaved ones (A.2.3)
	width, height int64     // of the padded plane, in samples
}

// inspectJPEG walks the markers as the decoders do, without entropy decoding.
// Files that the decoders would read differently (a length field that disagrees
// with its content, a second frame or start) are refused, so that the scans
// counted here are those decoded there. A file that ends during or after its
// first scan is accepted, as browsers do, and marked as cut.
func inspectJPEG(data []byte, o Options) (Info, error) {
	return newJPEGHeader(data, o).walk()
}

func newJPEGHeader(data []byte, o Options) *jpegHeader {
	return &jpegHeader{data: data, pos: 2, opt: o, info: Info{Format: JPEG, Orientation: 1}, adobe: -1}
}

func (j *jpegHeader) walk() (Info, error) {
	for {
		end, err := j.next()
		switch {
		case errors.Is(err, errCut) && j.info.Scans > 0:
			j.info.cut = true
			return j.finish()
		case err != nil:
			return Info{}, err
		case end:
			return j.finish()
		}
	}
}

// next reads one marker and what belongs to it. It reports the end of the
// image.
func (j *jpegHeader) next() (end bool, err error) {
	m, err := j.marker()
	if err != nil {
		return false, err
	}
	switch {
	case m == mEOI:
		return true, nil
	case m >= mRST0 && m <= mRST7, m == mTEM, m == 0:
		return false, nil // no segment follows; 0 is a stuffed byte of stray data
	case m == mSOI:
		return false, malformed(JPEG, "a second start of image at byte %d", j.pos-2)
	case m < mSOF0:
		return false, malformed(JPEG, "reserved marker %02x at byte %d", m, j.pos-2)
	}
	if j.tables++; j.tables > maxSegments {
		return false, tooLarge(JPEG, "more than %d marker segments", maxSegments)
	}
	seg, err := j.segment()
	if err != nil {
		return false, err
	}
	if j.info.Scans == 0 {
		j.keep(m, seg)
	}
	if j.rewrite != nil {
		j.rewrite.segment(m, seg)
	}
	switch {
	case m == mSOS:
		return false, j.scan(seg)
	case m == mDHT || m == mDAC:
	case m <= mSOF:
		return false, j.frame(m, seg)
	case m == mDNL || m == mDHP:
		return false, unsupported(JPEG, "marker %02x: a height defined late, or a hierarchical file", m)
	case m == mAPP1 && j.info.Orientation == 1:
		if rest, ok := bytes.CutPrefix(seg, []byte("Exif\x00\x00")); ok {
			j.info.Orientation = exifOrientation(rest)
		}
	}
	return false, nil
}

// maxTables bounds the table segments that are kept, so that a file of nothing
// else takes little memory.
const maxTables = 256

// keep collects what fastjpeg needs for the first scan.
func (j *jpegHeader) keep(m byte, seg []byte) {
	switch {
	case (m == mDQT || m == mDHT) && len(j.file.Quants)+len(j.file.Huffs) == maxTables:
		j.manyTables = true
	case m == mDQT:
		j.file.Quants = append(j.file.Quants, seg)
	case m == mDHT:
		j.file.Huffs = append(j.file.Huffs, seg)
	case m == mDRI && len(seg) == 2:
		j.file.Restart = be16(seg)
	case m == mAPP0 && bytes.HasPrefix(seg, []byte("JFIF\x00")):
		j.jfif = true
	case m == mAPP2 && len(seg) >= 14 && string(seg[:12]) == "ICC_PROFILE\x00" && len(j.profile) < 255:
		j.profile = append(j.profile, seg[12:])
	case m == mAPP14 && len(seg) >= 12 && string(seg[:5]) == "Adobe":
		j.adobe = int(seg[11])
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

// errCut is the cause of the error of a file that ends too early.
var errCut = errors.New("the end is missing")

func (j *jpegHeader) truncated() error {
	return &Error{Kind: ErrMalformed, Format: JPEG, Cause: errCut,
		Detail: fmt.Sprintf("truncated: no end of image in %d bytes", len(j.data))}
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
		return nil, j.truncated()
	}
	seg := j.data[j.pos+2 : j.pos+n]
	j.pos += n
	return seg, nil
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
	for i := range n {
		c := &j.comp[j.componentByID(int(seg[1+2*i]))]
		c.scanned = true
		for k := ss; j.info.progressive && k <= se; k++ {
			c.missing[k] = al
		}
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
	start, restarts, cut := j.pos, 0, false
	for {
		i := bytes.IndexByte(j.data[j.pos:], 0xff)
		if i < 0 {
			j.pos, cut = len(j.data), true
			break
		}
		j.pos += i
		at := j.pos + 1
		for at < len(j.data) && j.data[at] == 0xff {
			at++ // fill bytes (B.1.1.2)
		}
		if at == len(j.data) {
			cut = true
			break
		}
		m := j.data[at]
		if m != 0 && (m < mRST0 || m > mRST7) {
			break
		}
		if m != 0 {
			restarts++
		}
		if at > j.pos+1 {
			j.info.irregular = true // decoders read them as the end of the scan
		}
		j.pos = at + 1
	}
	data := j.data[start:j.pos]
	if j.file.Data == nil {
		j.file.Data = data
	}
	if j.rewrite != nil {
		j.rewrite.data(data)
	}
	got := int64(len(data)-2*restarts) * 8
	floor := 2 * walked
	if j.info.progressive {
		floor = walked
		if ss != 0 {
			floor = 0
		} else {
			j.dcSeen = true
		}
	}
	// Stuffed zeros make got an overestimate, so no good file is refused. Of a
	// cut file only the first scan is needed.
	if got < floor && !(cut && j.info.Scans > 1) {
		return malformed(JPEG, "truncated: %d bytes of coded data cannot fill %d blocks", got/8, walked)
	}
	return nil
}
