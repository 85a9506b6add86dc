package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// The user of the image. Its number is what other images without a shell use,
// too, so that a volume's owner need not change.
const imageUser = 65532

// image writes the OCI image of all Linux binaries, as an archive of an OCI
// layout. There is nothing in it but the binary, the certificates of public
// authorities, a user and a data directory.
func (r *release) image(binaries map[target]string) error {
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	count := 0
	for _, t := range r.targets {
		if t.os != "linux" {
			continue
		}
		m, err := r.platformImage(t, binaries[t])
		if err != nil {
			return fmt.Errorf("image of %s: %w", t, err)
		}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{
			Add: m, Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: t.os, Architecture: t.arch}},
		})
		count++
	}
	if count == 0 {
		return nil
	}
	dir, err := os.MkdirTemp("", "kahao-image-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// The outer index names the version, as tools that load the archive expect.
	outer := mutate.AppendManifests(mutate.IndexMediaType(empty.Index, types.OCIImageIndex), mutate.IndexAddendum{
		Add: index, Descriptor: v1.Descriptor{Annotations: map[string]string{
			"org.opencontainers.image.ref.name": r.version,
			"io.containerd.image.name":          "kahao:" + r.version,
		}},
	})
	if _, err := layout.Write(dir, outer); err != nil {
		return err
	}
	f, err := os.Create(r.create(r.name("image.tar")))
	if err != nil {
		return err
	}
	return errors.Join(r.writeTree(f, dir), f.Close())
}

func (r *release) platformImage(t target, binary string) (v1.Image, error) {
	content, err := r.rootFileSystem(binary)
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(content)), nil },
		tarball.WithMediaType(types.OCILayer), tarball.WithCompressionLevel(gzip.BestCompression))
	if err != nil {
		return nil, err
	}
	m := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	if m, err = mutate.Append(m, mutate.Addendum{Layer: layer, History: v1.History{Created: v1.Time{Time: r.time}, CreatedBy: "kahao release"}}); err != nil {
		return nil, err
	}
	config, err := m.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture, config.Created = t.os, t.arch, v1.Time{Time: r.time}
	config.Config = v1.Config{
		User:         fmt.Sprintf("%d:%d", imageUser, imageUser),
		Entrypoint:   []string{"/kahao"},
		Cmd:          []string{"serve"},
		Env:          []string{"KAHAO_LISTEN=0.0.0.0:8080", "KAHAO_INSECURE=true", "KAHAO_DATA=/data", "SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"},
		ExposedPorts: map[string]struct{}{"8080/tcp": {}},
		Volumes:      map[string]struct{}{"/data": {}},
		WorkingDir:   "/",
		Labels: map[string]string{
			"org.opencontainers.image.title":    "kahao",
			"org.opencontainers.image.version":  r.version,
			"org.opencontainers.image.revision": r.commit,
			"org.opencontainers.image.licenses": "Apache-2.0",
		},
	}
	return mutate.ConfigFile(m, config)
}

// rootFileSystem returns the image's only layer as a tar file.
func (r *release) rootFileSystem(binary string) ([]byte, error) {
	program, err := os.ReadFile(binary)
	if err != nil {
		return nil, err
	}
	var roots bytes.Buffer
	for root := range bundle.Roots() {
		if err := pem.Encode(&roots, &pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}); err != nil {
			return nil, err
		}
	}
	user := fmt.Sprintf("kahao:x:%d:%d::/data:/kahao\n", imageUser, imageUser)
	group := fmt.Sprintf("kahao:x:%d:\n", imageUser)
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	add := func(name string, mode int64, owner int, content []byte) {
		h := &tar.Header{Name: name, Mode: mode, Uid: owner, Gid: owner, Size: int64(len(content)), ModTime: r.time, Format: tar.FormatUSTAR}
		if name[len(name)-1] == '/' {
			h.Typeflag = tar.TypeDir
		}
		err = errors.Join(err, w.WriteHeader(h))
		_, failed := w.Write(content)
		err = errors.Join(err, failed)
	}
	add("data/", 0o700, imageUser, nil)
	add("etc/", 0o755, 0, nil)
	add("etc/group", 0o644, 0, []byte(group))
	add("etc/passwd", 0o644, 0, []byte(user))
	add("etc/ssl/", 0o755, 0, nil)
	add("etc/ssl/certs/", 0o755, 0, nil)
	add("etc/ssl/certs/ca-certificates.crt", 0o644, 0, roots.Bytes())
	add("kahao", 0o755, 0, program)
	add("tmp/", 0o1777, 0, nil)
	return out.Bytes(), errors.Join(err, w.Close())
}

// writeTree writes a directory as a tar file, in the order of its names.
func (r *release) writeTree(out io.Writer, dir string) error {
	w := tar.NewWriter(out)
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		content, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		h := &tar.Header{Name: name, Mode: 0o644, Size: int64(len(content)), ModTime: r.time, Format: tar.FormatUSTAR}
		if err := w.WriteHeader(h); err != nil {
			return err
		}
		_, err = w.Write(content)
		return err
	})
	return errors.Join(err, w.Close())
}
