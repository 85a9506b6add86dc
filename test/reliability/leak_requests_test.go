//go:build reliability && linux

package reliability

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	body "github.com/kahao/kahao/internal/api/legacy/request"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/test/reliability/server"
)

// leakRequests build requests that fail and carry a card number in a place from
// which a careless server logs or stores. Each asks for its connection to be
// closed. TestLeakRequestsAreComplete compares the names with the fields that the
// parsers fill.
var leakRequests = []leakRequest{
	// The image's URL, its file name, and data that is no image.
	{"Image.ByURL", func(a server.Account, n string) string {
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": a.AppID, "url": "http://127.0.0.1:1/" + n + ".jpg"})
	}},
	{"Image.URL", func(a server.Account, n string) string {
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": a.AppID, "url": n})
	}},
	{"Image.Name", func(a server.Account, n string) string {
		return formPost(a, "name=\"image\"; filename=\""+n+".jpg\"", "no image")
	}},
	{"Image.Content", func(a server.Account, n string) string {
		return formPost(a, "name=\"image\"; filename=\"card.jpg\"", "number "+n+"\n")
	}},
	{"Image.Content of a JPEG", func(a server.Account, n string) string {
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": a.AppID, "image": base64.StdEncoding.EncodeToString([]byte("\xff\xd8\xff\xfe\x00\x20number " + n))})
	}},
	{"Image.Fault", func(a server.Account, n string) string {
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": a.AppID, "image": "?" + n + "?"})
	}},
	// Parameters.
	{"Request.AppID", func(a server.Account, n string) string {
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": n, "image": ""})
	}},
	{"Request.Bucket", func(a server.Account, n string) string {
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": a.AppID, "bucket": n, "image": ""})
	}},
	{"Request.BadParameter", func(a server.Account, n string) string {
		return post(a, "/ocr/bankcard", "application/json", `{"appid":`+n+`,"image":[`+n)
	}},
	// The signature, valid and invalid.
	{"Claims.AppID", func(a server.Account, n string) string {
		a.AppID = n
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": n})
	}},
	{"Claims.SecretID", func(a server.Account, n string) string {
		a.SecretID = n
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": n})
	}},
	{"signature", func(a server.Account, n string) string {
		return request("POST /ocr/bankcard", "Authorization: "+n, "application/json", "{}")
	}},
	// Path, query, method and headers.
	{"path", func(a server.Account, n string) string { return post(a, "/ocr/"+n, "application/json", "{}") }},
	{"query", func(a server.Account, n string) string {
		return post(a, "/ocr/bankcard?number="+n, "text/plain", n)
	}},
	{"method", func(a server.Account, n string) string {
		return request("CARD"+n+" /ocr/bankcard", "X-Request-Id: "+n, "text/plain", "")
	}},
	{"headers", func(a server.Account, n string) string {
		return request("POST /ocr/bankcard", "User-Agent: "+n+"\r\nX-Request-Id: "+n+"\r\nX-Forwarded-For: "+n+"\r\nReferer: http://x/"+n+"\r\nCookie: n="+n+"\r\nTraceparent: 00-"+n+n+"-00", "text/plain", n)
	}},
	{"trace", func(a server.Account, n string) string {
		id := strings.Repeat("0", 32-len(n)) + n
		return request("POST /ocr/bankcard", "Traceparent: 00-"+id+"-"+n[:16]+"-01\r\nTracestate: n="+n+"\r\nBaggage: n="+n, "text/plain", n)
	}},
	{"boundary", func(a server.Account, n string) string {
		return post(a, "/ocr/bankcard", "multipart/form-data; boundary="+n, "--"+n+"\r\n"+n)
	}},
	{"Content-Type", func(a server.Account, n string) string { return post(a, "/ocr/bankcard", n+"/"+n, n) }},
	// Requests that reach no handler: net/http may log them.
	{"no request", func(a server.Account, n string) string { return n + "\r\n\r\n" }},
	{"malformed path", func(a server.Account, n string) string { return request("GET /"+n+"%zz", "X: y", "text/plain", "") }},
	{"malformed header", func(a server.Account, n string) string {
		return request("POST /ocr/bankcard", n+" "+n+": "+n, "text/plain", n)
	}},
	{"session id, unsigned", func(a server.Account, n string) string {
		return request("GET /ocr/session/"+n, "X: y", "text/plain", "")
	}},
	// Places that a request must be good to reach: the rest of the signature's
	// text, the keys of retries and results, and names.
	{"Claims.Bucket", func(a server.Account, n string) string {
		return signedPost(a, signature.Params{Bucket: n}, "X: y")
	}},
	{"Claims.UserID", func(a server.Account, n string) string { return signedPost(a, signature.Params{UserID: n}, "X: y") }},
	{"Claims.FileID", func(a server.Account, n string) string { return signedPost(a, signature.Params{FileID: n}, "X: y") }},
	{"Claims.OneOff", func(a server.Account, n string) string {
		return signedPost(a, signature.Params{FileID: "/" + a.AppID + "/b/" + n, Expires: -1}, "X: y")
	}},
	{"Claims.Random", func(a server.Account, n string) string { return textPost(a, "r="+n) }},
	{"Claims.Expires", func(a server.Account, n string) string { return textPost(a, "e="+n) }},
	{"Claims.Created", func(a server.Account, n string) string { return textPost(a, "t=1."+n) }},
	{"signature, unknown key", func(a server.Account, n string) string { return textPost(a, n+"="+n) }},
	{"Idempotency-Key", func(a server.Account, n string) string {
		return signedPost(a, signature.Params{}, "Idempotency-Key: "+n)
	}},
	{"session id", func(a server.Account, n string) string {
		now := time.Now().Unix()
		sign := signature.Sign(signature.Secret(a.SecretKey), signature.Params{AppID: a.AppID, SecretID: a.SecretID, Created: now, Expires: now + 600})
		return request("GET /ocr/session/"+n, "Authorization: "+sign, "text/plain", "")
	}},
	{"Request.HasAppID", func(a server.Account, n string) string {
		return post(a, "/ocr/bankcard", "application/json", `{"app":"`+n+`"}`)
	}},
	{"Request.HasURL", func(a server.Account, n string) string {
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": a.AppID, "url": "", "number": n})
	}},
	{"Request.Images", func(a server.Account, n string) string {
		return post(a, "/ocr/bankcard", "application/json", `{"appid":"`+a.AppID+`","image":["`+n+`",`+n+`],"bucket":`+n+`}`)
	}},
	{"Request.Count", func(a server.Account, n string) string {
		return post(a, "/ocr/bankcard", "application/json", `{"appid":"`+a.AppID+`","image":["`+strings.Repeat(n+`","`, 30)+`"]}`)
	}},
	{"Request.TooLong", func(a server.Account, n string) string {
		return jsonPost(a, "/ocr/bankcard", map[string]string{"appid": a.AppID, "bucket": strings.Repeat(n, 200)})
	}},
	{"name of a part", func(a server.Account, n string) string { return formPost(a, "name=\"image"+n+"\"", n) }},
}

