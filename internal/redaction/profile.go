package redaction

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"image"
)

// fits reports whether there is an ICC profile, and of the kind of the pixels.
func fits(profile []byte, m image.Image) bool {
	space := "RGB "
	switch m.(type) {
	case *image.Gray, *image.Gray16:
		space = "GRAY"
	case *image.CMYK: // is written as RGB
		return false
	}
	return len(profile) >= 128 && string(profile[16:20]) == space // ICC.1:2022, 7.2
}

// profileChunk returns the chunk of an ICC profile (PNG, 11.3.2.3), or nothing if
// there is none that fits the pixels, as that of inks does not.
func profileChunk(profile []byte, m image.Image) []byte {
	if !fits(profile, m) {
		return nil
	}
	var body bytes.Buffer
	body.WriteString("iCCPicc\x00\x00")
	z := zlib.NewWriter(&body)
	_, _ = z.Write(profile) // to memory
	_ = z.Close()
	chunk := binary.BigEndian.AppendUint32(nil, uint32(body.Len()-4))
	chunk = append(chunk, body.Bytes()...)
	return binary.BigEndian.AppendUint32(chunk, crc32.ChecksumIEEE(body.Bytes()))
}

// maxSegment is the most of a profile that a segment of JPEG holds (ICC.1:2022, B.4).
const maxSegment = 65519

// profileSegments returns the contents of the APP2 segments of an ICC profile, or
// none if it does not fit the pixels.
func profileSegments(profile []byte, m image.Image) (segments [][]byte) {
	n := (len(profile) + maxSegment - 1) / maxSegment
	if !fits(profile, m) || n > 255 {
		return nil
	}
	for i := range n {
		part := profile[i*maxSegment : min((i+1)*maxSegment, len(profile))]
		segments = append(segments, append([]byte{'I', 'C', 'C', '_', 'P', 'R', 'O', 'F', 'I', 'L', 'E', 0, byte(i + 1), byte(n)}, part...))
	}
	return segments
}
