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

// Bounds of a signature. A client's is some 300 bytes long; no shortest
// validity is set, for clients use 30 seconds.
const (
	longestHeader = 8 << 10
	// longestValid stands for "three months": the longest three calendar
	// months, so that nothing is refused that a calendar would accept.
	longestValid = 92 * 24 * time.Hour
	// maxClockSkew is how far in the future a signature may have been created:
	// clients' clocks differ. Without it a creation time in ten years would make
	// a signature valid for ten years.
	maxClockSkew = 15 * time.Minute
)

// Claims is what a signature says, whether or not it is true.
type Claims struct {
	AppID    string // a
	Bucket   string // b; empty when absent
	SecretID string // k
	Expires  time.Time
	Created  time.Time // t; zero when absent
	Random   string    // r
	UserID   string    // u
	FileID   string    // f
	OneOff   bool      // e is exactly 0: one use, for the file FileID

	mac  []byte
	text []byte
}

// ID names the signature: equal for equal HMAC and text.
func (c Claims) ID() ID {
	h := sha256.New()
	h.Write(c.mac)
	h.Write(c.text)
	return ID(h.Sum(nil))
}

// Parse reads the value of an Authorization header without checking whether
// it is true. It returns ErrEmpty or ErrMalformed.
func Parse(header string) (Claims, error) {
	header = strings.TrimSpace(header)
	if header == "" {
		return Claims{}, ErrEmpty
	}
	// The vendor's older storage interface put a scheme word in front.
	if scheme, rest, ok := strings.Cut(header, " "); ok && strings.EqualFold(scheme, "QCloud") {
		header = strings.TrimSpace(rest)
	}
	// Go's decoder skips line breaks, which a header cannot have anyway.
	if len(header) > longestHeader || strings.ContainsAny(header, "\r\n") {
		return Claims{}, ErrMalformed
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(header)
	if err != nil || len(raw) <= sha1.Size {
		return Claims{}, ErrMalformed
	}
	return parseText(raw[:sha1.Size], raw[sha1.Size:])
}

// parseText reads the signed text as a set of key=value in any order (section
// 5.2). A value may hold anything but &; a piece without = is no pair and
// says nothing; of two pairs with one key the first counts.
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

// bounds checks the times of a signature. now stands in for a missing creation
// time.
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
	if c.Expires.Sub(made) > longestValid {
		return ErrMalformed
	}
	return nil
}

// parseTime reads Unix seconds, with a fraction where a client sends one
// (Python's time.time). Digits beyond nanoseconds are cut off.
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
