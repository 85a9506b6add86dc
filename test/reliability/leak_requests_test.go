//go:build reliability && linux

package reliability

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"

	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/test/reliability/server"
)

// leakRequests build requests that fail and carry a card number in a place from
// which careless servers log. Each asks for its connection to be closed.
var leakRequests = []func(a server.Account, number string) string{
	// The image's URL, its file name, and data that is no image.
	func(a server.Account, n string) string {
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": a.AppID, "url": "http://127.0.0.1:1/" + n + ".jpg"})
	},
	func(a server.Account, n string) string {
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": a.AppID, "url": n})
	},
	func(a server.Account, n string) string {
		return formPost(a, "name=\"image\"; filename=\""+n+".jpg\"", "no image")
	},
	func(a server.Account, n string) string {
		return formPost(a, "name=\"image\"; filename=\"card.jpg\"", "number "+n+"\n")
	},
	func(a server.Account, n string) string {
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": a.AppID, "image": base64.StdEncoding.EncodeToString([]byte("\xff\xd8\xff\xfe\x00\x20number " + n))})
	},
	func(a server.Account, n string) string {
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": a.AppID, "image": "?" + n + "?"})
	},
	// Parameters.
	func(a server.Account, n string) string {
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": n, "image": ""})
	},
	func(a server.Account, n string) string {
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": a.AppID, "bucket": n, "image": ""})
	},
	func(a server.Account, n string) string {
		return post(a, "/ocr/bankcard", "application/json", `{"appid":`+n+`,"image":[`+n)
	},
	// The signature, valid and invalid.
	func(a server.Account, n string) string {
		a.AppID = n
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": n})
	},
	func(a server.Account, n string) string {
		a.SecretID = n
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": n})
	},
	func(a server.Account, n string) string {
		return request("POST /ocr/bankcard", "Authorization: "+n, "application/json", "{}")
	},
	// Path, query, method and headers.
	func(a server.Account, n string) string { return post(a, "/ocr/"+n, "application/json", "{}") },
	func(a server.Account, n string) string {
		return post(a, "/ocr/bankcard?number="+n, "text/plain", n)
	},
	func(a server.Account, n string) string {
		return request("CARD"+n+" /ocr/bankcard", "X-Request-Id: "+n, "text/plain", "")
	},
	func(a server.Account, n string) string {
		return request("POST /ocr/bankcard", "User-Agent: "+n+"\r\nX-Request-Id: "+n+"\r\nX-Forwarded-For: "+n+"\r\nReferer: http://x/"+n+"\r\nCookie: n="+n+"\r\nTraceparent: 00-"+n+n+"-00", "text/plain", n)
	},
	func(a server.Account, n string) string {
		return post(a, "/ocr/bankcard", "multipart/form-data; boundary="+n, "--"+n+"\r\n"+n)
	},
	func(a server.Account, n string) string { return post(a, "/ocr/bankcard", n+"/"+n, n) },
	// Requests that reach no handler: net/http may log them.
	func(a server.Account, n string) string { return n + "\r\n\r\n" },
	func(a server.Account, n string) string { return request("GET /"+n+"%zz", "X: y", "text/plain", "") },
	func(a server.Account, n string) string {
		return request("POST /ocr/bankcard", n+" "+n+": "+n, "text/plain", n)
	},
	func(a server.Account, n string) string {
		return request("GET /ocr/session/"+n, "X: y", "text/plain", "")
	},
}

func jsonPost(a server.Account, path string, fields map[string]string) string {
	body, _ := json.Marshal(fields) // strings always marshal
	return post(a, path, "application/json", string(body))
}

func formPost(a server.Account, disposition, content string) string {
	const bound = "canarycanarycanary"
	return post(a, "/ocr/bankcard", "multipart/form-data; boundary="+bound,
		"--"+bound+"\r\nContent-Disposition: form-data; name=\"appid\"\r\n\r\n"+a.AppID+
			"\r\n--"+bound+"\r\nContent-Disposition: form-data; "+disposition+"\r\n\r\n"+content+"\r\n--"+bound+"--\r\n")
}

// post signs with the account as it is given, valid or not.
func post(a server.Account, path, contentType, body string) string {
	now := time.Now().Unix()
	sign := signature.Sign(signature.Secret(a.SecretKey), signature.Params{AppID: a.AppID, SecretID: a.SecretID, Created: now, Expires: now + 600})
	return request("POST "+path, "Authorization: "+sign, contentType, body)
}

func request(line, headers, contentType, body string) string {
	return fmt.Sprintf("%s HTTP/1.1\r\nHost: kahao.test\r\nConnection: close\r\n%s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", line, headers, contentType, len(body), body)
}
