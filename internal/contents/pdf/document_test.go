package pdf

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// secret stands for what must not be in a result.
const secret = "4111 1111 1111 1111"

func show(mode int, text string) string {
	return fmt.Sprintf("BT /F1 12 Tf %d Tr 50 500 Td (%s) Tj ET", mode, text)
}

// scan is a page with an image that fills it, text, and everything else that may
// repeat a number. The streams are not packed, so that tests can look into them.
func scan(text string) []byte {
	return pdfOf("<</Type/Catalog /Pages 2 0 R /Metadata 10 0 R /Outlines 11 0 R /Names<</EmbeddedFiles 12 0 R>> /OpenAction<</S/JavaScript /JS("+secret+")>> >>",
		"<</Type/Pages /Kids[3 0 R] /Count 1 /MediaBox[0 0 600 800] /Resources<</XObject<</Im 4 0 R /Fm 5 0 R>> /Font<</F1 6 0 R>> /Properties<</P <</ActualText("+secret+")>> >> >> >>",
		"<</Type/Page /Parent 2 0 R /Contents[7 0 R 8 0 R] /Annots[9 0 R] /Thumb 4 0 R /PieceInfo<</A("+secret+")>> >>",
		stream("/Subtype/Image /Width 100 /Height 50 /Filter/DCTDecode /ColorSpace/DeviceRGB /BitsPerComponent 8 /Metadata 10 0 R", "\xff\xd8\xff old"),
		stream("/Subtype/Form /BBox[0 0 600 800] /PieceInfo<</A("+secret+")>>", "% "+secret+"\n"+show(3, secret)),
		"<</Type/Font /Subtype/Type1 /BaseFont/Helvetica>>",
		stream("", "q 600 0 0 800 0 0 cm /Im Do Q % "+secret+"\n/Span <</ActualText("+secret+")>> BDC"),
		stream("", " "+text+" EMC /Fm Do ("+secret+") DP"),
		"<</Type/Annot /Subtype/FreeText /Contents("+secret+")>>",
		stream("/Type/Metadata /Subtype/XML", "<title>"+secret+"</title>"),
		"<</First 13 0 R>>",
		"<</Names[(a) <</Type/Filespec /EF<</F 14 0 R>> >>]>>",
		"<</Title("+secret+")>>",
		stream("/Type/EmbeddedFile", secret),
	)
}

// plain returns a file with its packed streams unpacked behind it.
func plain(t *testing.T, file []byte) string {
	t.Helper()
	f, err := load(file)
	if err != nil {
		t.Fatalf("load: %v", err)
	}
	out := bytes.Clone(file)
	for i := range f.all {
		if o := &f.all[i]; o.stream != nil {
			if b, err := f.decoded(o); err == nil {
				out = append(append(out, '\n'), b...)
			}
		}
	}
	return string(out)
}

// rewritten replaces all images of a file.
func rewritten(t *testing.T, file []byte) (*Document, []byte) {
	t.Helper()
	d, err := Open(file)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	err = d.Images(context.Background(), func(m Image) error {
		d.Replace(m, Replacement{JPEG: []byte("\xff\xd8\xff new"), Width: 100, Height: 50, Components: 3, Bits: 8})
		return nil
	})
	if err != nil {
		t.Fatalf("Images: %v", err)
	}
	out, err := d.Write()
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	return d, out
}

// absent checks that nothing of the number is left, in whichever way it is written.
func absent(t *testing.T, file []byte) string {
	t.Helper()
	all := plain(t, file)
	for _, text := range []string{secret, fmt.Sprintf("%x", secret), "\xff\xd8\xff old", "FreeText", "JavaScript", "EmbeddedFile"} {
		if strings.Contains(all, text) {
			t.Errorf("the result has %q, want it gone: %q", text, all)
		}
	}
	return all
}

// A scanned page keeps its image and no text, whether it shows or not.
func TestScannedPage(t *testing.T) {
	for _, mode := range []int{0, 3} {
		d, out := rewritten(t, scan(show(mode, secret)))
		if all := absent(t, out); !strings.Contains(all, "\xff\xd8\xff new") || !strings.Contains(all, "/Im Do") {
			t.Errorf("mode %d: the result has no image: %q", mode, all)
		}
		if got := d.Unread(true); len(got) != 1 || got[0].Kind != RemovedNotes {
			t.Errorf("mode %d: not looked at: %+v, want the note alone", mode, got)
		}
	}
}

