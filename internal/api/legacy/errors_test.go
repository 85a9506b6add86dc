package legacy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/testutil"
)

func TestTable(t *testing.T) {
	names := map[string]bool{}
	for c := OK; c < conditions; c++ {
		r := c.Row()
		if r.Name == "" || r.When == "" || r.Message == "" || r.HTTP == 0 || r.HTTP2017 == 0 {
			t.Errorf("condition %d: the row is not complete: %+v", c, r)
		}
		if names[r.Name] {
			t.Errorf("%s stands twice", r.Name)
		}
		names[r.Name] = true
		if to := c.strict(); !inStrictTable(to.Row().Code) {
			t.Errorf("%s: strict mode sends %d", r.Name, to.Row().Code)
		}
		if inStrictTable(r.Code) && c.strict() != c {
			t.Errorf("%s: code %d is published, and strict mode changes it", r.Name, r.Code)
		}
		// Clients take a code of theirs from -1 to -4 for a failure on their
		// own side.
		if r.Code < 0 && r.Code >= -4 {
			t.Errorf("%s: code %d is a client's own", r.Name, r.Code)
		}
	}
}

// TestPage holds docs/errors.md to the table of conditions.
func TestPage(t *testing.T) { testutil.Golden(t, "../../../docs/errors.md", errorsMarkdown()) }

func errorsMarkdown() string {
	var b strings.Builder
	b.WriteString(`# Error codes of ` + "`POST " + Path + "`" + `

Generated from the table in ` + "`internal/api/legacy/errors.go`" + ` by its tests. The reply to every request is
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
