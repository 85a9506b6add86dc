package signature

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"strconv"
	"strings"
)

// Params are the fields of a signature to create.
type Params struct {
	AppID    string
	Bucket   string // may be empty
	SecretID string
	Expires  int64 // Unix seconds; 0 makes a single-use signature
	Created  int64 // Unix seconds
	Random   uint32
	UserID   string // unused; empty means 0
	FileID   string // the file of a single-use signature; else empty
}

// Text returns the text to sign, in the documented order.
func (p Params) Text() string {
	user := p.UserID
	if user == "" {
		user = "0"
	}
	return strings.Join([]string{
		"a=" + p.AppID, "b=" + p.Bucket, "k=" + p.SecretID,
		"e=" + strconv.FormatInt(p.Expires, 10), "t=" + strconv.FormatInt(p.Created, 10),
		"r=" + strconv.FormatUint(uint64(p.Random), 10), "u=" + user, "f=" + p.FileID,
	}, "&")
}

// Sign returns the value of the Authorization header for the parameters.
func Sign(secret Secret, p Params) string { return SignText(secret, p.Text()) }

// SignText returns the value of the Authorization header for a text, whose fields
// may have any order.
func SignText(secret Secret, text string) string {
	return base64.StdEncoding.EncodeToString(append(mac(secret, []byte(text)), text...))
}

func mac(secret Secret, text []byte) []byte {
	h := hmac.New(sha1.New, []byte(secret))
	h.Write(text)
	return h.Sum(nil)
}
