package sandbox

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tetratelabs/wazero"
)

// TestModules: the decoders are the published ones, unmodified.
func TestModules(t *testing.T) {
	for want, module := range map[string][]byte{
		"3634a6447ea3915633667f39e01ff540a60f4e2f837a8391d044d76dfd8a0435": heifModule, // github.com/gen2brain/heic v0.4.5, lib/heif.wasm.gz
		"1ee2423413384d54b3fa4e2882424d60a2a05f5fe7ec573535fdb6b531071a9b": avifModule, // github.com/gen2brain/avif v0.4.4, lib/decode.wasm.gz
	} {
		if sum := sha256.Sum256(module); hex.EncodeToString(sum[:]) != want {
			t.Errorf("a decoder's SHA-256 is %x, want %s", sum, want)
		}
	}
}

// TestRefused: what is no image is an error of the decoder.
func TestRefused(t *testing.T) {
	for name, decode := range map[string]func(context.Context, time.Duration, []byte, image.Point) (image.Image, error){"HEIF": HEIF, "AVIF": AVIF} {
		if m, err := decode(t.Context(), time.Minute, []byte("no image at all"), image.Pt(8, 8)); !errors.Is(err, ErrDecode) {
			t.Errorf("%s of no image = %v, %v; want ErrDecode", name, m, err)
		}
	}
}

// TestMemory: a decoder cannot grow beyond its bound, and says so.
func TestMemory(t *testing.T) {
	err := heif.run(t.Context(), time.Minute, []byte{0}, func(i *instance, _ uint64) error {
		_, err := i.allocate(MaxMemory)
		return err
	})
	if !errors.Is(err, ErrDecode) {
		t.Errorf("allocate(%d) = %v, want ErrDecode", MaxMemory, err)
	}
}

// TestInterpreter: the decoders also run where no memory may be made executable.
func TestInterpreter(t *testing.T) {
	d := &decoder{}
	d.once.Do(func() { d.err = d.load(wazero.NewRuntimeConfigInterpreter(), unzip(t, heifModule)) })
	if d.err != nil {
		t.Fatalf("load: %v", d.err)
	}
	err := d.run(t.Context(), time.Minute, []byte("abc"), func(i *instance, at uint64) error {
		b, err := i.read(at, 3)
		if err == nil && string(b) != "abc" {
			t.Errorf("the decoder's memory has %q, want abc", b)
		}
		return err
	})
	if err != nil {
		t.Errorf("run: %v", err)
	}
}

func unzip(t *testing.T, coded []byte) []byte {
	t.Helper()
	b, err := (&decoder{coded: coded}).binary()
	if err != nil {
		t.Fatalf("binary: %v", err)
	}
	return b
}

// TestUnending: a decoder that takes longer than its time is stopped.
func TestUnending(t *testing.T) {
	err := heif.run(t.Context(), time.Nanosecond, []byte{0}, func(i *instance, _ uint64) error {
		_, err := i.allocate(1)
		return err
	})
	if !errors.Is(err, ErrUnending) {
		t.Errorf("run within a nanosecond = %v, want ErrUnending", err)
	}
}

// TestInterpreterStops: a decoder that is interpreted is stopped in its midst.
func TestInterpreterStops(t *testing.T) {
	d := &decoder{}
	d.once.Do(func() { d.err = d.load(wazero.NewRuntimeConfigInterpreter(), unzip(t, heifModule)) })
	file, err := os.ReadFile(filepath.Join("..", "testdata", "heif", "quarters.heic"))
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	compiled := heif
	heif = d
	t.Cleanup(func() { heif = compiled })
	size := image.Pt(64, 48) // takes some 0.4 s of CPU
	if _, err := HEIF(t.Context(), time.Minute, file, size); err != nil {
		t.Errorf("HEIF within a minute: %v", err)
	}
	if _, err := HEIF(t.Context(), 50*time.Millisecond, file, size); !errors.Is(err, ErrUnending) {
		t.Errorf("HEIF within 50 ms = %v, want ErrUnending", err)
	}
}
