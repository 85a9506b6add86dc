package findings

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"

	"github.com/kahao/kahao/internal/pipeline"
)

// Finding is a place in an image that shows a card number, or may.
type Finding struct {
	File        string `json:"file"`
	Inside      string `json:"inside,omitempty"` // path in an archive or mail
	Kind        string `json:"kind"`
	Sure        bool   `json:"sure"`
	Last4       string `json:"last4,omitempty"`
	Fingerprint string `json:"fingerprint,omitempty"`
	Box         [4]int `json:"box"` // x, y, width and height, in pixels
}

// fingerprintBytes is the length of a fingerprint.
const fingerprintBytes = 16

// Of returns a region of an image as a finding. ok is false for regions that are
// no number themselves. The key is that of the fingerprint, which only accepted
// numbers have.
func Of(file, inside string, r pipeline.Region, key []byte) (f Finding, ok bool) {
	if r.Kind == pipeline.RegionDate || r.Kind == pipeline.RegionReprint {
		return f, false
	}
	b := r.Quad.Bounds()
	f = Finding{
		File: file, Inside: inside, Kind: string(r.Kind), Sure: r.Sure, Last4: r.LastFour(),
		Box: [4]int{int(b.X0), int(b.Y0), int(b.W() + 1), int(b.H() + 1)},
	}
	if r.Sure {
		mac := hmac.New(sha256.New, key)
		_, _ = io.WriteString(mac, r.PAN.Reveal()) // a hash takes every byte
		f.Fingerprint = hex.EncodeToString(mac.Sum(nil)[:fingerprintBytes])
	}
	return f, true
}
