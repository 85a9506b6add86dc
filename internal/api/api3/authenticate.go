package api3

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"

	"github.com/kahao/kahao/internal/api/api3/params"
	"github.com/kahao/kahao/internal/api/stopwatch"
	"github.com/kahao/kahao/internal/httpserver"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/service/signature/tc3"
)

// parser parses the parameters, after the request was authorized.
type parser func() (*params.Params, Condition)

// authenticate reads the body, which both signatures cover, and verifies the
// signature. The client's limit comes first, so that it also bounds bad
// signatures.
func (c *call) authenticate() (parser, Condition) {
	if c.ClientRate != nil && !c.take(c.ClientRate, httpserver.ClientNetwork(c.ClientIP(c.r)).String()) {
		return nil, ClientTooFrequent
	}
	if c.r.Method == http.MethodGet && len(c.r.URL.RawQuery) > maxQuery {
		return nil, QueryTooLarge
	}
	if header := c.r.Header.Get("Authorization"); header != "" {
		return c.authenticateTC3(header)
	}
	return c.authenticateForm()
}

// authenticateTC3 verifies TC3-HMAC-SHA256, whose common parameters are headers.
func (c *call) authenticateTC3(header string) (parser, Condition) {
	h := c.r.Header
	c.common = common{
		action: h.Get("X-TC-Action"), version: h.Get("X-TC-Version"), region: h.Get("X-TC-Region"), token: h.Get("X-TC-Token"),
		timestamp: h.Get("X-TC-Timestamp"),
	}
	authorization, err := tc3.ParseAuthorization(header)
	if err != nil {
		return nil, NoAuthorization
	}
	signed, condition := c.checkTime("X-TC-Timestamp")
	if condition != OK {
		return nil, condition
	}
	body, condition := c.receive(c.MaxBody, ImageTooLarge)
	if condition != OK {
		return nil, condition
	}
	r := &tc3.Request{
		Authorization: authorization, Method: c.r.Method, Host: c.r.Host, Path: c.r.URL.Path, Query: c.r.URL.RawQuery,
		Header: c.signedHeaders(authorization.SignedHeaders), Timestamp: c.common.timestamp, PayloadHash: sha256.Sum256(body), Also: c.names(),
	}
	if h.Get("X-TC-Content-SHA256") == "UNSIGNED-PAYLOAD" {
		r.PayloadHash = tc3.UnsignedPayload
	}
	if condition := c.verify(r); condition != OK {
		return nil, condition
	}
	if !r.DateMatches(signed) || c.Strict && r.Service != "ocr" {
		c.appID, c.secretID = "", ""
		return nil, SignatureMismatch
	}
	return func() (*params.Params, Condition) { return c.parameters(body) }, OK
}

// authenticateForm verifies HmacSHA1 and HmacSHA256, whose common parameters
// stand among the others.
func (c *call) authenticateForm() (parser, Condition) {
	text := c.r.URL.RawQuery
	if c.r.Method == http.MethodPost {
		if kind, _, _ := mime.ParseMediaType(c.r.Header.Get("Content-Type")); kind != formType {
			return nil, NoAuthorization
		}
		body, condition := c.receive(maxForm, FormTooLarge)
		if condition != OK {
			return nil, condition
		}
		text = string(body)
	}
	list, err := tc3.ParseForm(text)
	if err != nil {
		return nil, InvalidParameter
	}
	if language, given := tc3.Get(list, "Language"); given {
		c.language = languageOf(language)
	}
	if _, given := tc3.Get(list, "Signature"); !given {
		return nil, NoAuthorization
	}
	for name, to := range map[string]*string{
		"Action": &c.common.action, "Version": &c.common.version, "Region": &c.common.region, "Token": &c.common.token, "Timestamp": &c.common.timestamp,
	} {
		*to, _ = tc3.Get(list, name)
	}
	if condition := c.checkForm(list); condition != OK {
		return nil, condition
	}
	if _, condition := c.checkTime("Timestamp"); condition != OK {
		return nil, condition
	}
	f := &tc3.Form{Method: c.r.Method, Host: c.r.Host, Path: c.r.URL.Path, Parameters: list, Also: c.names()}
	if condition := c.verify(f); condition != OK {
		return nil, condition
	}
	return func() (*params.Params, Condition) { return params.FromForm(list), OK }, OK
}

