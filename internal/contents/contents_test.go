package contents

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// picture is a file that is taken for an image by its first bytes.
func picture(text string) []byte { return []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR" + text) }

func zipped(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range files {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t testing.TB, name string, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(content)), Mode: 0o600, Format: tar.FormatUSTAR}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func message(attachment []byte) []byte {
	text := base64.StdEncoding.EncodeToString(attachment)
	return []byte("Received: by mx\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
		"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n" +
		"--b\r\nContent-Type: multipart/related; boundary=c\r\n\r\n--c\r\nContent-Type: image/png; name=\"card.png\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
		text[:len(text)/2] + "\r\n " + text[len(text)/2:] + "\r\n--c--\r\n--b--\r\n")
}

// walk returns the places of images and of problems.
func walk(t testing.TB, files map[string][]byte) (images, problems []string) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, content, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	place := func(path, inside string) string {
		rest, err := filepath.Rel(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		return filepath.ToSlash(rest) + inside
	}
	err := Walk(context.Background(), []string{dir}, Visitor{
		Image: func(i Item) error {
			images = append(images, place(i.Path, i.Inside)+"="+string(i.Data[16:]))
			return nil
		},
		Done:    func(string, fs.FileInfo) error { return nil },
		Problem: func(p Problem) { problems = append(problems, place(p.Path, p.Inside)) },
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(images)
	slices.Sort(problems)
	return images, problems
}

func TestWalk(t *testing.T) {
	images, problems := walk(t, map[string][]byte{
		"a.txt":              picture("1"), // by content, not by name
		"text.png":           []byte("no image"),
		".hidden/b":          picture("2"),
		"office.docx":        zipped(t, map[string][]byte{"word/media/c.png": picture("3"), "word/document.xml": []byte("<xml/>")}),
		"backup.tgz":         gzipped(t, tarred(t, "d.png", picture("4"))),
		"nested.zip":         zipped(t, map[string][]byte{"in.zip": zipped(t, map[string][]byte{"e.png": picture("5")})}),
		"mail.eml":           message(picture("6")),
		"unnamed-mail":       message(zipped(t, map[string][]byte{"f.png": picture("7")})),
		"box":                append(append([]byte("From a@b Mon Nov 30\n"), message(picture("8"))...), append([]byte("\nFrom c@d Mon Nov 30\n"), message(picture("9"))...)...),
		"scan.pdf":           []byte("%PDF-1.7\n"),
		"broken.zip":         []byte("PK\x03\x04 and no more"),
		"names.zip":          zipped(t, map[string][]byte{"../\x1b[31m!x.png": picture("0")}),
		"sub/deep/dir/g.png": picture("g"),
	})
	want := []string{
		".hidden/b=2", "a.txt=1", "backup.tgz!content!d.png=4", "box!message-1.eml!card.png=8", "box!message-2.eml!card.png=9",
		"mail.eml!card.png=6", "names.zip!../_[31m_x.png=0", "nested.zip!in.zip!e.png=5", "office.docx!word/media/c.png=3",
		"sub/deep/dir/g.png=g", "unnamed-mail!card.png!f.png=7",
	}
	if !slices.Equal(images, want) {
		t.Errorf("images %q, want %q", images, want)
	}
	if want := []string{"broken.zip", "scan.pdf"}; !slices.Equal(problems, want) {
		t.Errorf("problems %q, want %q", problems, want)
	}
}

func TestEncrypted(t *testing.T) {
	archive := zipped(t, map[string][]byte{"a.png": picture("1")})
	archive[6] |= 1 // the flag in the local header, and in the directory
	at := bytes.Index(archive, []byte("PK\x01\x02"))
	archive[at+8] |= 1
	images, problems := walk(t, map[string][]byte{"a.zip": archive})
	if len(images) != 0 || !slices.Equal(problems, []string{"a.zip!a.png"}) {
		t.Errorf("images %q, problems %q, want one problem", images, problems)
	}
}

func TestDepth(t *testing.T) {
	content := picture("1")
	for range maxDepth + 1 {
		content = zipped(t, map[string][]byte{"z": content})
	}
	images, problems := walk(t, map[string][]byte{"a.zip": content})
	if len(images) != 0 || len(problems) != 1 {
		t.Errorf("images %q, problems %q, want one problem", images, problems)
	}
}

// TestBomb: what unpacks to more than the limit is given up, and said.
func TestBomb(t *testing.T) {
	content := gzipped(t, make([]byte, 64<<20))
	w := walker{ctx: context.Background(), path: "bomb", bytes: 1 << 20, entries: maxEntries}
	w.visitor = Visitor{Problem: func(Problem) {}}
	err := w.look("", bytes.NewReader(tarred(t, "x.tar.gz", content)), nil, 0)
	if err != nil && !errors.Is(err, ErrLimit) {
		t.Errorf("error %v, want nil or ErrLimit", err)
	}
	if w.bytes < -(1 << 20) {
		t.Errorf("%d bytes more than the limit were unpacked", -w.bytes)
	}
}

func TestVisitorEnds(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.zip"), zipped(t, map[string][]byte{"a": picture("1"), "b": picture("2")}), 0o600); err != nil {
		t.Fatal(err)
	}
	stop, calls := errors.New("enough"), 0
	err := Walk(context.Background(), []string{dir}, Visitor{
		Image:   func(Item) error { calls++; return stop },
		Done:    func(string, fs.FileInfo) error { return errors.New("a file that was not walked is done") },
		Problem: func(p Problem) { t.Errorf("problem %v", p) },
	})
	if !errors.Is(err, stop) || calls != 1 {
		t.Errorf("error %v after %d images, want %v after one", err, calls, stop)
	}
}

// FuzzContents: no container makes the walk fail, panic or print control
// characters.
func FuzzContents(f *testing.F) {
	f.Add(zipped(f, map[string][]byte{"a.png": picture("1"), "b.zip": zipped(f, map[string][]byte{"c": picture("2")})}))
	f.Add(gzipped(f, tarred(f, "d.png", picture("3"))))
	f.Add(message(picture("4")))
	f.Add(append([]byte("From a\n"), message(picture("5"))...))
	f.Fuzz(func(t *testing.T, content []byte) {
		w := walker{ctx: context.Background(), path: "x", bytes: 1 << 20, entries: 1000}
		w.visitor = Visitor{
			Image: func(i Item) error {
				if strings.ContainsFunc(i.Inside, func(r rune) bool { return r < ' ' || r == 0x7f }) {
					t.Errorf("control characters in %q", i.Inside)
				}
				return nil
			},
			Problem: func(Problem) {},
		}
		var stop errVisitor
		err := w.look("", bytes.NewReader(content), nil, 0)
		if errors.As(err, &stop) {
			t.Errorf("the walk ended with %v", err)
		}
	})
}

// TestPages: each page of a TIFF is an image.
func TestPages(t *testing.T) {
	file := []byte("II*\x00\x08\x00\x00\x00" + // the first directory is at 8
		"\x01\x00\x00\x01\x04\x00\x01\x00\x00\x00\x05\x00\x00\x00\x1a\x00\x00\x00" + // a width of 5; the next is at 26
		"\x01\x00\x00\x01\x04\x00\x01\x00\x00\x00\x06\x00\x00\x00\x00\x00\x00\x00") // a width of 6
	path := filepath.Join(t.TempDir(), "two.tif")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	var got []string
	err := Walk(t.Context(), []string{path}, Visitor{
		Image: func(i Item) error {
			got = append(got, fmt.Sprintf("%s at %d", i.Inside, i.Data[4]))
			return nil
		},
		Done:    func(string, fs.FileInfo) error { return nil },
		Problem: func(p Problem) { t.Errorf("problem: %+v", p) },
	})
	if want := []string{"!page-1 at 8", "!page-2 at 26"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("Walk = %v, %v; want %v", got, err, want)
	}
}
