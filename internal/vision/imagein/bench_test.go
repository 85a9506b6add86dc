package imagein

import (
	"bytes"
	"context"
	"image/png"
	"testing"

	"github.com/gen2brain/jpegn"
)

func benchmarkDecode(b *testing.B, data []byte, opt Options) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(context.Background(), data, opt); err != nil {
			b.Fatalf("Decode: %v", err)
		}
	}
}

// BenchmarkDecodeJPEG times phone photographs at the working side of the reader.
func BenchmarkDecodeJPEG(b *testing.B) {
	big := drawn(4000, 3000, 1)
	photo := jpegOf(b, big, 90)
	var progressive bytes.Buffer
	if err := jpegn.Encode(&progressive, big, &jpegn.EncodeOptions{Quality: 90, Progressive: true}); err != nil {
		b.Fatalf("jpegn.Encode: %v", err)
	}
	small := jpegOf(b, drawn(800, 600, 1), 85)
	b.Run("12MP-to-1000", func(b *testing.B) { benchmarkDecode(b, photo, Options{WorkingSide: 1000}) })
	b.Run("12MP-to-2000", func(b *testing.B) { benchmarkDecode(b, photo, Options{WorkingSide: 1200}) })
	b.Run("12MP-turned-to-1000", func(b *testing.B) { benchmarkDecode(b, withExif(photo, 6, false), Options{WorkingSide: 1000}) })
	b.Run("12MP-full", func(b *testing.B) { benchmarkDecode(b, photo, Options{}) })
	b.Run("12MP-progressive-to-1000", func(b *testing.B) { benchmarkDecode(b, progressive.Bytes(), Options{WorkingSide: 1000}) })
	b.Run("800x600", func(b *testing.B) { benchmarkDecode(b, small, Options{}) })
	b.Run("inspect-12MP", func(b *testing.B) {
		for b.Loop() {
			if _, err := Inspect(photo, Options{}); err != nil {
				b.Fatalf("Inspect: %v", err)
			}
		}
	})
}

// BenchmarkDecodePNG times a 3-megapixel screenshot.
func BenchmarkDecodePNG(b *testing.B) {
	var file bytes.Buffer
	if err := png.Encode(&file, drawn(2000, 1500, 1)); err != nil {
		b.Fatalf("png.Encode: %v", err)
	}
	benchmarkDecode(b, file.Bytes(), Options{WorkingSide: 1000})
}
