package imagein

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"

	"github.com/kahao/kahao/internal/vision/imagein/fastjpeg"
)

// Decoders differ in what they make of fill bytes inside a scan, of segments
// that contradict each other about the colours, and of a scan whose tail is
// missing or damaged. So such a file is written again in a form on which they
// agree.

// jpegRewrite collects the segments that decoders need.
type jpegRewrite struct {
	ycc bool // drop what would say other colours
	out []byte

	huffs   [][]byte // tables so far
	restart int

	scan struct { // the last one
		at, data, end int // offsets in out of its header and its data
		header        []byte
		huffs         [][]byte
		restart       int
	}
}

func (w *jpegRewrite) segment(m byte, seg []byte) {
	switch {
	case m == mDHT:
		w.huffs = append(w.huffs, seg)
	case m == mDRI && len(seg) == 2:
		w.restart = be16(seg)
	case m == mSOS:
		w.scan.at, w.scan.header, w.scan.huffs, w.scan.restart = len(w.out), seg, w.huffs, w.restart
	case m == mDQT || m <= mSOF || m == mAPP14 && !w.ycc:
	default:
		return
	}
	n := len(seg) + 2
	w.out = append(w.out, 0xff, m, byte(n>>8), byte(n))
	start := len(w.out)
	w.out = append(w.out, seg...)
	if body := w.out[start:]; w.ycc && m == mSOS {
		renumber(body[min(1, len(body)):], 2)
	} else if w.ycc && m <= mSOF && m != mDHT {
		renumber(body[min(6, len(body)):], 3)
	}
}

// renumber replaces the component ids R, G and B, at every step bytes, by those
// of JFIF.
func renumber(b []byte, step int) {
	for i := 0; i < len(b); i += step {
		if at := bytes.IndexByte([]byte("RGB"), b[i]); at >= 0 {
			b[i] = byte(at + 1)
		}
	}
}

// data appends the data of a scan without fill bytes.
func (w *jpegRewrite) data(b []byte) {
	w.scan.data = len(w.out)
	for {
		i := bytes.IndexByte(b, 0xff)
		if i < 0 {
			w.out = append(w.out, b...)
			w.scan.end = len(w.out)
			return
		}
		w.out = append(w.out, b[:i+1]...)
		for i++; b[i] == 0xff; i++ { // data never ends within a marker
		}
		w.out, b = append(w.out, b[i]), b[i+1:]
	}
}

// rewriteJPEG returns a file in a form that decoders agree on, and how many of
// its stored rows, from the top, are whole. What a cut file lacks is empty. A
// regular file comes back as it is if its only scan is whole.
func (info *Info) rewriteJPEG(ctx context.Context, data []byte, o Options) (fixed []byte, whole int, err error) {
	j := newJPEGHeader(data, o)
	w := &jpegRewrite{ycc: info.ycc, out: append(make([]byte, 0, len(data)+2), 0xff, mSOI)}
	j.rewrite = w
	if _, err := j.walk(); err != nil {
		return nil, 0, err
	}
	whole = info.coded.h
	if info.cut {
		w.trim()
	}
	switch {
	case info.progressive && info.cut:
		whole, err = j.endProgressive(ctx)
	case !info.progressive && (info.cut || info.Scans == 1):
		whole, err = j.fillScan()
	}
	if err != nil {
		return nil, 0, err
	}
	if whole == info.coded.h && !info.irregular {
		return data, whole, nil
	}
	fixed = append(w.out, 0xff, mEOI)
	o.MaxScans, o.MaxWork = o.MaxScans+len(j.comp), 2*o.MaxWork // for the scans that were added
	again, err := inspectJPEG(fixed, o)
	info.sequential = again.sequential
	return fixed, whole, err
}

// minPadding is the number of zeros at the end of a cut file that are taken for
// space that was never written.
const minPadding = 16

// trim drops padding, and half a marker, from the end of a cut file's data.
func (w *jpegRewrite) trim() {
	data := w.out[w.scan.data:w.scan.end]
	if short := bytes.TrimRight(data, "\x00"); len(data)-len(short) >= minPadding {
		data = short
	}
	if n := len(data); n > 0 && data[n-1] == 0xff {
		data = data[:n-1]
	}
	w.scan.end = w.scan.data + len(data)
	w.out = w.out[:w.scan.end]
}

// endProgressive keeps the last scan only if it is whole. Scans that follow one
// another refine the same rows, so without all of them no row is whole.
func (j *jpegHeader) endProgressive(ctx context.Context) (whole int, err error) {
	w := j.rewrite
	// Unlike jpegn, image/jpeg refuses a scan that is not whole.
	_, err = guard(func() (image.Image, error) {
		return jpeg.Decode(newReader(ctx, append(bytes.Clone(w.out), 0xff, mEOI)))
	})
	switch {
	case ctx.Err() != nil:
		return 0, ctx.Err()
	case err != nil && j.info.Scans == 1:
		return 0, j.truncated()
	case err != nil:
		w.out = w.out[:w.scan.at]
		return 0, nil
	}
	for _, c := range j.comp[:j.info.components] {
		if c.missing != [64]uint8{} {
			return 0, nil
		}
	}
	return j.info.coded.h, nil
}

// fillScan fills up the last scan of a sequential file, and adds empty ones for
// the components that have none.
func (j *jpegHeader) fillScan() (whole int, err error) {
	w := j.rewrite
	seg := w.scan.header
	f := fastjpeg.Scan{Huffs: w.scan.huffs, Header: seg, Restart: w.scan.restart, Data: w.out[w.scan.data:w.scan.end]}
	across, height := int64(0), 8*j.vmax // units in a row, and rows of pixels in one
	for i := range int(seg[0]) {
		c := &j.comp[j.componentByID(int(seg[1+2*i]))]
		f.Blocks = append(f.Blocks, c.h*c.v)
		across, f.Units = c.width/8/int64(c.h), int(c.paddedBlocks)/(c.h*c.v)
		if seg[0] == 1 {
			f.Blocks[0], f.Units = 1, int(c.blocks)
			across, height = c.across, 8*j.vmax/c.v
		}
	}
	filled, units, ok := fastjpeg.Fill(f)
	switch {
	case ok:
		w.out = append(w.out[:w.scan.data], filled...)
	case j.info.cut:
		return 0, j.truncated()
	}
	whole = min(j.info.coded.h, int(int64(units)/across)*height)
	for i := range j.comp[:j.info.components] {
		if c := &j.comp[i]; !c.scanned {
			whole = 0
			w.emptyScan(i, c)
		}
	}
	return whole, nil
}

// emptyScan adds a scan of one component whose blocks are all grey: each code
// is one bit, 0.
func (w *jpegRewrite) emptyScan(i int, c *jpegComponent) {
	table := append([]byte{0, 1}, make([]byte, 16)...)
	w.segment(mDHT, table)
	table[0] = 0x10
	w.segment(mDHT, table)
	w.segment(mDRI, []byte{0, 0})
	w.segment(mSOS, []byte{1, byte(c.id), 0, 0, 63, 0})
	w.out = append(w.out, make([]byte, (2*c.blocks+7)/8)...)
}
