package imagein

import (
	"bytes"
	"image/png"
	"math"
	"testing"
)

// The numbers of Display P3 convert as its profile does, in PNG, HEIC and AVIF.
func TestColourCode(t *testing.T) {
	var plainPNG bytes.Buffer
	if err := png.Encode(&plainPNG, p3Quarters()); err != nil {
		t.Fatalf("png.Encode: %v", err)
	}
	withChunk := func(code ...byte) []byte {
		return join(plainPNG.Bytes()[:33], chunk("cICP", code), plainPNG.Bytes()[33:])
	}
	heif := func(name string) (plain, p3 []byte) {
		plain = heifFileOf(t, name)
		p3 = bytes.Replace(plain, []byte("nclx\x00\x01"), []byte("nclx\x00\x0c"), 1)
		if bytes.Equal(plain, p3) {
			t.Fatalf("%s has no nclx box of sRGB's primaries", name)
		}
		return plain, p3
	}
	heic, heicP3 := heif("quarters.heic")
	avif, avifP3 := heif("quarters.avif")
	byProfile := newConversion(profileOf(displayP3, srgbCurve))
	for name, files := range map[string][2][]byte{
		"PNG": {plainPNG.Bytes(), withChunk(12, 13, 0, 1)}, "HEIC": {heic, heicP3}, "AVIF": {avif, avifP3},
	} {
		want, got := mustDecode(t, files[0], Options{}).RGB, mustDecode(t, files[1], Options{}).RGB
		if bytes.Equal(got.Pix, want.Pix) {
			t.Errorf("%s: the colours are not converted", name)
		}
		if err := byProfile.apply(t.Context(), want); err != nil {
			t.Fatalf("apply: %v", err)
		}
		worst := 0
		for i, v := range got.Pix {
			worst = max(worst, int(v)-int(want.Pix[i]), int(want.Pix[i])-int(v))
		}
		if worst > 3 { // half a step of light is up to three where sRGB is steep
			t.Errorf("%s: the colours differ by %d from those by the profile, want 3 at most", name, worst)
		}
		with, _ := Inspect(files[1], Options{})
		if without, _ := Inspect(files[0], Options{}); with.DecodeTime <= without.DecodeTime {
			t.Errorf("%s: DecodeTime %v with wide colours, %v without; want more with them", name, with.DecodeTime, without.DecodeTime)
		}
	}
	for name, file := range map[string][]byte{
		"sRGB":                {1, 13, 0, 1},
		"unknown primaries":   {2, 13, 0, 1},
		"high dynamic range":  {9, 16, 0, 1},
		"narrow range":        {12, 13, 0, 0},
		"not RGB":             {12, 13, 1, 1},
		"a byte less":         {12, 13, 0},
		"no such primaries":   {200, 13, 0, 1},
		"no transfer for P3":  {12, 2, 0, 1},
		"no transfer for all": {12, 200, 0, 1},
	} {
		if info, err := Inspect(withChunk(file...), Options{}); err != nil || info.conversion != nil {
			t.Errorf("%s: conversion %v, %v; want none", name, info.conversion, err)
		}
	}
}

// In PNG the numbers go before the profile, as the standard has it.
func TestColourCodeBeforeProfile(t *testing.T) {
	var plain bytes.Buffer
	if err := png.Encode(&plain, p3Quarters()); err != nil {
		t.Fatalf("png.Encode: %v", err)
	}
	p3 := chunk("iCCP", append([]byte("p3\x00\x00"), deflated(profileOf(displayP3, srgbCurve))...))
	file := join(plain.Bytes()[:33], chunk("cICP", []byte{1, 13, 0, 1}), p3, plain.Bytes()[33:])
	if info, err := Inspect(file, Options{}); err != nil || info.conversion != nil || info.profile == nil {
		t.Errorf("conversion %v, a profile of %d bytes, %v; want no conversion, and the profile kept", info.conversion, len(info.profile), err)
	}
}

// The profile that stands for a code converts as the code does.
func TestColourCodeProfile(t *testing.T) {
	for primaries := range codedPrimaries {
		for transfer := range codedTransfers {
			code := colourCode{primaries, transfer}
			want, got := code.conversion(), newConversion(code.profile())
			if got == nil {
				t.Errorf("%+v: the profile is not read", code)
				continue
			}
			if !got.matrix.near(want.matrix, 1e-3) {
				t.Errorf("%+v: the matrix of the profile is %v, want %v", code, got.matrix, want.matrix)
			}
			for v := 0.0; v <= 1; v += 0.01 {
				if a, b := got.curves[1](v), want.curves[1](v); math.Abs(a-b) > 1e-3 {
					t.Errorf("%+v: the curve of the profile is %.4f at %.2f, want %.4f", code, a, v, b)
				}
			}
		}
	}
	for _, code := range []colourCode{{}, {1, 13}, {9, 16}, {12, 2}} {
		if p := code.profile(); p != nil {
			t.Errorf("%+v: a profile of %d bytes, want none", code, len(p))
		}
	}
}

// The transfer functions meet at both ends and join without a step.
func TestCodedTransfers(t *testing.T) {
	for number, f := range codedTransfers {
		if math.Abs(f(0)) > 1e-9 || math.Abs(f(1)-1) > 1e-9 {
			t.Errorf("function %d is %g at 0 and %g at 1, want 0 and 1", number, f(0), f(1))
		}
		for v := 0.0; v < 1; v += 0.001 {
			if d := f(v+0.001) - f(v); d < 0 || d > 0.003 {
				t.Errorf("function %d steps by %g at %.3f, want a small step upwards", number, d, v)
			}
		}
	}
}
