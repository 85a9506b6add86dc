package redaction

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/contents/pdf"
	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// onWhite finds a line of digits in an image until the line is black.
type onWhite struct{ line pipeline.Region }

func (f onWhite) Regions(_ context.Context, m image.Image) ([]pipeline.Region, error) {
	c := f.line.Digits[8].Quad.Center()
	if gray := color.GrayModel.Convert(m.At(int(c.X), int(c.Y))).(color.Gray); gray.Y < 128 {
		return nil, nil
	}
	return []pipeline.Region{f.line}, nil
}

// sixteen is the line that is found in the pages of tests.
var sixteen = onWhite{line(pipeline.RegionNumber, true, 40, 100, 16)}

// page returns a PDF file with one page that an image fills, and text.
func page(image, text string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	content := "q 600 0 0 400 0 0 cm /Im Do Q " + text
	for i, body := range []string{
		"<</Type/Catalog /Pages 2 0 R>>", "<</Type/Pages /Kids[3 0 R] /MediaBox[0 0 600 400]>>",
		"<</Type/Page /Parent 2 0 R /Resources<</XObject<</Im 4 0 R>> >> /Contents 5 0 R>>",
		image, fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(content), content),
	} {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, body)
	}
	b.WriteString("trailer <</Root 1 0 R>>")
	return b.Bytes()
}

func xobject(entries string, data []byte) string {
	return fmt.Sprintf("<</Subtype/Image /Width 300 /Height 200 %s /Length %d>>\nstream\n%s\nendstream", entries, len(data), data)
}

// imageIn returns the image of a PDF file.
func imageIn(t *testing.T, file []byte) image.Image {
	t.Helper()
	var m image.Image
	err := pdf.Images(t.Context(), file, func(i pdf.Image) error {
		if i.Err != nil {
			return i.Err
		}
		stored, err := imagein.Stored(t.Context(), i.File, imagein.Options{})
		if err == nil {
			m = stored.Pixels
		}
		return err
	})
	if err != nil || m == nil {
		t.Fatalf("the image of the result: %v", err)
	}
	return m
}

// TestPDF: whatever kind of image a page has, the digits are black in it, the rest
// is as it was, and the text of the page is gone.
func TestPDF(t *testing.T) {
	var asJPEG bytes.Buffer
	white := image.NewRGBA(image.Rect(0, 0, 300, 200))
	for i := range white.Pix {
		white.Pix[i] = 255
	}
	if err := jpeg.Encode(&asJPEG, white, nil); err != nil {
		t.Fatalf("jpeg.Encode: %v", err)
	}
	exif := append([]byte("\xff\xd8\xff\xe1\x00\x22Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"), asJPEG.Bytes()[2:]...)
	bits := bytes.Repeat([]byte{0xff}, 200*38)
	const text = "BT /F 9 Tf 3 Tr (6222 0000 0000 0003) Tj ET"
	for name, image := range map[string]string{
		"JPEG":             xobject("/Filter/DCTDecode /ColorSpace/DeviceRGB /BitsPerComponent 8", asJPEG.Bytes()),
		"JPEG on its side": xobject("/Filter/DCTDecode /ColorSpace/DeviceRGB /BitsPerComponent 8", exif),
		"colours":          xobject("/ColorSpace/DeviceRGB /BitsPerComponent 8", bytes.Repeat([]byte{0xff}, 3*300*200)),
		"lightness":        xobject("/ColorSpace/DeviceGray /BitsPerComponent 8", bytes.Repeat([]byte{0xff}, 300*200)),
		"16 bits":          xobject("/ColorSpace/DeviceGray /BitsPerComponent 16", bytes.Repeat([]byte{0xff}, 2*300*200)),
		"inks":             xobject("/ColorSpace/DeviceCMYK /BitsPerComponent 8", make([]byte, 4*300*200)),
		"palette":          xobject("/ColorSpace[/Indexed/DeviceRGB 1 <000000ffffff>] /BitsPerComponent 1", bits),
		"bilevel":          xobject("/ColorSpace/DeviceGray /BitsPerComponent 1", bits),
		"inverted":         xobject("/ColorSpace/DeviceGray /Decode[1 0] /BitsPerComponent 1", make([]byte, len(bits))),
		"stencil":          xobject("/ImageMask true /BitsPerComponent 1", bits),
	} {
		r := redact(t, sixteen, page(image, text), usual)
		if !r.PDF || r.Verdict != Redacted || len(r.Covers) != 1 || r.Covers[0].Page != 1 || r.FormatName() != "PDF" || r.MediaType() != "application/pdf" {
			t.Errorf("%s: %+v, want one cover on page 1 of a redacted PDF", name, r)
			continue
		}
		if bytes.Contains(r.File, []byte("6222")) {
			t.Errorf("%s: the text of the page is still there", name)
		}
		m := imageIn(t, r.File)
		if m.Bounds().Dx() != 300 || m.Bounds().Dy() != 200 {
			t.Errorf("%s: the image has %v, want 300 by 200", name, m.Bounds())
		}
		for i, d := range sixteen.line.Digits {
			c, want := d.Quad.Center(), uint8(255)
			if i >= 6 && i < 12 {
				want = 0
			}
			if got := color.GrayModel.Convert(m.At(int(c.X), int(c.Y))).(color.Gray).Y; max(got, want)-min(got, want) > 8 {
				t.Errorf("%s: digit %d has lightness %d, want %d", name, i, got, want)
			}
		}
	}
}

