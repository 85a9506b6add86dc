//go:build reliability && linux

package reliability

import (
	"encoding/base64"

	"github.com/kahao/kahao/test/reliability/server"
)

// init adds the places in which a caller of Presidio's dialect can write.
func init() {
	const bound = "canarycanarycanary"
	basic := func(password string) string {
		return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("presidio:"+password))
	}
	send := func(query, contentType string, content func(n string) string) func(server.Account, string) string {
		return func(a server.Account, n string) string {
			return request("POST /redact"+query, basic(a.BearerKey), contentType, content(n))
		}
	}
	part := func(name, content string) string {
		return "--" + bound + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + content + "\r\n"
	}
	const form, json, end = "multipart/form-data; boundary=" + bound, "application/json", "--" + bound + "--\r\n"
	leakRequests = append(leakRequests,
		leakRequest{"/redact content", send("", form, func(n string) string { return part("image", "number "+n) + end })},
		leakRequest{"/redact data", send("", form, func(n string) string { return part("data", n) + part("image", "x") + end })},
		leakRequest{"/redact colour", send("", form, func(n string) string {
			return part("data", "{'color_fill':'"+n+"'}") + part("image", "x") + end
		})},
		leakRequest{"/redact part name", send("", form, func(n string) string { return part(n, n) + end })},
		leakRequest{"/redact base64", send("", json, func(n string) string { return `{"image":"?` + n + `?"}` })},
		leakRequest{"/redact member", send("", json, func(n string) string { return `{"` + n + `":"` + n + `"}` })},
		leakRequest{"/redact entity", send("", json, func(n string) string { return `{"image":"AAAA","analyzer_entities":["` + n + `"]}` })},
		leakRequest{"/redact lenient entity", send("?lenient=true", json, func(n string) string {
			return `{"image":"AAAA","analyzer_entities":["` + n + `"]}`
		})},
		leakRequest{"/redact key", func(_ server.Account, n string) string {
			return request("POST /redact", basic("kh_"+n), form, part("image", n)+end)
		}},
		leakRequest{"/redact query", func(a server.Account, n string) string {
			return request("POST /redact?"+n+"="+n, basic(a.BearerKey), form, part("image", n)+end)
		}},
	)
}
