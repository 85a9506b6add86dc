package imagein

import (
	"bytes"
	"slices"
	"strings"
)

// Format is a file format, known by its first bytes; what a client declares is
// ignored.
type Format int

// The formats that are read.
const (
	FormatUnknown Format = iota
	JPEG
	PNG
	BMP
	WebP
	TIFF
	HEIC
	AVIF
)

// Formats returns all formats that are read.
func Formats() []Format { return []Format{JPEG, PNG, BMP, WebP, TIFF, HEIC, AVIF} }

// String returns the usual name.
func (k Format) String() string {
	return [...]string{"unknown", "JPEG", "PNG", "BMP", "WebP", "TIFF", "HEIC", "AVIF"}[k]
}

// foreign are formats that are known but not read, so that the error can name
// them. The first prefix that fits wins.
var foreign = []struct{ magic, name string }{
	{"GIF87a", "GIF"}, {"GIF89a", "GIF"},
	{"II+\x00", "BigTIFF"}, {"MM\x00+", "BigTIFF"},
	{"II\xbc", "JPEG XR"},
	{"%PDF-", "PDF"}, {"%!PS", "PostScript"},
	{"\x00\x00\x00\x0cJXL \r\n\x87\n", "JPEG XL"}, {"\xff\x0a", "JPEG XL"},
	{"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"}, {"\xff\x4f\xff\x51", "JPEG 2000"},
	{"8BPS", "Photoshop"}, {"\x00\x00\x01\x00", "ICO"}, {"\x00\x00\x02\x00", "CUR"},
	{"qoif", "QOI"}, {"DDS ", "DDS"}, {"\x76\x2f\x31\x01", "OpenEXR"}, {"#?RADIANCE", "Radiance HDR"},
	{"\x8aMNG\r\n\x1a\n", "MNG"}, {"\x8bJNG\r\n\x1a\n", "JNG"},
	{"BPG\xfb", "BPG"}, {"FLIF", "FLIF"}, {"\x0a\x05\x01", "PCX"},
	{"PK\x03\x04", "ZIP"}, {"\x1f\x8b", "gzip"}, {"Rar!", "RAR"}, {"7z\xbc\xaf\x27\x1c", "7z"},
	{"BZh", "bzip2"}, {"\xfd7zXZ\x00", "xz"}, {"\x28\xb5\x2f\xfd", "Zstandard"},
	{"\x1aE\xdf\xa3", "Matroska video"}, {"ID3", "MP3"}, {"OggS", "Ogg"}, {"\x7fELF", "ELF program"},
	{"data:image/", "data: URL"}, {"/9j/", "base64 text"}, {"iVBORw0KGgo", "base64 text"},
	{"R0lGOD", "base64 text"}, {"Qk0", "base64 text"}, {"UklGR", "base64 text"},
}

// FormatOf returns the format that a file's first bytes show, or FormatUnknown.
func FormatOf(file []byte) Format {
	format, _ := sniff(file)
	return format
}

// SniffBytes is the number of first bytes that Sniff wants to see.
const SniffBytes = 1024

// Sniff returns what a file's first bytes say: the name of its format, or "" if
// it is not known, and whether it is an image, of a format that is read or not.
func Sniff(head []byte) (name string, image bool) {
	format, name := sniff(head)
	if format != FormatUnknown {
		return format.String(), true
	}
	return name, name != "" && !slices.Contains(documents, name) && !strings.HasPrefix(name, "RIFF ")
}

// documents are the names that sniff gives to what is no image.
var documents = []string{"PDF", "PostScript", "ZIP", "gzip", "RAR", "7z", "bzip2", "xz", "Zstandard", "Matroska video", "QuickTime video", "MP4",
	"MP3", "Ogg", "ELF program", "data: URL", "base64 text", "HTML", "XML"}

// brands are the ISO base media brands (ISO/IEC 14496-12, 4.3) of images.
var brands = map[string]string{
	"hevc": "animated HEIC", "hevx": "animated HEIC", "msf1": "animated HEIF", "avis": "animated AVIF", "mif1": "HEIF", "mif2": "HEIF",
	"crx ": "Canon raw", "qt  ": "QuickTime video",
}

// imageBrands are those of files that are read.
var imageBrands = map[string]Format{"heic": HEIC, "heix": HEIC, "heim": HEIC, "heis": HEIC, "avif": AVIF}

// sniffBrands returns the format that the brands of a file type box show. The
// brand mif1 leaves it to the compatible ones.
func sniffBrands(data []byte) (Format, string) {
	major := string(data[8:12])
	if f, ok := imageBrands[major]; ok {
		return f, ""
	}
	if major == "mif1" || major == "mif2" {
		for at := 16; at+4 <= min(len(data), int(be32(data)), 256); at += 4 {
			if f, ok := imageBrands[string(data[at:at+4])]; ok {
				return f, ""
			}
		}
	}
	if name, ok := brands[major]; ok {
		return FormatUnknown, name
	}
	return FormatUnknown, "MP4"
}

// sniff returns the format, or the name of one that is not read.
func sniff(data []byte) (Format, string) {
	has := func(magic string) bool { return len(data) >= len(magic) && string(data[:len(magic)]) == magic }
	switch {
	case has("\xff\xd8\xff"):
		return JPEG, ""
	case has("\x89PNG\r\n\x1a\n"):
		return PNG, ""
	case has("BM") && len(data) >= 18 && le32(data[14:]) <= 124 && le32(data[14:]) >= 12:
		return BMP, ""
	case has("II*\x00"), has("MM\x00*"):
		return TIFF, ""
	case has("RIFF") && len(data) >= 12:
		if string(data[8:12]) == "WEBP" {
			return WebP, ""
		}
		return FormatUnknown, "RIFF " + printable(data[8:12])
	case len(data) >= 12 && string(data[4:8]) == "ftyp":
		return sniffBrands(data)
	}
	for _, f := range foreign {
		if has(f.magic) {
			return FormatUnknown, f.name
		}
	}
	if len(data) >= 3 && data[0] == 'P' && data[1] >= '1' && data[1] <= '7' && strings.IndexByte(" \t\r\n#", data[2]) >= 0 {
		return FormatUnknown, "PNM"
	}
	return FormatUnknown, markup(data)
}

// markup names XML languages, which may start with a byte-order mark, blanks,
// a prologue and comments.
func markup(data []byte) string {
	head := bytes.TrimLeft(bytes.TrimPrefix(data[:min(len(data), 1024)], []byte("\xef\xbb\xbf")), " \t\r\n")
	if len(head) == 0 || head[0] != '<' {
		return ""
	}
	head = bytes.ToLower(head)
	switch {
	case bytes.Contains(head, []byte("<svg")):
		return "SVG"
	case bytes.HasPrefix(head, []byte("<!doctype html")), bytes.Contains(head, []byte("<html")):
		return "HTML"
	case bytes.HasPrefix(head, []byte("<?xml")):
		return "XML"
	}
	return ""
}

func printable(b []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, strings.TrimSpace(string(b)))
}
