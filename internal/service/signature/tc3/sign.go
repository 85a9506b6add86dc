package tc3

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/kahao/kahao/internal/service/signature"
)

// Sign returns the value of the Authorization header for a request, whose
// Signature is ignored. It signs Host as it stands, and header values in lower
// case.
func (r *Request) Sign(secret signature.Secret) string {
	canonical := r.canonicalWith(r.Host, strings.ToLower)
	sum := mac(sha256.New, signingKey(secret, r.Date, r.Service), r.stringToSign(canonical))
	return Algorithm + " Credential=" + r.SecretID + "/" + r.Scope() +
		", SignedHeaders=" + strings.Join(r.SignedHeaders, ";") + ", Signature=" + hex.EncodeToString(sum)
}

// Sign returns the value of the Signature parameter for a form.
func (f *Form) Sign(secret signature.Secret) string { return f.sign(secret, f.Host, f.sorted()) }
