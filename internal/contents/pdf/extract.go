package pdf

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
)

// maxPixels bounds an image that has to be unpacked here. The reader takes no more.
const maxPixels = 50_000_000

// picture is an image as a TIFF file has it.
type picture struct {
	w, h, bits, samples int
	coding, colours     int
	predictor           int
	palette             []byte // three bytes a colour
	data                []byte
}

// Values of TIFF fields.
const (
	tiffPlain       = 1
	tiffFax3        = 3
	tiffFax4        = 4
	tiffDeflate     = 8
	tiffWhiteIsZero = 0
	tiffBlackIsZero = 1
	tiffRGB         = 2
	tiffPalette     = 3
	tiffCMYK        = 5
)

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrUnsupported, fmt.Sprintf(format, args...))
}

// extract returns an image as a file: JPEG as it is, others as TIFF.
func (f *file) extract(o object, d dict) ([]byte, error) {
	filters, parameters := f.list(d["Filter"]), f.list(d["DecodeParms"])
	data := o.stream
	for len(filters) > 1 { // a coded image that was packed
		var of dict
		if len(parameters) > 0 {
			of, parameters = f.dict(parameters[0]), parameters[1:]
		}
		var err error
		if data, err = f.undone(filters[0], of, data, maxPacked); err != nil {
			return nil, err
		}
		filters = filters[1:]
	}
	p := picture{w: f.number(d["Width"], 0), h: f.number(d["Height"], 0), bits: f.number(d["BitsPerComponent"], 1), data: data, coding: tiffPlain, predictor: 1}
	if p.w < 1 || p.h < 1 || int64(p.w)*int64(p.h) > maxPixels {
		return nil, fmt.Errorf("%w: an image of %dx%d pixels", ErrMalformed, p.w, p.h)
	}
	var of dict
	if len(parameters) > 0 {
		of = f.dict(parameters[0])
	}
	filter := name("")
	if len(filters) > 0 {
		filter, _ = filters[0].(name)
	}
	switch filter {
	case "DCTDecode":
		return data, nil
	case "", "FlateDecode", "CCITTFaxDecode":
	default: // JBIG2Decode, JPXDecode, LZWDecode, RunLengthDecode, Crypt
		return nil, unsupported("coded by %s; DCT, Flate and CCITT are read", filter)
	}
	if err := f.colours(&p, d); err != nil {
		return nil, err
	}
	var err error
	switch filter {
	case "FlateDecode":
		err = f.flate(&p, of)
	case "CCITTFaxDecode":
		err = f.fax(&p, of)
	}
	if err != nil {
		return nil, err
	}
	return p.tiff(), nil
}

// list returns a value as an array: of one if it is none.
func (f *file) list(v any) array {
	v = f.resolve(v)
	if a, ok := v.(array); ok {
		out := make(array, len(a))
		for i := range a {
			out[i] = f.resolve(a[i])
		}
		return out
	}
	if v == nil {
		return nil
	}
	return array{v}
}

// colours reads what the samples mean (8.6).
func (f *file) colours(p *picture, d dict) error {
	decode := f.list(d["Decode"])
	inverted := len(decode) > 1 && decode[0] == float64(1) && decode[1] == float64(0)
	if d["ImageMask"] == true {
		p.bits, p.samples, p.colours = 1, 1, tiffBlackIsZero
	} else if err := f.space(p, d["ColorSpace"], 0); err != nil {
		return err
	}
	if inverted && p.colours == tiffBlackIsZero {
		p.colours = tiffWhiteIsZero
	}
	return nil
}

func (f *file) space(p *picture, v any, depth int) error {
	space := f.list(v)
	if len(space) == 0 || depth > 3 {
		return unsupported("no colour space")
	}
	kind, _ := space[0].(name)
	switch kind {
	case "DeviceGray", "CalGray", "G":
		p.samples, p.colours = 1, tiffBlackIsZero
	case "DeviceRGB", "CalRGB", "RGB":
		p.samples, p.colours = 3, tiffRGB
	case "DeviceCMYK", "CMYK":
		p.samples, p.colours = 4, tiffCMYK
	case "ICCBased":
		if len(space) < 2 {
			return unsupported("a colour profile that is missing")
		}
		n := f.number(f.dict(space[1])["N"], 0)
		return f.space(p, map[int]name{1: "DeviceGray", 3: "DeviceRGB", 4: "DeviceCMYK"}[n], depth+1)
	case "Indexed", "I":
		return f.indexed(p, v, space, depth)
	default:
		return unsupported("colours of kind %q", string(kind))
	}
	return nil
}

// indexed reads a palette of RGB colours (8.6.6.3).
func (f *file) indexed(p *picture, v any, space array, depth int) error {
	var base picture
	if len(space) < 4 || p.bits > 8 {
		return unsupported("a palette of %d parts for samples of %d bits", len(space), p.bits)
	}
	if err := f.space(&base, space[1], depth+1); err != nil {
		return err
	}
	table, _ := space[3].(string)
	if raw, ok := f.resolve(v).(array); ok && table == "" {
		if r, ok := raw[3].(ref); ok && f.last[int(r)] != nil && f.last[int(r)].stream != nil {
			table = string(f.plain(*f.last[int(r)]))
		}
	}
	if base.samples != 3 && base.samples != 1 {
		return unsupported("a palette of CMYK")
	}
	for i := 0; i+base.samples <= len(table); i += base.samples {
		c := table[i : i+base.samples]
		if base.samples == 1 {
			c = c + c + c
		}
		p.palette = append(p.palette, c...)
	}
	p.samples, p.colours = 1, tiffPalette
	return nil
}

