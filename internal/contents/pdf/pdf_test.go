package pdf

import (
	"bytes"
	"compress/zlib"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// pdfOf writes objects from number 1 on, without a table of their places: it is
// not read. A body that has a stream has "stream" in it.
func pdfOf(bodies ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\n")
	for i, body := range bodies {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	b.WriteString("trailer\n<</Root 1 0 R>>\n%%EOF\n")
	return b.Bytes()
}

func stream(entries, data string) string {
	return fmt.Sprintf("<<%s /Length %d>>\nstream\n%s\nendstream", entries, len(data), data)
}

func deflated(data string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write([]byte(data))
	_ = z.Close()
	return b.String()
}

// found are the images of a file: their names, and the start of each file or the
// error.
func found(t *testing.T, file []byte) map[string]string {
	t.Helper()
	got := map[string]string{}
	err := Images(context.Background(), file, func(i Image) error {
		got[i.Name] = string(i.File)
		if i.Err != nil {
			got[i.Name] = i.Err.Error()
		}
		return nil
	})
	if err != nil {
		t.Fatalf("Images: %v", err)
	}
	return got
}

const tree = "<</Type/Catalog /Pages 2 0 R>>"

// TestImages: each image of each page is found, with its page's number, and as a
// file that says the same.
func TestImages(t *testing.T) {
	file := pdfOf(tree,
		"<</Type/Pages /Kids[3 0 R 4 0 R] /Count 2 /Resources<</XObject<</A 5 0 R>>>>>>",
		"<</Type/Page /Parent 2 0 R>>",
		"<</Type/Page /Parent 2 0 R /Resources<</XObject<</B 6 0 R /F 7 0 R>>>> >>",
		stream("/Subtype/Image /Width 8 /Height 8 /Filter/DCTDecode /ColorSpace/DeviceRGB /BitsPerComponent 8", "\xff\xd8\xff jpeg"),
		stream("/Subtype /Image /Width 2/Height 2 /Filter[/FlateDecode] /ColorSpace/DeviceGray/BitsPerComponent 8", deflated("abcd")),
		stream("/Subtype/Form /Resources<</XObject<</C 8 0 R>>>>", "q Q"),
		stream("/Subtype/Image /Width 2 /Height 2 /ColorSpace[/Indexed/DeviceRGB 1 <102030405060>] /BitsPerComponent 1", "\x40\x80"),
		stream("/Subtype/Image /Width 4 /Height 4 /Filter/JPXDecode", "jp2"),
		stream("/Subtype/Image /Width 16 /Height 2 /Filter/CCITTFaxDecode /DecodeParms<</K -1 /Columns 16>> /ColorSpace/DeviceGray /BitsPerComponent 1", "fax"),
	)
	got := found(t, file)
	for name, want := range map[string]string{
		"page-1-image-5": "\xff\xd8\xff jpeg", "page-2-image-6": deflated("abcd"), "page-2-image-8": "\x40\x80", "image-10": "fax",
	} {
		if !strings.HasSuffix(got[name], want) || got[name] == "" {
			t.Errorf("%s is %q, want one that ends with %q", name, got[name], want)
		}
	}
	for _, name := range []string{"page-2-image-6", "page-2-image-8", "image-10"} {
		if !strings.HasPrefix(got[name], "MM\x00*") {
			t.Errorf("%s is no TIFF: %q", name, got[name])
		}
	}
	if !strings.Contains(got["image-9"], "JPXDecode; DCT, Flate and CCITT are read") || len(got) != 5 {
		t.Errorf("found %d images, image-9: %q; want 5 and a reason", len(got), got["image-9"])
	}
}

// TestPacked: objects in object streams are read, and the filters of PNG undone.
func TestPacked(t *testing.T) {
	inside := "2 0 3 30 <</Type/Pages /Kids[3 0 R]>>   <</Type/Page /Resources<</XObject<</A 5 0 R>>>> >>"
	rows := "\x01\x05\x01" + "\x02\x01\x01" // 5, 6; then one more than above
	file := pdfOf(tree, "null", "null",
		stream("/Type/ObjStm /N 2 /First 9 /Filter/FlateDecode", deflated(inside)),
		stream("/Subtype/Image /Width 2 /Height 2 /ColorSpace/DeviceGray /BitsPerComponent 8 /Filter/FlateDecode /DecodeParms<</Predictor 15 /Columns 2>>", deflated(rows)))
	want, err := packed([]byte("\x05\x06\x06\x07"))
	if got := found(t, file)["page-1-image-5"]; err != nil || !strings.HasSuffix(got, string(want)) {
		t.Errorf("page-1-image-5 is %q, want one that ends with %q", got, want)
	}
}

// TestRevisions: an image that a later revision replaced is still in the file.
func TestRevisions(t *testing.T) {
	image := func(s string) string {
		return fmt.Sprintf("7 0 obj <</Subtype/Image /Width 8 /Height 8 /Filter/DCTDecode /Length %d>> stream\n%s\nendstream endobj\n", len(s), s)
	}
	n := 0
	err := Images(t.Context(), []byte("%PDF-1.4\n"+image("old")+image("new")), func(i Image) error {
		n++
		return i.Err
	})
	if err != nil || n != 2 {
		t.Errorf("Images found %d, %v; want both revisions", n, err)
	}
}

// TestRefused: what may hide images is an error.
func TestRefused(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want error
	}{
		"encrypted": {"%PDF-1.4\n1 0 obj <<>> endobj trailer <</Encrypt 2 0 R>>", ErrEncrypted},
		"by stream": {"%PDF-1.5\n1 0 obj <</Type/XRef /Encrypt 2 0 R>> endobj", ErrEncrypted},
		"empty":     {"%PDF-1.4\n", ErrMalformed},
	} {
		err := Images(t.Context(), []byte(c.file), func(Image) error { return nil })
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestDamaged: no damage is a panic, or an image that is larger than its page.
func TestDamaged(t *testing.T) {
	seed := pdfOf(tree, "<</Type/Pages /Kids[3 0 R 2 0 R]>>", "<</Type/Page /Resources<</XObject<</A 4 0 R>>>> >>",
		stream("/Subtype/Image /Width 2 /Height 2 /ColorSpace/DeviceGray /BitsPerComponent 8 /Filter/FlateDecode /DecodeParms<</Predictor 15>>", deflated("\x01ab\x04cd")),
		stream("/Subtype/Image /Width 2 /Height 2 /ColorSpace[/Indexed/DeviceRGB 1 (abcdef)] /BitsPerComponent 1", "\x40\x80"))
	rng := rand.New(rand.NewPCG(3, 4))
	for range 10_000 {
		file := damaged(rng, seed, 6)
		_ = Images(t.Context(), file, func(Image) error { return nil })
	}
}

// FuzzImages reads files of any kind.
func FuzzImages(f *testing.F) {
	f.Add(pdfOf(tree, "<</Type/Pages /Kids[3 0 R]>>", "<</Type/Page /Resources<</XObject<</A 4 0 R>>>> >>",
		stream("/Subtype/Image /Width 2 /Height 2 /ColorSpace/DeviceGray /BitsPerComponent 8 /Filter/FlateDecode", deflated("abcd"))))
	f.Add([]byte("%PDF-1.4\n1 0 obj [(\\(\\053) <a> 12 0 R -3.5 true] endobj"))
	f.Fuzz(func(t *testing.T, file []byte) {
		_ = Images(t.Context(), file, func(Image) error { return nil })
	})
}

// Whatever a file is, its pages can be looked at, and each has the images that it
// says.
func FuzzScans(f *testing.F) {
	f.Add(pdfOf(tree, "<</Type/Pages /Kids[3 0 R] /Count 1>>", "<</Type/Page /Resources<</XObject<</A 4 0 R>>>> /Contents 5 0 R>>",
		stream("/Subtype/Image /Width 60 /Height 9 /ColorSpace/DeviceGray /BitsPerComponent 8 /Filter/FlateDecode", deflated(strings.Repeat("abcdef", 90))),
		stream("", "q 60 0 0 9 0 0 cm /A Do Q")))
	f.Add(scan(show(3, secret)))
	f.Add([]byte("%PDF-1.4\n1 0 obj<</Type/Page /Kids[1 0 R] /Contents[1 0 R]>> endobj"))
	f.Fuzz(func(t *testing.T, file []byte) {
		scans, err := OpenScans(file)
		if err != nil {
			return
		}
		if scans.Pages() < 1 {
			t.Fatalf("%d pages, want one at least or an error", scans.Pages())
		}
		for page := 1; page <= min(scans.Pages(), 64); page++ {
			for _, m := range scans.Page(page) {
				if m.Err == nil && len(m.File) == 0 {
					t.Errorf("page %d has image %s without a byte and without an error", page, m.Name)
				}
			}
		}
	})
}
