package api3

import (
	"mime"
	"net/http"
	"strings"

	"github.com/kahao/kahao/internal/service/signature/tc3"
)

// Wants reports whether a request that no other API answers is one of this API:
// by its headers or its parameters, whatever its path is, because an endpoint may
// have a path. A POST to / is one in any case.
func Wants(r *http.Request) bool {
	if r.Header.Get("X-TC-Action") != "" || strings.HasPrefix(r.Header.Get("Authorization"), tc3.Algorithm) {
		return true
	}
	switch r.Method {
	case http.MethodPost:
		if r.URL.Path == "/" {
			return true
		}
		// Clients append / to the path of their endpoint.
		kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
		return kind == formType && strings.HasSuffix(r.URL.Path, "/")
	case http.MethodGet:
		q := "&" + r.URL.RawQuery
		return strings.Contains(q, "&Action=") || strings.Contains(q, "&Signature=")
	}
	return false
}
