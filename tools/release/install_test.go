//go:build linux

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
)

// These tests start what a release contains, in root directories of their own.
// They need root.

func needRoot(t *testing.T) {
	t.Helper()
	if os.Getuid() == 0 {
		return
	}
	if os.Getenv("CI") != "" {
		t.Fatal("this test needs root")
	}
	t.Skip("this test needs root")
}

// here builds a release of this commit for this machine's processor.
func here(t *testing.T) *release {
	t.Helper()
	r := &release{source: checkout(t), out: t.TempDir(), targets: []target{{"linux", runtime.GOARCH}}}
	if err := r.identify(context.Background(), true); err != nil {
		t.Fatal(err)
	}
	return r
}

func built(t *testing.T, r *release) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "kahao")
	if err := r.compile(context.Background(), r.targets[0], binary); err != nil {
		t.Fatal(err)
	}
	return binary
}

// TestImage starts the image's file system as a container engine would: its
// entry point, environment and user, in its own root directory.
func TestImage(t *testing.T) {
	needRoot(t)
	r := here(t)
	if err := r.image(map[target]string{r.targets[0]: built(t, r)}); err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(r.out, r.name("image.tar"))
	if info, err := os.Stat(archive); err != nil || info.Size() > 30<<20 {
		t.Errorf("the image has %d bytes (%v), want at most 30 MiB compressed", info.Size(), err)
	}
	dir := t.TempDir()
	untar(t, dir, read(t, archive))
	config, root := unpack(t, dir)
	if config.Config.User != "65532:65532" {
		t.Errorf("the image's user is %q, want 65532:65532", config.Config.User)
	}
	port := freePort(t)
	cmd := exec.Command(config.Config.Entrypoint[0], config.Config.Cmd...)
	cmd.Env = append(config.Config.Env, "KAHAO_LISTEN=127.0.0.1:"+port)
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: imageUser, Gid: imageUser}}
	cmd.Dir = "/"
	output := start(t, cmd)
	health := func() error {
		h := exec.Command("/kahao", "health")
		h.Env, h.SysProcAttr, h.Dir = cmd.Env, cmd.SysProcAttr, "/"
		out, err := h.CombinedOutput()
		if err != nil {
			return fmt.Errorf("kahao health: %w: %s", err, out)
		}
		return nil
	}
	eventually(t, output, health)
	readCard(t, r.source, port, func(args ...string) []byte {
		c := exec.Command("/kahao", args...)
		c.Env, c.SysProcAttr, c.Dir = cmd.Env, cmd.SysProcAttr, "/"
		out, err := c.Output()
		if err != nil {
			t.Fatalf("kahao %v in the image: %v", args, err)
		}
		return bytes.TrimSpace(out)
	})
}

// unpack extracts the layers of the layout's only image. It returns its
// configuration and its root directory.
func unpack(t *testing.T, dir string) (*v1.ConfigFile, string) {
	t.Helper()
	index, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	for {
		manifest, err := index.IndexManifest()
		if err != nil || len(manifest.Manifests) != 1 {
			t.Fatalf("index with %d manifests (%v), want 1", len(manifest.Manifests), err)
		}
		m := manifest.Manifests[0]
		if m.MediaType.IsIndex() {
			if index, err = index.ImageIndex(m.Digest); err != nil {
				t.Fatal(err)
			}
			continue
		}
		image, err := index.Image(m.Digest)
		if err != nil {
			t.Fatal(err)
		}
		config, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		root := filepath.Join(t.TempDir(), "root")
		if err := os.Mkdir(root, 0o755); err != nil {
			t.Fatal(err)
		}
		reachable(t, root)
		layers, err := image.Layers()
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range layers {
			content, err := l.Uncompressed()
			if err != nil {
				t.Fatal(err)
			}
			text, err := io.ReadAll(content)
			if err != nil {
				t.Fatal(err)
			}
			untar(t, root, text)
		}
		return config, root
	}
}

// reachable lets other users pass through the directories above dir.
func reachable(t *testing.T, dir string) {
	t.Helper()
	for d := dir; strings.HasPrefix(d, os.TempDir()+"/"); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
}

// untar extracts files, directories and owners.
func untar(t *testing.T, dir string, content []byte) {
	t.Helper()
	archive := tar.NewReader(bytes.NewReader(content))
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(dir, h.Name)
		if h.Typeflag == tar.TypeDir {
			err = os.MkdirAll(path, 0o755)
		} else {
			text, failed := io.ReadAll(archive)
			err = errors.Join(failed, os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, text, 0o644))
		}
		if err := errors.Join(err, os.Chown(path, h.Uid, h.Gid), os.Chmod(path, h.FileInfo().Mode())); err != nil {
			t.Fatal(err)
		}
	}
}

// start starts a server and stops it in order at the end of the test.
func start(t *testing.T, cmd *exec.Cmd) *lockedBuffer {
	t.Helper()
	output := &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, cmd, output) })
	return output
}

func stop(t *testing.T, cmd *exec.Cmd, output *lockedBuffer) {
	t.Helper()
	if cmd.ProcessState != nil {
		return
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("the server ended with %v\n%s", err, output)
	}
}

// eventually tries until it works, for a minute.
func eventually(t *testing.T, output *lockedBuffer, try func() error) {
	t.Helper()
	err := try()
	for deadline := time.Now().Add(time.Minute); err != nil && time.Now().Before(deadline); err = try() {
		time.Sleep(100 * time.Millisecond)
	}
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// readCard posts the specimen card to the server and expects its number.
func readCard(t *testing.T, source, port string, kahao func(args ...string) []byte) {
	t.Helper()
	image := read(t, filepath.Join(source, "testdata/card.jpg"))
	body, err := json.Marshal(map[string]any{"appid": string(kahao("sign", "--print", "appid")), "image": image})
	if err != nil {
		t.Fatal(err)
	}
	request, err := http.NewRequest(http.MethodPost, "http://127.0.0.1:"+port+"/ocr/bankcard", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", string(kahao("sign")))
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	var reply struct {
		Code int `json:"code"`
		Data struct {
			Items []struct{ Item, ItemString string } `json:"items"`
		} `json:"data"`
	}
	if err := json.Unmarshal(text, &reply); err != nil || reply.Code != 0 || len(reply.Data.Items) == 0 {
		t.Fatalf("the server answered %d: %s (%v)", response.StatusCode, text, err)
	}
	for _, item := range reply.Data.Items {
		if item.Item == "卡号" && len(item.ItemString) >= 12 {
			return
		}
	}
	t.Errorf("the reply has no card number: %d items", len(reply.Data.Items))
}

func gunzip(t *testing.T, content []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestArchive runs the binary of the archive.
func TestArchive(t *testing.T) {
	r := here(t)
	if err := r.archive(r.targets[0], built(t, r)); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	untar(t, dir, gunzip(t, read(t, filepath.Join(r.out, r.name(r.targets[0].String())+".tar.gz"))))
	program := filepath.Join(dir, r.name(r.targets[0].String()), "kahao")
	out, err := exec.Command(program, "version", "--json").CombinedOutput()
	if err != nil {
		t.Fatalf("kahao version: %v\n%s", err, out)
	}
	var version struct{ Commit string }
	if err := json.Unmarshal(out, &version); err != nil || version.Commit != r.commit {
		t.Errorf("kahao version --json says commit %q (%v), want %s", version.Commit, err, r.commit)
	}
}
