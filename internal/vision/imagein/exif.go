package imagein

// exifOrientation returns the value of tag 0x0112 in the first directory of
// a TIFF block (Exif 2.32, 4.5.4 and 4.6.4 A), or 1 if there is no valid
// one. Metadata is never a reason to refuse an image.
func exifOrientation(tiff []byte) int {
	if len(tiff) < 8 {
		return 1
	}
	u16, u32 := le16, le32
	switch string(tiff[:4]) {
	case "II*\x00":
	case "MM\x00*":
		u16, u32 = be16, be32
	default:
		return 1
	}
	at := int64(u32(tiff[4:]))
	if at < 8 || at+2 > int64(len(tiff)) {
		return 1
	}
	entries := u16(tiff[at:])
	for p := at + 2; entries > 0 && p+12 <= int64(len(tiff)); entries, p = entries-1, p+12 {
		e := tiff[p : p+12]
		if u16(e) != 0x0112 {
			continue
		}
		// One SHORT, as the standard has it; some writers use LONG.
		v := 0
		switch {
		case u16(e[2:]) == 3 && u32(e[4:]) == 1:
			v = u16(e[8:])
		case u16(e[2:]) == 4 && u32(e[4:]) == 1:
			v = int(min(u32(e[8:]), 9))
		}
		if v >= 1 && v <= 8 {
			return v
		}
		return 1
	}
	return 1
}