// TestPDFUnsure: what is not looked at is said, and then the verdict is unsure, also
// if nothing is covered.
func TestPDFUnsure(t *testing.T) {
	white := bytes.Repeat([]byte{0xff}, 300*200)
	gray := "/ColorSpace/DeviceGray /BitsPerComponent 8"
	for name, c := range map[string]struct {
		file    []byte
		f       Finder
		covered int
		want    string
	}{
		"text":      {page(xobject(gray, white), "BT (a) Tj ET"), &fixed{}, 0, "text that is not looked at on page 1"},
		"coding":    {page(xobject("/Filter/JPXDecode", []byte("jp2")), ""), sixteen, 0, "page-1-image-4 is not looked at"},
		"no JPEG":   {page(xobject("/Filter/DCTDecode", []byte("\xff\xd8\xffno")), ""), sixteen, 0, "page-1-image-4 is not looked at"},
		"the image": {page(xobject(gray, white), ""), &fixed{regions: []pipeline.Region{line(pipeline.RegionBand, false, 40, 100, 16)}}, 1, "page-1-image-4: a card was found"},
	} {
		r := redact(t, c.f, c.file, usual)
		_, texts := r.ReasonRecords()
		if got := strings.Join(texts, "; "); r.Verdict != Unsure || len(r.Covers) != c.covered || !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, %d covers, %q; want unsure, %d covers and %q", name, r.Verdict, len(r.Covers), got, c.covered, c.want)
		}
		if c.covered == 0 && !bytes.Equal(r.File, c.file) {
			t.Errorf("%s: the file changed, want it as it was", name)
		}
	}
	if r := redact(t, &fixed{}, page(xobject(gray, white), ""), usual); r.Verdict != Nothing {
		t.Errorf("a page without a number: %s, want nothing", r.Verdict)
	}
}

func TestPDFRefused(t *testing.T) {
	for name, c := range map[string]struct {
		file string
		want error
	}{
		"encrypted": {"%PDF-1.4\n1 0 obj <<>> endobj trailer <</Encrypt 2 0 R>>", imagein.ErrUnsupported},
		"empty":     {"%PDF-1.4\n", imagein.ErrMalformed},
	} {
		if _, err := Redact(t.Context(), sixteen, []byte(c.file), imagein.Options{}, usual); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// TestPDFSpecimen covers the number on the photo of a card with the real networks.
func TestPDFSpecimen(t *testing.T) {
	photo := string(file(t, specimen))
	object := fmt.Sprintf("<</Subtype/Image /Width 800 /Height 450 /Filter/DCTDecode /ColorSpace/DeviceRGB /BitsPerComponent 8 /Length %d>>\nstream\n%s\nendstream", len(photo), photo)
	r := redact(t, finder(t), page(object, ""), usual)
	if r.Verdict != Redacted || len(r.Covers) == 0 || r.Covers[0].Last != "0003" {
		t.Fatalf("verdict %s, covers %+v, reasons %+v; want …0003 covered", r.Verdict, r.Covers, r.Reasons)
	}
	regions, err := finder(t).Regions(t.Context(), imageIn(t, r.File))
	if err != nil {
		t.Fatalf("Regions: %v", err)
	}
	for _, n := range regions {
		if n.Sure {
			t.Errorf("…%s is still read", n.LastFour())
		}
	}
}

// A file quotes itself in its reasons, as often as it likes: a header must have room for
// them.
func TestReasonsAreBounded(t *testing.T) {
	r := &Result{}
	for range 2 * maxReasons {
		r.doubt(Reason{Code: ReasonImage, Image: strings.Repeat("é", 300), Cause: "a\nb" + strings.Repeat("c", 300)})
	}
	details, texts := r.ReasonRecords()
	if len(details) != maxReasons || details[maxReasons-1].Code != ReasonMore {
		t.Errorf("%d reasons, the last one %+v, want %d and the code %s", len(details), details[len(details)-1], maxReasons, ReasonMore)
	}
	if want := strings.Repeat("?", maxImage) + " is not looked at: a?b" + strings.Repeat("c", maxCause-3); texts[0] != want {
		t.Errorf("the first text is %q, want %q", texts[0], want)
	}
}
