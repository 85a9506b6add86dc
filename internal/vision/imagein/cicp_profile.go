package imagein

import (
	"encoding/binary"
	"math"
	"unicode/utf16"
)

// codedNames are the descriptions of the profiles of wide primaries.
var codedNames = map[int]string{9: "BT.2020", 12: "Display P3"}

// codedCurves are codedTransfers as parametric curves of kind 3 (ICC.1:2022, table 68):
// (a x + b)^gamma from d on, c x below. They are gamma, a, b, c and d.
var codedCurves = map[int][5]float64{
	1: curveBT709, 6: curveBT709, 14: curveBT709, 15: curveBT709,
	4:  {2.2, 1, 0, 0, 0},
	8:  {1, 1, 0, 0, 0},
	13: {2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045},
}

var curveBT709 = [5]float64{1 / 0.45, 1 / 1.099, 0.099 / 1.099, 1 / 4.5, 0.081}

// Colours of the connection space.
var (
	whiteD50 = [3]float64{0.9642, 1, 0.8249}
	// fromD65 adapts to D50 as the primaries are adapted (Bradford; ICC.1:2022, annex E).
	fromD65 = matrix{{1.047886, 0.022919, -0.050216}, {0.029582, 0.990484, -0.017079}, {-0.009252, 0.015073, 0.751678}}
)

// profile returns an ICC profile that says what the code says (ICC.1:2022, 8.3.3), for
// formats that have no place for the code. It is nil for colours that are taken for
// sRGB's.
func (c colourCode) profile() []byte {
	columns, wide := codedPrimaries[c.primaries]
	curve, known := codedCurves[c.transfer]
	if !wide || !known {
		return nil
	}
	column := func(i int) []byte { return xyzTag(columns[0][i], columns[1][i], columns[2][i]) }
	adaptation := []byte("sf32\x00\x00\x00\x00")
	for _, row := range fromD65 {
		adaptation = appendFixed(adaptation, row[:]...)
	}
	tone := appendFixed([]byte("para\x00\x00\x00\x00\x00\x03\x00\x00"), curve[:]...)
	tags := []struct {
		name string
		data []byte
	}{
		{"desc", textTag(codedNames[c.primaries])}, {"cprt", textTag("CC0")},
		{"wtpt", xyzTag(whiteD50[:]...)}, {"chad", adaptation},
		{"rXYZ", column(0)}, {"gXYZ", column(1)}, {"bXYZ", column(2)},
		{"rTRC", tone}, {"gTRC", tone}, {"bTRC", tone},
	}
	table, data := binary.BigEndian.AppendUint32(nil, uint32(len(tags))), []byte(nil)
	first := profileHeader + 4 + 12*len(tags)
	for _, tag := range tags {
		table = append(table, tag.name...)
		table = binary.BigEndian.AppendUint32(table, uint32(first+len(data)))
		table = binary.BigEndian.AppendUint32(table, uint32(len(tag.data)))
		data = append(data, tag.data...)
		data = append(data, make([]byte, -len(data)&3)...)
	}
	head := make([]byte, profileHeader)
	binary.BigEndian.PutUint32(head, uint32(first+len(data)))
	copy(head[8:], "\x04\x30\x00\x00mntrRGB XYZ ")                                // version 4.3, of a display
	copy(head[24:], []byte{2026 >> 8, 2026 & 0xff, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0}) // the date of this profile
	copy(head[36:], "acsp")
	copy(head[68:], appendFixed(nil, whiteD50[:]...))
	return append(append(head, table...), data...)
}

// xyzTag returns an XYZType (10.31).
func xyzTag(xyz ...float64) []byte { return appendFixed([]byte("XYZ \x00\x00\x00\x00"), xyz...) }

// textTag returns a multiLocalizedUnicodeType of one text (10.15).
func textTag(text string) []byte {
	units := utf16.Encode([]rune(text))
	tag := []byte("mluc\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x0cenUS")
	tag = binary.BigEndian.AppendUint32(tag, uint32(2*len(units)))
	tag = binary.BigEndian.AppendUint32(tag, 28)
	for _, u := range units {
		tag = binary.BigEndian.AppendUint16(tag, u)
	}
	return tag
}

// appendFixed appends s15Fixed16Numbers.
func appendFixed(b []byte, values ...float64) []byte {
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
	}
	return b
}
