package native

import (
	"fmt"
	"strings"
)

// ErrorPage returns the part of docs/errors.md about this API.
func ErrorPage() string {
	var b strings.Builder
	b.WriteString(`## Native API

The table is that of ` + "`internal/api/native/errors.go`" + `. A request that fails is answered with a problem document (RFC 9457),
` + "`{\"type\":\"urn:kahao:problem:CODE\",\"title\":\"…\",\"status\":N,\"code\":\"CODE\",\"retryable\":false,\"request_id\":\"…\"}`" + `, and of one of several images
its own entry has the code.

* **again**: the same request may succeed later; ` + "`retryable`" + ` says so.
* **number** stands for the code in the usage.

The first failure counts: path and method, the client's rate, key, rates, policies, query, bucket, room in the server, size and form of the body,
account, image. "20" and "10 MiB" are settings.

| code | HTTP | again | number | when |
|---|---|---|---|---|
`)
	for _, c := range Conditions() {
		r := c.Row()
		if c == OK {
			continue
		}
		again := map[bool]string{true: "yes"}[r.Retryable]
		fmt.Fprintf(&b, "| `%s` | %d | %s | %d | %s |\n", r.Code, r.Status, again, r.Number, r.When)
	}
	return b.String()
}
