package legacy

import (
	"fmt"
	"strings"
)

// ErrorPage returns the part of docs/errors.md about this API.
func ErrorPage() string {
	var b strings.Builder
	b.WriteString(`## ` + "`POST " + Path + "`" + `

The table is that of ` + "`internal/api/legacy/errors.go`" + `. The reply to every request is
` + "`{\"code\":N,\"message\":\"…\"}`" + `; code 0 comes with ` + "`data`" + `.

* **HTTP**: 200 for every code by default, so that clients read the body; real statuses only where the request did not get
  as far as the interface. ` + "`--http-status 2017`" + ` sends those of the second column.
* **strict**: what ` + "`--strict`" + ` sends in its place, which keeps to the codes that the vendor publishes for this endpoint.
* **again**: the same request may succeed later.
* In a request with several images, the codes from -1102 down, and 17, 20, 21 and 203 as far as they are about one
  image, are in that image's own entry.
* The condition is the word for it in the log.

Codes, and messages in capitals, are the vendor's. Which code a condition has where the vendor's pages do not say, the
other messages and the statuses are kahao's choice. The first failure counts: path and method, signature, rates, room in
the server, size and form of the body, whether signature and body agree, one-off use, what account and key may do,
parameters, image, card. "20", "1 MiB" and "6 MiB" are settings.

Code -1404 is for a recogniser that reports it; that of kahao does not.

| code | message | HTTP | 2017 | strict | again | condition | when |
|---|---|---|---|---|---|---|---|
`)
	for c := OK; c < conditions; c++ {
		r := c.Row()
		strict, again := "", ""
		if to := c.strict(); to != c {
			strict = fmt.Sprint(to.Row().Code)
		}
		if r.Retryable {
			again = "yes"
		}
		fmt.Fprintf(&b, "| %d | `%s` | %d | %d | %s | %s | `%s` | %s |\n", r.Code, r.Message, r.HTTP, r.HTTP2017, strict, again, r.Name, r.When)
	}
	return b.String()
}
