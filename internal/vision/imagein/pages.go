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
