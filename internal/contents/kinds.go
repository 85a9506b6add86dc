package contents

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"path/filepath"
	"strings"

	"github.com/kahao/kahao/internal/contents/pdf"
)

// opener looks into a container.
type opener func(w *walker, inside string, in *bufio.Reader, at *io.SectionReader, depth int) error

// kindOf returns what opens a file with these first bytes, or nil if there can
// be no image in it that is looked for.
func kindOf(head []byte, name string) opener {
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return (*walker).zip
	case bytes.HasPrefix(head, []byte("\x1f\x8b")):
		return (*walker).gzip
	case len(head) > 262 && string(head[257:262]) == "ustar":
		return (*walker).tar
	case bytes.HasPrefix(head, []byte("From ")):
		return (*walker).mailbox
	case isMail(head, name):
		return (*walker).mail
	case bytes.HasPrefix(head, []byte("%PDF-")):
		return (*walker).pdf
	case bytes.HasPrefix(head, []byte("Rar!")), bytes.HasPrefix(head, []byte("7z\xbc\xaf\x27\x1c")), bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0")):
		return func(*walker, string, *bufio.Reader, *io.SectionReader, int) error { return ErrNotOpened }
	}
	return nil
}

// isMail reports whether a file is a message: by its name, or by the header
// fields that mail servers put first.
func isMail(head []byte, name string) bool {
	if strings.EqualFold(filepath.Ext(name), ".eml") {
		return true
	}
	for _, field := range []string{"Received:", "Return-Path:", "Delivered-To:", "MIME-Version:", "Message-ID:"} {
		if len(head) >= len(field) && strings.EqualFold(string(head[:len(field)]), field) {
			return true
		}
	}
	return false
}

func (w *walker) zip(inside string, in *bufio.Reader, at *io.SectionReader, depth int) error {
	at, err := buffered(in, at)
	if err != nil {
		return err
	}
	archive, err := zip.NewReader(at, at.Size())
	if err != nil {
		return err
	}
	for _, f := range archive.File {
		if f.FileInfo().IsDir() {
			continue
		}
		const encrypted = 1 // bit of the flags
		if f.Flags&encrypted != 0 {
			w.problem(inside+"!"+clean(f.Name), ErrEncrypted)
			continue
		}
		stream, err := f.Open()
		if err != nil {
			w.problem(inside+"!"+clean(f.Name), err)
			continue
		}
		if err := errors.Join(w.entry(inside, f.Name, stream, depth), stream.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) tar(inside string, in *bufio.Reader, _ *io.SectionReader, depth int) error {
	archive := tar.NewReader(in)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		if err := w.entry(inside, h.Name, archive, depth); err != nil {
			return err
		}
	}
}

func (w *walker) gzip(inside string, in *bufio.Reader, _ *io.SectionReader, depth int) error {
	stream, err := gzip.NewReader(in)
	if err != nil {
		return err
	}
	name := stream.Name
	if name == "" {
		name = "content"
	}
	return errors.Join(w.entry(inside, name, stream, depth), stream.Close())
}

// pdf looks at the images in a PDF file: a scanned page is one.
func (w *walker) pdf(inside string, in *bufio.Reader, at *io.SectionReader, depth int) error {
	at, err := buffered(in, at)
	if err != nil {
		return err
	}
	if at.Size() > maxBuffered {
		return fmt.Errorf("%w: a PDF file of more than %d bytes", ErrLimit, maxBuffered)
	}
	data := make([]byte, at.Size())
	if _, err := at.ReadAt(data, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	err = pdf.Images(w.ctx, data, func(i pdf.Image) error {
		if i.Err != nil {
			w.problem(inside+"!"+i.Name, i.Err)
			return nil
		}
		return w.entry(inside, i.Name, bytes.NewReader(i.File), depth)
	})
	if errors.Is(err, pdf.ErrEncrypted) {
		return ErrEncrypted
	}
	return err
}

// mailbox splits an mbox file (RFC 4155) into its messages.
func (w *walker) mailbox(inside string, in *bufio.Reader, _ *io.SectionReader, depth int) error {
	var message bytes.Buffer
	number, blank := 0, true
	flush := func() error {
		if message.Len() == 0 {
			return nil
		}
		number++
		err := w.entry(inside, fmt.Sprintf("message-%d.eml", number), bytes.NewReader(bytes.Clone(message.Bytes())), depth)
		message.Reset()
		return err
	}
	for {
		line, err := in.ReadSlice('\n')
		if blank && bytes.HasPrefix(line, []byte("From ")) {
			if err := flush(); err != nil {
				return err
			}
		} else if message.Len() < maxBuffered {
			message.Write(line)
		}
		if len(line) > 0 { // a part of a long line is not blank
			blank = len(bytes.TrimRight(line, "\r\n")) == 0
		}
		switch {
		case errors.Is(err, io.EOF):
			return flush()
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return err
		}
	}
}

func (w *walker) mail(inside string, in *bufio.Reader, _ *io.SectionReader, depth int) error {
	message, err := mail.ReadMessage(in)
	if err != nil {
		return err
	}
	return w.part(inside, textproto.MIMEHeader(message.Header), message.Body, depth)
}

// part looks at a part of a message, and at the parts in it.
func (w *walker) part(inside string, h textproto.MIMEHeader, body io.Reader, depth int) error {
	kind, parameters, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind = "text/plain" // RFC 2045, 5.2
	}
	switch strings.ToLower(strings.TrimSpace(h.Get("Content-Transfer-Encoding"))) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, &onlyBase64{body})
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		return w.entry(inside, partName(h, parameters), body, depth)
	}
	if depth == maxDepth {
		return fmt.Errorf("%w: %d parts within each other", ErrLimit, maxDepth)
	}
	parts := multipart.NewReader(body, parameters["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := w.part(inside, p.Header, p, depth+1); err != nil {
			return err
		}
	}
}

// partName returns the file name of a part, or its type.
func partName(h textproto.MIMEHeader, parameters map[string]string) string {
	_, disposition, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	name := disposition["filename"]
	if name == "" {
		name = parameters["name"]
	}
	if decoded, err := new(mime.WordDecoder).DecodeHeader(name); err == nil {
		name = decoded
	}
	if name == "" {
		return "part"
	}
	return name
}

// onlyBase64 leaves out what is not base64, as RFC 2045, 6.8 asks for.
type onlyBase64 struct{ in io.Reader }

// Read implements io.Reader.
func (o *onlyBase64) Read(p []byte) (int, error) {
	for {
		n, err := o.in.Read(p)
		kept := 0
		for _, c := range p[:n] {
			if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' || c == '=' {
				p[kept] = c
				kept++
			}
		}
		if kept > 0 || err != nil || n == 0 {
			return kept, err
		}
	}
}