// checkForm checks the parameters that v1 has and TC3 has not.
func (c *call) checkForm(list []tc3.Parameter) Condition {
	for _, name := range []string{"SecretId", "Nonce"} {
		if value, _ := tc3.Get(list, name); value == "" {
			c.arguments = []any{name}
			return NoParameter
		}
	}
	nonce, _ := tc3.Get(list, "Nonce")
	if n, err := strconv.ParseUint(nonce, 10, 63); err != nil || n == 0 {
		return InvalidParameter
	}
	return OK
}

// checkTime checks the time of signing, and returns it.
func (c *call) checkTime(name string) (signed int64, _ Condition) {
	if c.common.timestamp == "" {
		c.arguments = []any{name}
		return 0, NoParameter
	}
	signed, ok := tc3.ParseTime(c.common.timestamp)
	if !ok {
		return 0, InvalidParameter
	}
	if tc3.CheckTime(signed, c.start) != nil {
		return 0, SignatureExpired
	}
	return signed, OK
}

// receive reads the body, once the gate has admitted it.
func (c *call) receive(most int64, tooLarge Condition) ([]byte, Condition) {
	size := c.r.ContentLength
	if size > most {
		return nil, tooLarge
	}
	if size < 0 {
		size = most
	}
	leave, ok := c.Gate.Enter(c.r.Context(), size)
	if !ok {
		return nil, Overloaded
	}
	c.leave = leave
	c.watch.Enter(stopwatch.Body)
	body, err := readAll(http.MaxBytesReader(c.w, c.r.Body, most), c.r.ContentLength)
	c.watch.Enter(stopwatch.None)
	var over *http.MaxBytesError
	switch {
	case err == nil:
		return body, OK
	case errors.As(err, &over):
		return nil, tooLarge
	}
	c.w.Header().Set("Connection", "close")
	return nil, BodyBroken
}

// readAll reads a body whose length its header may tell, without growing.
func readAll(r io.Reader, length int64) ([]byte, error) {
	if length < 0 {
		return io.ReadAll(r)
	}
	body := make([]byte, length)
	_, err := io.ReadFull(r, body)
	return body, err
}

// verify verifies a signature, and remembers the key.
func (c *call) verify(s tc3.Signed) Condition {
	c.watch.Enter(stopwatch.Verify)
	ctx, cancel := context.WithTimeout(c.r.Context(), c.AuthTimeout)
	defer cancel()
	key, err := c.verifier.Verify(ctx, s)
	c.watch.Enter(stopwatch.None)
	switch {
	case errors.Is(err, signature.ErrUnknownKey):
		return UnknownKey
	case errors.Is(err, signature.ErrMismatch):
		return SignatureMismatch
	case err != nil:
		c.cause = err
		return ServerFault
	}
	c.appID, c.secretID = key.AppID, s.KeyID()
	return OK
}

// signedHeaders returns the values of the headers that a signature covers.
func (c *call) signedHeaders(names []string) map[string]string {
	values := map[string]string{}
	for _, name := range names {
		values[name] = strings.Join(c.r.Header.Values(name), ",")
	}
	return values
}

// names are what this server is called besides the request's Host. A client whose
// endpoint has a path may be unable to send its Host, and sends an empty one: then
// it means the address that it is connected to.
func (c *call) names() []string {
	if c.r.Host != "" {
		return nil
	}
	local, ok := c.r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return nil
	}
	names := []string{local.String()}
	if host, port, err := net.SplitHostPort(local.String()); err == nil && net.ParseIP(host).IsLoopback() {
		names = append(names, net.JoinHostPort("localhost", port))
	}
	return names
}

const (
	formType      = "application/x-www-form-urlencoded"
	jsonType      = "application/json"
	multipartType = "multipart/form-data"
)

// parameters parses the parameters of a request with TC3.
func (c *call) parameters(body []byte) (*params.Params, Condition) {
	contentType := c.r.Header.Get("Content-Type")
	kind, _, _ := mime.ParseMediaType(contentType)
	if c.r.Method == http.MethodGet {
		kind, body = formType, []byte(c.r.URL.RawQuery)
	}
	switch kind {
	case jsonType:
		if p, err := params.FromJSON(body); err == nil {
			return p, OK
		}
	case formType:
		if list, err := tc3.ParseForm(string(body)); err == nil {
			return params.FromForm(list), OK
		}
	case multipartType:
		if p, err := params.FromMultipart(contentType, body); err == nil {
			return p, OK
		}
		return nil, InvalidMultipart
	}
	return nil, InvalidParameter
}
