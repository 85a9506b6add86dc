package imagein

import (
	"bytes"
	"encoding/binary"
)

// Pages returns how many pages a file has: 1, unless it is a TIFF with several.
func Pages(file []byte) int {
	if f, _ := sniff(file); f != TIFF {
		return 1
	}
	n, err := newTIFF(file).directory(1)
	if err != nil {
		return 1
	}
	return n
}

// PageFile returns a file whose first page is the given one of a file of several:
// a TIFF whose header points to the page's directory.
func PageFile(file []byte, page int) []byte {
	if f, _ := sniff(file); f != TIFF || page <= 1 {
		return file
	}
	t := newTIFF(file)
	if _, err := t.directory(page); err != nil {
		return file
	}
	file = bytes.Clone(file)
	order := binary.ByteOrder(binary.LittleEndian)
	if file[0] == 'M' {
		order = binary.BigEndian
	}
	order.PutUint32(file[4:], t.at)
	return file
}

// tagSubDirectories are the offsets of images that belong to a page (TIFF
// technical note 1): reductions of it, or others.
const tagSubDirectories = 330

// SinglePage reports whether a file surely has no other image than its first: of a
// TIFF, whether no directory follows, also none that cannot be read, and the page
// has no directories of its own.
func SinglePage(file []byte) bool {
	if f, _ := sniff(file); f != TIFF {
		return true
	}
	t := newTIFF(file)
	if n, err := t.directory(1); err != nil || n != 1 {
		return false
	}
	if _, ok := t.fields[tagSubDirectories]; ok {
		return false
	}
	next := int64(t.at) + 2 + 12*int64(t.u16(file[t.at:]))
	return next+4 > int64(len(file)) || t.u32(file[next:]) == 0
}

// Profile returns the ICC profile of a file, or one that stands for the numbers by which
// it announces wide colours. It is nil for sRGB without a profile.
func (info Info) Profile() []byte {
	if info.profile == nil {
		return info.colours.profile()
	}
	return info.profile
}
