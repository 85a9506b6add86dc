//go:build reliability && linux

package reliability

import (
	"encoding/json"
	"testing"

	"github.com/kahao/kahao/test/reliability/server"
)

// init adds the places in which a caller of the native API can write.
func init() {
	const bound = "canarycanarycanary"
	bearer := func(a server.Account) string { return "Authorization: Bearer " + a.BearerKey }
	send := func(path, header, contentType string, content func(n string) string) func(server.Account, string) string {
		return func(a server.Account, n string) string {
			return request("POST "+path, bearer(a)+header, contentType, content(n))
		}
	}
	plain := func(n string) string { return "number " + n }
	part := func(head, content func(n string) string) func(string) string {
		return func(n string) string {
			return "--" + bound + "\r\nContent-Disposition: form-data; " + head(n) + "\r\n\r\n" + content(n) + "\r\n--" + bound + "--\r\n"
		}
	}
	const form = "multipart/form-data; boundary=" + bound
	for _, path := range []string{"/v1/cards", "/v1/redactions", "/v1/verifications"} {
		for place, build := range map[string]func(server.Account, string) string{
			"content":   send(path, "", "image/jpeg", plain),
			"base64":    send(path, "", "application/json", func(n string) string { return `{"image":"?` + n + `?"}` }),
			"url":       send(path, "", "application/json", func(n string) string { return `{"url":"http://127.0.0.1:1/` + n + `"}` }),
			"member":    send(path, "", "application/json", func(n string) string { return `{"` + n + `":"` + n + `"}` }),
			"file name": send(path, "", form, part(func(n string) string { return "name=\"image\"; filename=\"" + n + "\"" }, plain)),
			"part name": send(path, "", form, part(func(n string) string { return "name=\"" + n + "\"" }, plain)),
			"claim":     send(path, "", form, part(func(string) string { return "name=\"last4\"" }, func(n string) string { return n })),
			"expiry":    send(path, "", "application/json", func(n string) string { return `{"image":"AAAA","last4":"1111","expiry":"` + n + `"}` }),
			"type":      send(path, "", "application/x-other", plain),
			"query": func(a server.Account, n string) string {
				return request("POST "+path+"?"+n+"="+n, bearer(a), "image/jpeg", n)
			},
			"bucket": func(a server.Account, n string) string {
				return request("POST "+path+"?bucket="+n, bearer(a), "image/jpeg", n)
			},
			"option": func(a server.Account, n string) string {
				return request("POST "+path+"?deadline_ms="+n, bearer(a), "image/jpeg", n)
			},
			"Idempotency-Key": func(a server.Account, n string) string {
				return request("POST "+path, bearer(a)+"\r\nIdempotency-Key: "+n+"\r\nTraceparent: 00-"+n+"\r\nAccept: "+n, "image/jpeg", n)
			},
		} {
			leakRequests = append(leakRequests, leakRequest{path + " " + place, build})
		}
	}
	leakRequests = append(leakRequests,
		leakRequest{"/v1 key", func(_ server.Account, n string) string {
			return request("POST /v1/cards", "Authorization: Bearer kh_"+n, "image/jpeg", n)
		}},
		leakRequest{"/v1 path", func(a server.Account, n string) string { return request("POST /v1/"+n, bearer(a), "image/jpeg", n) }},
		leakRequest{"/v1/results id", func(a server.Account, n string) string {
			return request("GET /v1/results/"+n, bearer(a), "text/plain", "")
		}},
		leakRequest{"/v1/usage from", func(a server.Account, n string) string {
			return request("GET /v1/usage?from="+n, bearer(a), "text/plain", "")
		}},
		leakRequest{"/v1/usage by", func(a server.Account, n string) string {
			return request("GET /v1/usage?by="+n, bearer(a), "text/plain", "")
		}},
	)
}

// bearerKey creates a bearer key for the account of a data directory.
func bearerKey(t *testing.T, data, appID string) string {
	t.Helper()
	out, err := server.Command(t.Context(), kahao, "key", "create", appID, "--kind", "bearer", "--data", data, "--json").Output()
	if err != nil {
		t.Fatalf("kahao key create: %v: %s", err, out)
	}
	var key struct {
		Text string `json:"secret_key"`
	}
	if err := json.Unmarshal(out, &key); err != nil || key.Text == "" {
		t.Fatalf("kahao key create: %v: %s", err, out)
	}
	return key.Text
}
