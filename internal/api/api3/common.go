package api3

import (
	"crypto/rand"
	"encoding/hex"
	"strings"
)

// common are the parameters that every request has: in headers with TC3, and
// among the others with v1.
type common struct {
	action, version, region, token string
	timestamp                      string
}

// version is the only version of the actions.
const version = "2018-11-19"

// regions are those of the vendor's page.
var regions = []string{"ap-beijing", "ap-guangzhou", "ap-hongkong", "ap-seoul", "ap-shanghai"}

// language is the language of messages.
type language int

const (
	english language = iota
	chinese
)

// languageOf returns the language that a request asks for, zh-CN or en-US. Any
// other, and none, is English.
func languageOf(text string) language {
	if strings.EqualFold(strings.TrimSpace(text), "zh-CN") {
		return chinese
	}
	return english
}

// newUUID returns a random UUID (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6] = 4<<4 | b[6]&0xf
	b[8] = 2<<6 | b[8]&0x3f
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

const (
	traceHeader = "X-TC-TraceId"
	maxTrace    = 128
)

// echoTrace repeats the trace id of a request in the reply's headers.
func (c *call) echoTrace() {
	id := c.r.Header.Get(traceHeader)
	if id == "" || len(id) > maxTrace {
		return
	}
	for i := range len(id) {
		if id[i] < ' ' || id[i] > '~' {
			return
		}
	}
	c.w.Header().Set(traceHeader, id)
}
