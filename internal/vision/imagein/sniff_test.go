package imagein

import "testing"

// Sniff tells images from other files, and names both.
func TestSniff(t *testing.T) {
	for head, want := range map[string]struct {
		name  string
		image bool
	}{
		"\xff\xd8\xff\xe0": {"JPEG", true}, "\x89PNG\r\n\x1a\n": {"PNG", true}, "RIFF\x00\x00\x00\x00WEBP": {"WebP", true},
		"GIF89a": {"GIF", true}, "II*\x00": {"TIFF", true}, "II+\x00": {"BigTIFF", true}, "\x00\x00\x00\x18ftypheic": {"HEIC", true},
		"%PDF-1.7": {"PDF", false}, "PK\x03\x04": {"ZIP", false}, "RIFF\x00\x00\x00\x00WAVE": {"RIFF WAVE", false}, "\x00\x00\x00\x18ftypisom": {"MP4", false},
		"hello": {"", false}, "": {"", false},
	} {
		if name, image := Sniff([]byte(head)); name != want.name || image != want.image {
			t.Errorf("Sniff(%q) = %q, %v, want %q, %v", head, name, image, want.name, want.image)
		}
	}
}
