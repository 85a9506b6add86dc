package api3

import (
	"fmt"
	"strings"
)

// ErrorPage returns the part of docs/errors.md about this API.
func ErrorPage() string {
	var b strings.Builder
	b.WriteString(`## API 3.0

The table is that of ` + "`internal/api/api3/errors.go`" + `. The reply to a request that fails is
` + "`{\"Response\":{\"Error\":{\"Code\":\"…\",\"Message\":\"…\"},\"RequestId\":\"…\"}}`" + `, with HTTP status 200 in every case: with
another one the SDKs do not see the code.

* The message is Chinese if the request asks for ` + "`zh-CN`" + ` with ` + "`X-TC-Language`" + ` or, with v1, ` + "`Language`" + `, otherwise English.
* **unit**: the failure costs one, like a success.
* **again**: the same request may succeed later.
* **number** stands for the code in the usage.
* The condition is the word for it in the log.

Codes are the vendor's, except for the two about ` + "`Idempotency-Key`" + `, which is kahao's own header. Where the vendor publishes no message
the text is kahao's. The first failure counts: method, room in the server, the client's rate, form and time of the signature, size of the body,
SecretId, signature, token, action, version, region, policies, rates, parameters, account, image, card. "10 MiB" is a setting.

| code | unit | again | number | condition | when | message, English | message, Chinese |
|---|---|---|---|---|---|---|---|
`)
	for _, c := range Conditions() {
		r := c.Row()
		if c == OK {
			continue
		}
		yes := map[bool]string{true: "yes"}
		english, chinese := strings.ReplaceAll(r.English, "%s", "…"), strings.ReplaceAll(r.Chinese, "%s", "…")
		fmt.Fprintf(&b, "| %s | %s | %s | %d | `%s` | %s | %s | %s |\n", r.Code, yes[r.Billed], yes[r.Retryable], r.Number, r.Name, r.When, english, chinese)
	}
	return b.String()
}
