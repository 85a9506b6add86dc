package main

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kahao/kahao/cmd/kahao/internal/findings"
)

// command runs kahao and returns its exit code and outputs.
func command(args ...string) (exit int, out, errors string) {
	var o, e bytes.Buffer
	env := newEnv()
	env.out, env.err = &o, &e
	exit = run(context.Background(), args, env)
	return exit, o.String(), e.String()
}

// folder returns a directory with the specimen card, a ZIP archive that holds it
// too, a text and an archive that is not opened.
func folder(t *testing.T) string {
	t.Helper()
	card, err := os.ReadFile("../../testdata/card.jpg")
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	f, err := w.Create("word/media/image1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(card); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for name, content := range map[string][]byte{"card.bin": card, "letter.docx": archive.Bytes(), "a.txt": []byte("text"), "b.7z": []byte("7z\xbc\xaf\x27\x1c")} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func parse(t *testing.T, lines string) (all []findings.Finding) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(lines), "\n") {
		var f findings.Finding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, f)
	}
	return all
}

func TestScanThenRedact(t *testing.T) {
	dir, journal := folder(t), filepath.Join(t.TempDir(), "journal")
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	scan := []string{"scan", "--format", "json", "--key-file", key, "--jobs", "1", "--journal", journal, dir}
	exit, out, errors := command(scan...)
	if exit != exitFound {
		t.Fatalf("scan: exit code %d, want %d: %s", exit, exitFound, errors)
	}
	found := parse(t, out)
	if len(found) != 2 || found[0].Fingerprint == "" || found[0].Fingerprint != found[1].Fingerprint {
		t.Fatalf("scan found %+v, want the card twice with one fingerprint", found)
	}
	if found[1].Inside != "!word/media/image1" || found[0].Last4 != "0003" {
		t.Errorf("scan found %+v", found)
	}
	for _, text := range []string{"b.7z: is not looked into", "4 files, 2 images, 2 findings, 1 place"} {
		if !strings.Contains(errors, text) {
			t.Errorf("standard error does not have %q: %s", text, errors)
		}
	}
	if exit, out, _ := command(scan...); exit != exitOK || out != "" {
		t.Errorf("scan with its journal again: exit code %d, output %q, want nothing", exit, out)
	}

	exit, out, errors = command("redact", "--in-place", "--json", "--quiet", filepath.Join(dir, "card.bin"))
	if exit != exitOK || !strings.Contains(out, `"verdict":"redacted"`) || !strings.Contains(out, `"last4":"0003"`) {
		t.Fatalf("redact: exit code %d: %s%s", exit, out, errors)
	}
	// The file has changed, so the journal does not have it; but its number is gone.
	if exit, out, _ := command(scan...); exit != exitOK || out != "" {
		t.Errorf("scan after redact: exit code %d, output %q, want nothing", exit, out)
	}
}

// scannedPage writes a PDF file whose page is the specimen card, with the text that
// a scanner may have read on it.
func scannedPage(t *testing.T) (path string) {
	t.Helper()
	card, err := os.ReadFile("../../testdata/card.jpg")
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	const content = "q 800 0 0 450 0 0 cm /Im0 Do Q BT /F1 9 Tf 3 Tr (6222 0000 0000 0003) Tj ET"
	page := fmt.Sprintf("%%PDF-1.4\n1 0 obj <</Type/Page /MediaBox[0 0 800 450] /Resources<</XObject<</Im0 2 0 R>>>> /Contents 3 0 R>> endobj\n"+
		"2 0 obj <</Subtype/Image /Width 800 /Height 450 /ColorSpace/DeviceRGB /BitsPerComponent 8 /Filter/DCTDecode /Length %d>> stream\n%s\nendstream endobj\n"+
		"3 0 obj <</Length %d>> stream\n%s\nendstream endobj\n", len(card), card, len(content), content)
	path = filepath.Join(t.TempDir(), "scan.pdf")
	if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	return path
}