// leakRequest is one place for a number.
type leakRequest struct {
	place string
	build func(a server.Account, number string) string
}

// TestLeakRequestsAreComplete expects a place above for each exported field that
// a parser fills.
func TestLeakRequestsAreComplete(t *testing.T) {
	places := map[string]bool{}
	for _, r := range leakRequests {
		if places[r.place] {
			t.Errorf("%s: two requests have this place", r.place)
		}
		places[r.place] = true
	}
	for name, of := range map[string]reflect.Type{
		"Claims": reflect.TypeFor[signature.Claims](), "Request": reflect.TypeFor[body.Request](), "Image": reflect.TypeFor[body.Image](),
	} {
		for i := range of.NumField() {
			if f := of.Field(i); f.IsExported() && !places[name+"."+f.Name] {
				t.Errorf("%s.%s: no leak request has a number there", name, f.Name)
			}
		}
	}
}

// signedPost sends a request without an image, with parameters in a good
// signature. Expires -1 makes it single-use.
func signedPost(a server.Account, p signature.Params, header string) string {
	p.AppID, p.SecretID, p.Created = a.AppID, a.SecretID, time.Now().Unix()
	if p.Expires++; p.Expires > 0 {
		p.Expires = p.Created + 600
	}
	sign := signature.Sign(signature.Secret(a.SecretKey), p)
	return request("POST /ocr/bankcard", "Authorization: "+sign+"\r\n"+header, "application/json", `{"appid":"`+a.AppID+`"}`)
}

// textPost signs a text that begins with a field.
func textPost(a server.Account, field string) string {
	now := time.Now().Unix()
	text := fmt.Sprintf("%s&a=%s&k=%s&e=%d&t=%d&r=1&u=0&f=", field, a.AppID, a.SecretID, now+600, now)
	sign := signature.SignText(signature.Secret(a.SecretKey), text)
	return request("POST /ocr/bankcard", "Authorization: "+sign+"\r\nIdempotency-Key: "+field, "application/json", `{"appid":"`+a.AppID+`"}`)
}

func jsonPost(a server.Account, path string, fields map[string]string) string {
	text, _ := json.Marshal(fields) // strings always marshal
	return post(a, path, "application/json", string(text))
}

func formPost(a server.Account, disposition, content string) string {
	const bound = "canarycanarycanary"
	return post(a, "/ocr/bankcard", "multipart/form-data; boundary="+bound,
		"--"+bound+"\r\nContent-Disposition: form-data; name=\"appid\"\r\n\r\n"+a.AppID+
			"\r\n--"+bound+"\r\nContent-Disposition: form-data; "+disposition+"\r\n\r\n"+content+"\r\n--"+bound+"--\r\n")
}

// post signs with the account as it is given, valid or not.
func post(a server.Account, path, contentType, content string) string {
	now := time.Now().Unix()
	sign := signature.Sign(signature.Secret(a.SecretKey), signature.Params{AppID: a.AppID, SecretID: a.SecretID, Created: now, Expires: now + 600})
	return request("POST "+path, "Authorization: "+sign, contentType, content)
}

func request(line, headers, contentType, content string) string {
	return fmt.Sprintf("%s HTTP/1.1\r\nHost: kahao.test\r\nConnection: close\r\n%s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", line, headers, contentType, len(content), content)
}
