package imagein

import "github.com/kahao/kahao/internal/vision/imagein/fastjpeg"

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
		for k := range c.missing {
			c.missing[k] = 14 // of what a scan may leave, one more than the most
		}
		for _, other := range j.comp[:i] {
			if other.id == c.id {
				return malformed(JPEG, "two components of id %d", c.id)
			}
		}
		j.hmax, j.vmax = max(j.hmax, c.h), max(j.vmax, c.v)
	}
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
		c.across = (cw + 7) / 8
		c.blocks = c.across * ((ch + 7) / 8)
		c.width, c.height = mcusX*int64(c.h)*8, mcusY*int64(c.v)*8
		c.paddedBlocks = c.width * c.height / 64
		samples += c.width * c.height
		blocks += c.paddedBlocks
	}
	// The file's copy, planes, the raster; 64 int32 a block if progressive.
	j.samples = samples
	j.info.Memory = int64(len(j.data)) + samples + 3*w*h
	if j.info.progressive {
		j.info.Memory += blocks * 256
	}
	if n == 4 {
		j.info.Memory += 4 * w * h
	}
}

// finish checks what only the whole file shows.
func (j *jpegHeader) finish() (Info, error) {
	switch {
	case j.hmax == 0:
		return Info{}, malformed(JPEG, "no frame header")
	case j.info.Scans == 0:
		return Info{}, malformed(JPEG, "no scan")
	case j.info.progressive && !j.dcSeen:
		return Info{}, malformed(JPEG, "no scan holds the mean values of blocks")
	}
	// The order of libjpeg: JFIF before Adobe before component ids. The decoders
	// have others, so files on which they disagree are written again.
	byID := j.info.components == 3 && j.comp[0].id == 'R' && j.comp[1].id == 'G' && j.comp[2].id == 'B'
	otherColours := byID || j.adobe >= 0 && j.adobe != 1
	j.info.ycc = j.info.components == 3 && (j.jfif && j.adobe == 0 || byID && (j.jfif || j.adobe > 0))
	j.info.irregular = j.info.irregular || j.info.ycc || j.info.cut
	j.info.bareCMYK = j.info.components == 4 && j.adobe < 0
	if j.info.irregular || !j.info.progressive {
		j.info.Memory += 3 * int64(len(j.data)) // rewriteJPEG's copies
	}
	if j.info.Scans == 1 && !j.info.progressive && !otherColours && !j.manyTables {
		j.file.Width, j.file.Height = j.info.coded.w, j.info.coded.h
		for _, c := range j.comp[:j.info.components] {
			j.file.Components = append(j.file.Components, fastjpeg.Component{ID: c.id, H: c.h, V: c.v, Table: int(c.table)})
		}
		j.info.sequential = &j.file
	}
	j.info.DecodeTime = j.decodeTime()
	if j.info.components == 3 {
		j.info.profile = joinedProfile(j.profile)
	}
	return j.info, nil
}