// TestScanPDF: a scanned page is an image. After it is covered in place, nothing is
// found, and the text is gone.
func TestScanPDF(t *testing.T) {
	path := scannedPage(t)
	exit, out, errors := command("scan", "--format", "json", path)
	if found := parse(t, out); exit != exitFound || len(found) != 1 || found[0].Inside != "!page-1-image-2" || found[0].Last4 != "0003" {
		t.Errorf("scan: exit code %d, found %+v: %s; want …0003 on page 1", exit, found, errors)
	}
	// A directory's PDF files are covered, too.
	exit, out, errors = command("redact", "--in-place", "--json", "--quiet", filepath.Dir(path))
	for _, want := range []string{`"format":"pdf"`, `"verdict":"redacted"`, `"last4":"0003","page":1,"image":"page-1-image-2"`} {
		if !strings.Contains(out, want) {
			t.Errorf("redact: exit code %d, %s%s; want %s in it", exit, out, errors, want)
		}
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	if !bytes.HasPrefix(after, []byte("%PDF-")) || bytes.Contains(after, []byte("6222 0000")) {
		t.Errorf("the result begins with %.8q and may have the text, want a PDF file without it", after)
	}
	if exit, out, _ := command("scan", "--format", "json", path); exit != exitOK || out != "" {
		t.Errorf("scan after redact: exit code %d, output %q, want nothing", exit, out)
	}
}

// TestReadPDF: the images on the pages of a PDF file are read, each with its page, and
// a page of text is an error of its own.
func TestReadPDF(t *testing.T) {
	path := scannedPage(t)
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	const text = "BT /F1 9 Tf (a page of text) Tj ET"
	file = fmt.Appendf(file, "4 0 obj <</Type/Page /MediaBox[0 0 800 450] /Contents 5 0 R>> endobj\n5 0 obj <</Length %d>> stream\n%s\nendstream endobj\n", len(text), text)
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	exit, out, errors := command("read", "--json", "--quiet", path)
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if exit != exitPartial || len(lines) != 2 {
		t.Fatalf("read: exit code %d, %d lines, want %d and 2: %s%s", exit, len(lines), exitPartial, out, errors)
	}
	for i, want := range [][]string{
		{`"file":"` + path + `!page-1-image-2","page":1,`, `"number":"622700*********0003"`, `"error":null`},
		{`"file":"` + path + `!page-2","page":2,`, `"code":"unsupported"`, `page 2 is no scan`},
	} {
		for _, part := range want {
			if !strings.Contains(lines[i], part) {
				t.Errorf("line %d is %s, want %s in it", i+1, lines[i], part)
			}
		}
	}
	for page, want := range map[string]int{"2": exitUnsupported, "3": exitMalformed} {
		if exit, out, _ := command("read", "--quiet", "--page", page, path); exit != want || !strings.Contains(out, "page "+page) {
			t.Errorf("read --page %s: exit code %d, want %d: %s", page, exit, want, out)
		}
	}
	copies := filepath.Join(t.TempDir(), "copies")
	exit, out, errors = command("read", "--csv", "--page", "1", "--annotate", copies, path)
	if exit != exitOK || !strings.Contains(out, "scan.pdf!page-1-image-2,1,622700*********0003") {
		t.Errorf("read --csv --page 1: exit code %d, %s%s; want the card of page 1", exit, out, errors)
	}
	if _, err := os.Stat(filepath.Join(copies, "scan.pdf-page-1-image-2.png")); err != nil {
		t.Errorf("the annotated copy: %v", err)
	}
}

func TestRedactWritesCopies(t *testing.T) {
	dir, out := folder(t), filepath.Join(t.TempDir(), "out")
	exit, text, errors := command("redact", "--out", out, dir)
	if exit != exitSkipped || !strings.Contains(text, "redacted") || !strings.Contains(errors, "1 image: ") && strings.Contains(errors, "FAILED") {
		t.Errorf("redact: exit code %d, want %d for the other files: %s%s", exit, exitSkipped, text, errors)
	}
	before, err := os.ReadFile(filepath.Join(dir, "card.bin"))
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(filepath.Join(out, "card.bin"))
	if err != nil || bytes.Equal(before, after) {
		t.Errorf("the copy: %v, equal %v, want another file", err, bytes.Equal(before, after))
	}
	if exit, text, _ := command("redact", "--out", out, filepath.Join(dir, "card.bin")); exit == exitOK || !strings.Contains(text, "exists") {
		t.Errorf("redact over a copy: exit code %d: %s, want an error", exit, text)
	}
}

func TestScanMisuse(t *testing.T) {
	short := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(short, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"scan"}, {"scan", "--format", "xml", "."}, {"scan", "--key-file", short, "."}, {"scan", "--jobs", "-1", "."}} {
		if exit, _, errors := command(args...); exit != exitUsage {
			t.Errorf("%v: exit code %d, want %d: %s", args, exit, exitUsage, errors)
		}
	}
}