// A letter keeps the text that shows, and says that nobody looked at it.
func TestLetter(t *testing.T) {
	file := bytes.Replace(scan(show(0, "Dear Sir")+" "+show(3, secret)+" BT 3 Tr q 0 Tr (kept) Tj Q ("+secret+") ' ET"), []byte("600 0 0 800 0 0 cm"), []byte("200 0 0 100 0 0 cm"), 1)
	d, out := rewritten(t, file)
	all := absent(t, out)
	for _, text := range []string{fmt.Sprintf("<%x> Tj", "Dear Sir"), fmt.Sprintf("<%x> Tj", "kept"), "T*\n", "/BaseFont /Helvetica"} {
		if !strings.Contains(all, text) {
			t.Errorf("the result does not have %q: %q", text, all)
		}
	}
	if got := fmt.Sprint(d.Unread(true)); !strings.Contains(got, "{text [1] 0}") {
		t.Errorf("not looked at: %s, want the text", got)
	}
}

// Nothing but the places in the table leads to the objects.
func TestTableOfPlaces(t *testing.T) {
	_, out := rewritten(t, scan(""))
	start := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(out)
	if start == nil {
		t.Fatalf("no startxref at the end: %q", out)
	}
	at, _ := strconv.Atoi(string(start[1]))
	lines := strings.Split(string(out[at:]), "\n")
	if lines[0] != "xref" {
		t.Fatalf("startxref points to %q, want xref", lines[0])
	}
	var n int
	if _, err := fmt.Sscanf(lines[1], "0 %d", &n); err != nil || n < 6 {
		t.Fatalf("the table begins with %q, want a count of 6 or more", lines[1])
	}
	for i := 1; i < n; i++ {
		line := lines[2+i]
		if len(line) != 19 {
			t.Errorf("line %d has %d bytes, want 19 and the end of line: %q", i, len(line), line)
		}
		place, _ := strconv.Atoi(line[:10])
		if want := fmt.Sprintf("%d 0 obj\n", i); !bytes.HasPrefix(out[place:], []byte(want)) {
			t.Errorf("object %d: at its place stands %.20q, want %q", i, out[place:], want)
		}
	}
}

// An image that a later revision replaced is given to the caller, and is not in the
// result.
func TestRevisionIsLeftOut(t *testing.T) {
	file := append(scan(""), []byte("4 0 obj\n"+stream("/Subtype/Image /Width 100 /Height 50 /Filter/DCTDecode /ColorSpace/DeviceRGB /BitsPerComponent 8", "\xff\xd8\xff later")+"\nendobj\n")...)
	d, err := Open(file)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	var current []bool
	if err := d.Images(t.Context(), func(m Image) error { current = append(current, m.Current); return nil }); err != nil {
		t.Fatalf("Images: %v", err)
	}
	if len(current) != 2 || current[0] || !current[1] {
		t.Errorf("current images: %v, want the second of two", current)
	}
	out, err := d.Write()
	if err != nil {
		t.Fatalf("Write: %v", err)
	}
	if all := absent(t, out); !strings.Contains(all, "\xff\xd8\xff later") {
		t.Errorf("the later image is gone: %q", all)
	}
}

