package signature

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
	"time"
)

// Bounds of a signature. Those of clients have about 300 bytes. There is no
// minimum validity, because clients use 30 seconds.
const (
	maxHeaderLen = 8 << 10
	// maxValidity is the documented "three months": the longest three calendar
	// months, so that every signature of three calendar months is accepted.
	maxValidity = 92 * 24 * time.Hour
	// maxClockSkew is how far in the future a signature may have been created:
	// clients' clocks differ. Without it a creation time in ten years would make
	// a signature valid for ten years.
	maxClockSkew = 15 * time.Minute
)

// Claims are the fields of a signature, verified or not.
type Claims struct {
	AppID    string // a
	Bucket   string // b; empty when absent
	SecretID string // k
	Expires  time.Time
	Created  time.Time // t; zero when absent
	Random   string    // r
	UserID   string    // u
	FileID   string    // f
	OneOff   bool      // e is exactly 0: single use, for the file FileID

	mac  []byte
	text []byte
}

// ID returns the same ID for signatures with the same HMAC and text.
func (c Claims) ID() ID {
	h := sha256.New()
	h.Write(c.mac)
	h.Write(c.text)
	return ID(h.Sum(nil))
}

// Parse parses the value of an Authorization header without verifying it. It
// returns ErrEmpty or ErrMalformed.
func Parse(header string) (Claims, error) {
	header = strings.TrimSpace(header)
	if header == "" {
		return Claims{}, ErrEmpty
	}
	// The vendor's older storage API put a scheme in front.
	if scheme, rest, ok := strings.Cut(header, " "); ok && strings.EqualFold(scheme, "QCloud") {
		header = strings.TrimSpace(rest)
	}
	// Go's decoder skips line breaks, which a header cannot contain.
	if len(header) > maxHeaderLen || strings.ContainsAny(header, "\r\n") {
		return Claims{}, ErrMalformed
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(header)
	if err != nil || len(raw) <= sha1.Size {
		return Claims{}, ErrMalformed
	}
	return parseText(raw[:sha1.Size], raw[sha1.Size:])
}

// parseText parses the signed text: key=value pairs in any order, separated by &.
// It ignores a piece without =. The first of two pairs with the same key counts.
func parseText(mac, text []byte) (Claims, error) {
	c := Claims{mac: mac, text: text}
	fields := map[string]string{}
	for piece := range bytes.SplitSeq(text, []byte("&")) {
		name, value, ok := bytes.Cut(piece, []byte("="))
		if !ok || len(name) != 1 {
			continue
		}
		if _, seen := fields[string(name)]; !seen {
			fields[string(name)] = string(value)
		}
	}
	c.AppID, c.Bucket, c.SecretID = fields["a"], fields["b"], fields["k"]
	c.Random, c.UserID, c.FileID = fields["r"], fields["u"], fields["f"]
	if c.AppID == "" || c.SecretID == "" {
		return Claims{}, ErrMalformed
	}
	var ok bool
	if c.Expires, ok = parseTime(fields["e"]); !ok {
		return Claims{}, ErrMalformed
	}
	if created, given := fields["t"]; given {
		if c.Created, ok = parseTime(created); !ok {
			return Claims{}, ErrMalformed
		}
	}
	c.OneOff = fields["e"] == "0"
	return c, nil
}

// bounds checks the validity of a signature. If it has no time of creation, now
// is used.
func (c Claims) bounds(now time.Time) error {
	if c.Created.After(now.Add(maxClockSkew)) {
		return ErrMalformed
	}
	if c.OneOff {
		return nil
	}
	made := c.Created
	if made.IsZero() {
		made = now
	} else if !c.Expires.After(made) {
		return ErrMalformed
	}
	if c.Expires.Sub(made) > maxValidity {
		return ErrMalformed
	}
	return nil
}

// parseTime parses Unix seconds. Some clients send a fraction (Python's
// time.time); digits beyond nanoseconds are cut off.
func parseTime(s string) (time.Time, bool) {
	whole, fraction, hasFraction := strings.Cut(s, ".")
	if len(whole) > 11 || !decimal(whole) || hasFraction && !decimal(fraction) {
		return time.Time{}, false
	}
	seconds, _ := strconv.ParseInt(whole, 10, 64)
	nanos := int64(0)
	if hasFraction {
		nanos, _ = strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	}
	return time.Unix(seconds, nanos), true
}

func decimal(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
