package clients

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

// shape is a request as a client puts it on the wire, byte by byte: what
// net/http would write differs in every line. In all of its texts
//
//	{appid} {bucket} {id}   are the account's
//	{now} {soon}            are times in Unix seconds: now, and a bit later
//	{now.} {soon.}          the same with decimals
//	{sign} {length} {host}  are the signature, the body's length and the address
//	{base64} {base64-lines} are the picture in base64
type shape struct {
	client  string
	signed  string        // the text that is signed, in the client's order of fields
	valid   time.Duration // for which the client signs
	head    string        // request line and headers; lines end in CRLF on the wire
	body    string        // of a JSON request
	parts   []part        // of a form
	bound   string        // the form's boundary
	newline string        // of the form's lines; "" is CRLF
	code    int
	times   int // how often the same bytes are sent; 0 means once
}

// part is one part of a form: its header lines as sent, and its content;
// "{picture}" is the picture, "{size}" in a header the content's size.
type part struct {
	head, content string
}

// send writes the request to the server and returns the reply's body.
func (c shape) send(t *testing.T, s *server.Server, request []byte) []byte {
	t.Helper()
	conn, err := net.Dial("tcp", s.Addr)
	if err != nil {
		t.Fatalf("net.Dial: %v", err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatalf("conn.SetDeadline: %v", err)
	}
	if _, err := conn.Write(request); err != nil {
		t.Fatalf("conn.Write: %v", err)
	}
	reply, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("http.ReadResponse: %v", err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatalf("ReadAll: %v", err)
	}
	if reply.StatusCode != http.StatusOK || !strings.HasPrefix(reply.Header.Get("Content-Type"), "application/json") {
		t.Errorf("status %d, %s", reply.StatusCode, reply.Header.Get("Content-Type"))
	}
	return text
}

// bytes are the request of an account as it goes over the wire.
func (c shape) bytes(addr string, a server.Account, now time.Time) []byte {
	at := func(t time.Time) string { return fmt.Sprint(t.Unix()) }
	soon := now.Add(c.valid)
	fill := strings.NewReplacer(
		"{appid}", a.AppID, "{bucket}", a.Bucket, "{id}", a.SecretID, "{host}", addr,
		"{now}", at(now), "{soon}", at(soon), "{now.}", at(now)+".123", "{soon.}", at(soon)+".123",
		"{base64}", base64.StdEncoding.EncodeToString(card), "{base64-lines}", lines(base64.StdEncoding.EncodeToString(card)),
	)
	body := fill.Replace(c.body)
	if c.parts != nil {
		body = c.form(fill)
	}
	head := strings.NewReplacer(
		"\n", "\r\n", "{sign}", sign(a.SecretKey, fill.Replace(c.signed)), "{length}", fmt.Sprint(len(body)),
	).Replace(fill.Replace(c.head) + "\n\n")
	return []byte(head + body)
}

// form writes the parts between their boundaries.
func (c shape) form(fill *strings.Replacer) string {
	nl := c.newline
	if nl == "" {
		nl = "\r\n"
	}
	var b strings.Builder
	for _, p := range c.parts {
		content := fill.Replace(p.content)
		if content == "{picture}" {
			content = string(card)
		}
		head := strings.NewReplacer("{size}", fmt.Sprint(len(content)), "\n", nl).Replace(p.head)
		b.WriteString("--" + c.bound + nl + head + nl + nl + content + nl)
	}
	b.WriteString("--" + c.bound + "--" + nl)
	return b.String()
}

// sign is a second implementation of the documented signature.
func sign(key, text string) string {
	mac := hmac.New(sha1.New, []byte(key))
	mac.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(append(mac.Sum(nil), text...))
}

// lines breaks base64 as MIME does, for a JSON text.
func lines(text string) string {
	var b strings.Builder
	for len(text) > 76 {
		b.WriteString(text[:76] + `\r\n`)
		text = text[76:]
	}
	return b.String() + text
}