// Samples replace those of stencils and palettes, with colours that fit.
func TestSamples(t *testing.T) {
	page := func(image string) []byte {
		return pdfOf(tree, "<</Type/Pages /Kids[3 0 R]>>", "<</Type/Page /Resources<</XObject<</A 4 0 R>> >> /Contents 5 0 R>>", image, stream("", "/A Do"))
	}
	for name, c := range map[string]struct {
		image string
		by    Replacement
		want  string
	}{
		"stencil": {stream("/Subtype/Image /Width 8 /Height 2 /ImageMask true /Decode[1 0] /BitsPerComponent 1", "ab"),
			Replacement{Width: 8, Height: 2, Components: 1, Bits: 1, Samples: []byte("cd")}, "<</BitsPerComponent 1 /Filter /FlateDecode /Height 2 /ImageMask true /Length"},
		"palette": {stream("/Subtype/Image /Width 2 /Height 1 /ColorSpace[/Indexed/DeviceRGB 1 <102030405060>] /Decode[0 1] /Mask[0 0] /BitsPerComponent 8", "\x00\x01"),
			Replacement{Width: 2, Height: 1, Components: 3, Bits: 8, Samples: []byte("abcdef")}, "<</BitsPerComponent 8 /ColorSpace /DeviceRGB /Filter /FlateDecode /Height 1 /Length"},
		"lightness": {stream("/Subtype/Image /Width 2 /Height 1 /ColorSpace/CalGray /Decode[1 0] /BitsPerComponent 8", "ab"),
			Replacement{Width: 2, Height: 1, Components: 1, Bits: 8, Samples: []byte("cd")}, "<</BitsPerComponent 8 /ColorSpace /CalGray /Filter /FlateDecode /Height 1 /Length"},
	} {
		d, err := Open(page(c.image))
		if err != nil {
			t.Fatalf("%s: Open: %v", name, err)
		}
		if err := d.Images(t.Context(), func(m Image) error { d.Replace(m, c.by); return m.Err }); err != nil {
			t.Fatalf("%s: Images: %v", name, err)
		}
		out, err := d.Write()
		if err != nil {
			t.Fatalf("%s: Write: %v", name, err)
		}
		if all := plain(t, out); !strings.Contains(all, c.want) || !strings.Contains(all, "\n"+string(c.by.Samples)) {
			t.Errorf("%s: the result has no %q or not the samples: %q", name, c.want, all)
		}
	}
}

// What a content stream may hide behind is refused or named.
func TestUnread(t *testing.T) {
	inline := func(w int) string { return fmt.Sprintf("BI /W %d /H 8 /BPC 8 /CS /G ID EI0 EI\xff EI\nQ", w) }
	for name, c := range map[string]struct{ content, want string }{
		"text":           {"BT (a) Tj ET", "[{text [1] 0}]"},
		"hidden text":    {"BT 3 Tr (a) Tj ET", "[]"},
		"large inline":   {inline(100), "[{inline_image [1] 0}]"},
		"small inline":   {inline(8), "[]"},
		"outlines":       {strings.Repeat("0 0 1 1 2 2 c ", letters), "[{drawings [1] 0}]"},
		"a few curves":   {strings.Repeat("0 0 1 1 2 2 c ", letters-1), "[]"},
		"array of texts": {"BT [(a) -20 (b)] TJ ET", "[{text [1] 0}]"},
	} {
		d, err := Open(pdfOf(tree, "<</Type/Pages /Kids[3 0 R]>>", "<</Type/Page /Contents 4 0 R>>", stream("", c.content)))
		if err != nil {
			t.Errorf("%s: Open: %v", name, err)
			continue
		}
		if got := fmt.Sprint(d.Unread(false)); got != c.want {
			t.Errorf("%s: not looked at: %s, want %s", name, got, c.want)
		}
	}
	for name, body := range map[string]string{
		"another filter":     stream("/Filter/LZWDecode", "x"),
		"damaged":            stream("/Filter/FlateDecode", "x"),
		"inline without end": stream("", "BI /W 1 ID abc"),
	} {
		if _, err := Open(pdfOf(tree, "<</Type/Pages /Kids[3 0 R]>>", "<</Type/Page /Contents 4 0 R>>", body)); err == nil {
			t.Errorf("%s: Open takes it, want an error", name)
		}
	}
	if _, err := Open(pdfOf("<</Type/Catalog>>")); err == nil {
		t.Error("no pages: Open takes it, want an error")
	}
}

// FuzzWrite expects that what is written can be read, with as many pages, and holds
// no text that does not show.
func FuzzWrite(f *testing.F) {
	f.Add(scan(show(3, secret)))
	f.Add(scan("BI /W 9 /H 9 ID abc EI [(a) 3] TJ"))
	f.Fuzz(func(t *testing.T, file []byte) {
		d, err := Open(file)
		if err != nil {
			return
		}
		out, err := d.Write()
		if err != nil {
			return
		}
		again, err := Open(out)
		if err != nil || again.Pages() != d.Pages() {
			t.Fatalf("written anew it cannot be read: %v", err)
		}
		for i, v := range again.views {
			if v.hidden {
				t.Errorf("page %d still has text that does not show", i+1)
			}
		}
	})
}
