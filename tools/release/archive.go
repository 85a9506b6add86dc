package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
)

// documents accompany the binary in every archive and package.
var documents = []string{"LICENSE", "README.md", "README.zh-CN.md", "CHANGELOG.md", "SECURITY.md"}

// archive writes the archive of a target: zip for Windows, else tar.gz.
func (r *release) archive(t target, binary string) error {
	entries := []entry{{t.binary(), binary, 0o755}}
	for _, d := range documents {
		entries = append(entries, entry{d, filepath.Join(r.source, d), 0o644})
	}
	dir, suffix, write := r.name(t.String()), ".tar.gz", r.writeTar
	if t.os == "windows" {
		suffix, write = ".zip", r.writeZip
	}
	f, err := os.Create(r.create(dir + suffix))
	if err != nil {
		return err
	}
	return errors.Join(write(f, dir, entries), f.Close())
}

// entry is a file for an archive.
type entry struct {
	name, path string
	mode       os.FileMode
}

func (r *release) writeTar(w io.Writer, dir string, entries []entry) error {
	compressed, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(compressed)
	for _, e := range entries {
		content, err := os.ReadFile(e.path)
		if err != nil {
			return err
		}
		h := &tar.Header{Name: dir + "/" + e.name, Mode: int64(e.mode), Size: int64(len(content)), ModTime: r.time, Format: tar.FormatUSTAR}
		if err := archive.WriteHeader(h); err != nil {
			return err
		}
		if _, err := archive.Write(content); err != nil {
			return err
		}
	}
	return errors.Join(archive.Close(), compressed.Close())
}

func (r *release) writeZip(w io.Writer, dir string, entries []entry) error {
	archive := zip.NewWriter(w)
	for _, e := range entries {
		content, err := os.ReadFile(e.path)
		if err != nil {
			return err
		}
		h := &zip.FileHeader{Name: dir + "/" + e.name, Method: zip.Deflate, Modified: r.time}
		h.SetMode(e.mode)
		f, err := archive.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := f.Write(content); err != nil {
			return err
		}
	}
	return archive.Close()
}