// plain returns the bytes of a short stream.
func (f *file) plain(o object) []byte {
	d, _ := o.value.(dict)
	if len(f.list(d["Filter"])) == 0 {
		return o.stream
	}
	z, err := zlib.NewReader(bytes.NewReader(o.stream))
	if err != nil {
		return nil
	}
	b, _ := io.ReadAll(io.LimitReader(z, 1<<16))
	return b
}

// flate keeps what TIFF has, too, and undoes the filters of PNG.
func (f *file) flate(p *picture, of dict) error {
	p.coding, p.predictor = tiffDeflate, f.number(of["Predictor"], 1)
	if p.predictor < 10 {
		return nil
	}
	z, err := zlib.NewReader(bytes.NewReader(p.data))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	row := (p.w*p.samples*p.bits + 7) / 8
	step := max(1, p.samples*p.bits/8)
	out, line, last := make([]byte, 0, row*p.h), make([]byte, row+1), make([]byte, row)
	for range p.h {
		if _, err := io.ReadFull(z, line); err != nil {
			return fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		unfilter(line[0], line[1:], last, step)
		out = append(out, line[1:]...)
		last = out[len(out)-row:]
	}
	p.predictor = 1
	p.data, err = packed(out)
	return err
}

// packed compresses rows again, or they would be more than a reader takes.
func packed(rows []byte) ([]byte, error) {
	var b bytes.Buffer
	z, err := zlib.NewWriterLevel(&b, zlib.BestSpeed)
	if err == nil {
		_, err = z.Write(rows)
	}
	if err == nil {
		err = z.Close()
	}
	return b.Bytes(), err
}

// unfilter undoes a filter of PNG (PNG, 9.2).
func unfilter(kind byte, line, last []byte, step int) {
	for i := range line {
		var a, c byte
		if i >= step {
			a, c = line[i-step], last[i-step]
		}
		switch b := last[i]; kind {
		case 1:
			line[i] += a
		case 2:
			line[i] += b
		case 3:
			line[i] += byte((int(a) + int(b)) / 2)
		case 4:
			line[i] += paeth(a, b, c)
		}
	}
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	distance := func(v byte) int { return max(p-int(v), int(v)-p) }
	switch pa, pb, pc := distance(a), distance(b), distance(c); {
	case pa <= pb && pa <= pc:
		return a
	case pb <= pc:
		return b
	}
	return c
}

// fax reads the parameters of CCITT coding (7.4.6).
func (f *file) fax(p *picture, of dict) error {
	k := f.number(of["K"], 0)
	switch {
	case k > 0 || of["EncodedByteAlign"] == true:
		return unsupported("CCITT with K %d, aligned %v", k, of["EncodedByteAlign"])
	case k == 0:
		p.coding = tiffFax3
	default:
		p.coding = tiffFax4
	}
	if columns := f.number(of["Columns"], 1728); columns != p.w {
		return fmt.Errorf("%w: %d columns in an image of %d", ErrMalformed, columns, p.w)
	}
	// Without BlackIs1 black is 0 here; TIFF has white as 0, as the code has it.
	white := of["BlackIs1"] != true
	if p.colours == tiffWhiteIsZero {
		white = !white
	}
	p.bits, p.samples, p.colours = 1, 1, tiffBlackIsZero
	if white {
		p.colours = tiffWhiteIsZero
	}
	return nil
}

// tiff writes a TIFF file of one strip, in PDF's order of bytes.
func (p *picture) tiff() []byte {
	type field struct {
		tag, kind int
		values    []int
	}
	depths := make([]int, p.samples)
	for i := range depths {
		depths[i] = p.bits
	}
	fields := []field{
		{256, 4, []int{p.w}}, {257, 4, []int{p.h}}, {258, 3, depths}, {259, 3, []int{p.coding}}, {262, 3, []int{p.colours}},
		{273, 4, []int{0}}, {277, 3, []int{p.samples}}, {278, 4, []int{p.h}}, {279, 4, []int{len(p.data)}}, {317, 3, []int{p.predictor}},
	}
	if p.colours == tiffPalette {
		values := make([]int, 3<<p.bits)
		for i := range min(len(p.palette)/3, 1<<p.bits) {
			for c := range 3 {
				values[c<<p.bits+i] = int(p.palette[3*i+c]) * 257
			}
		}
		fields = append(fields, field{320, 3, values})
	}
	tail := 8 + 2 + 12*len(fields) + 4
	head, extra := binary.BigEndian.AppendUint16([]byte("MM\x00*\x00\x00\x00\x08"), uint16(len(fields))), []byte{}
	sizes := map[int]int{3: 2, 4: 4}
	length := 0
	for _, f := range fields {
		if n := sizes[f.kind] * len(f.values); n > 4 {
			length += n
		}
	}
	for _, f := range fields {
		if f.tag == 273 {
			f.values = []int{tail + length}
		}
		head = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(head, uint16(f.tag)), uint16(f.kind))
		head = binary.BigEndian.AppendUint32(head, uint32(len(f.values)))
		var v []byte
		for _, x := range f.values {
			if f.kind == 3 {
				v = binary.BigEndian.AppendUint16(v, uint16(x))
			} else {
				v = binary.BigEndian.AppendUint32(v, uint32(x))
			}
		}
		if len(v) > 4 {
			head = binary.BigEndian.AppendUint32(head, uint32(tail+len(extra)))
			extra = append(extra, v...)
		} else {
			head = append(head, append(v, 0, 0, 0, 0)[:4]...)
		}
	}
	return append(append(append(head, 0, 0, 0, 0), extra...), p.data...)
}
