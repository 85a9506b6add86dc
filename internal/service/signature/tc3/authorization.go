package tc3

import (
	"encoding/hex"
	"slices"
	"strings"
)

const (
	// Algorithm is the first word of the header.
	Algorithm = "TC3-HMAC-SHA256"
	// terminator is the last part of the credential scope.
	terminator = "tc3_request"

	// maxHeaderLen bounds the header. Those of clients have about 250 bytes.
	maxHeaderLen = 4 << 10
	// maxSignedHeaders bounds the work on one signature.
	maxSignedHeaders = 32
	dateLen          = len("2006-01-02")
)

// Authorization is the value of an Authorization header.
type Authorization struct {
	SecretID      string
	Date          string // YYYY-MM-DD
	Service       string
	SignedHeaders []string // lower case, sorted, as the client wrote them
	Signature     [32]byte
}

// Scope is the credential scope that is signed.
func (a Authorization) Scope() string { return a.Date + "/" + a.Service + "/" + terminator }

// ParseAuthorization parses a header:
//
//	TC3-HMAC-SHA256 Credential=ID/DATE/SERVICE/tc3_request, SignedHeaders=a;b, Signature=HEX
//
// The three fields may have any order, and spaces around them. content-type and
// host must be signed. It returns ErrAuthorization.
func ParseAuthorization(header string) (Authorization, error) {
	if len(header) > maxHeaderLen {
		return Authorization{}, ErrAuthorization
	}
	algorithm, rest, ok := strings.Cut(strings.Trim(header, " \t"), " ")
	if !ok || algorithm != Algorithm {
		return Authorization{}, ErrAuthorization
	}
	fields := map[string]string{}
	for field := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.Trim(field, " \t"), "=")
		if _, twice := fields[name]; !ok || twice {
			return Authorization{}, ErrAuthorization
		}
		fields[name] = value
	}
	if len(fields) != 3 {
		return Authorization{}, ErrAuthorization
	}
	var a Authorization
	ok = a.credential(fields["Credential"]) && a.headers(fields["SignedHeaders"]) && a.signature(fields["Signature"])
	if !ok {
		return Authorization{}, ErrAuthorization
	}
	return a, nil
}

// credential reads SECRETID/DATE/SERVICE/tc3_request. The service may be any
// text without a slash: some clients derive it from the name of the host.
func (a *Authorization) credential(text string) bool {
	parts := strings.Split(text, "/")
	if len(parts) != 4 || parts[3] != terminator {
		return false
	}
	a.SecretID, a.Date, a.Service = parts[0], parts[1], parts[2]
	return a.SecretID != "" && a.Service != "" && isDate(a.Date)
}

func isDate(text string) bool {
	if len(text) != dateLen {
		return false
	}
	for i := range len(text) {
		dash := i == 4 || i == 7
		digit := text[i] >= '0' && text[i] <= '9'
		if dash != (text[i] == '-') || !dash && !digit {
			return false
		}
	}
	return true
}

func (a *Authorization) headers(text string) bool {
	a.SignedHeaders = strings.Split(text, ";")
	if len(a.SignedHeaders) > maxSignedHeaders || !slices.IsSorted(a.SignedHeaders) {
		return false
	}
	for i, name := range a.SignedHeaders {
		if !isHeaderName(name) || i > 0 && name == a.SignedHeaders[i-1] {
			return false
		}
	}
	return slices.Contains(a.SignedHeaders, "content-type") && slices.Contains(a.SignedHeaders, "host")
}

// isHeaderName reports whether the text is a name of lower-case letters, digits
// and hyphens.
func isHeaderName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if c != '-' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return name != ""
}

func (a *Authorization) signature(text string) bool {
	if len(text) != 2*len(a.Signature) {
		return false
	}
	n, err := hex.Decode(a.Signature[:], []byte(text))
	return err == nil && n == len(a.Signature)
}
