package legacy

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/service/signature"
)

// Requests as published clients write them, byte for byte except for the
// made-up account: header lines, the order of what is signed, and the body.
var clients = []struct {
	name   string
	line   string // empty: POST /ocr/bankcard HTTP/1.1
	header string
	text   string // that is signed; N is now, L is later
	form   bool
	body   string
}{
	{name: "npm, url", header: "Content-Type: application/json\r\n",
		text: "a=APP&k=KEY&e=L&t=N&r=54321&u=0&f=", body: `{"url":"http://example.org/card.jpg","appid":"APP"}`},
	{name: "npm, base64", header: "Content-Type: application/json\r\n",
		text: "a=APP&k=KEY&e=L&t=N&r=54321&u=0&f=", body: `{"image":"BASE64","appid":"APP"}`},
	{name: "npm, stream: the picture comes first", header: "content-type: multipart/form-data; boundary=--------------------------573839403019443834720125\r\n",
		text: "a=APP&k=KEY&e=L&t=N&r=54321&u=0&f=", form: true,
		body: "Content-Disposition: form-data; name=\"image\"; filename=\"card.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nPICTURE" + "|" +
			"Content-Disposition: form-data; name=\"appid\"\r\n\r\nAPP"},
	{name: "Java, url", header: "Content-Type: application/json; charset=utf-8\r\nUser-Agent: okhttp/2.7.5\r\nAccept-Encoding: gzip\r\n",
		text: "a=APP&b=BUCKET&k=KEY&t=N&e=L", body: `{"bucket":"BUCKET","appid":"APP","url":"http://example.org/card.jpg"}`},
	{name: "Java, file: every part has a length", header: "Content-Type: multipart/form-data; boundary=5a0f8f1d-74e0-4c8e-9d6a-2f5b2e9c1b11\r\nUser-Agent: okhttp/2.7.5\r\n",
		text: "a=APP&b=BUCKET&k=KEY&t=N&e=L", form: true,
		body: "Content-Disposition: form-data; name=\"bucket\"\r\nContent-Length: 10\r\n\r\nBUCKET" + "|" +
			"Content-Disposition: form-data; name=\"appid\"\r\nContent-Length: 10\r\n\r\nAPP" + "|" +
			"Content-Disposition: form-data; name=\"image\"; filename=\"card.jpg\"\r\nContent-Type: image/jpg\r\nContent-Length: 24\r\n\r\nPICTURE"},
	{name: "PHP, url, with an empty Expect", header: "Content-Type:application/json\r\nExpect: \r\nAccept: */*\r\nUser-Agent: QcloudCIPHP/2.0\r\n",
		text: "a=APP&b=BUCKET&k=KEY&e=L&t=N&r=123456&f=", body: `{"appid":"APP","bucket":"BUCKET","url":"http:\/\/example.org\/card.jpg"}`},
	{name: "PHP, buffer: the picture has neither a file name nor a type", header: "Content-Type: multipart/form-data; boundary=------------------------1f1cf3b8a1c4c9a2\r\nExpect:\r\n",
		text: "a=APP&b=BUCKET&k=KEY&e=L&t=N&r=123456&f=", form: true,
		body: "Content-Disposition: form-data; name=\"appid\"\r\n\r\nAPP" + "|" +
			"Content-Disposition: form-data; name=\"bucket\"\r\n\r\nBUCKET" + "|" +
			"Content-Disposition: form-data; name=\"image\"\r\n\r\nPICTURE"},
	{name: "Python: file names on text fields, through a proxy setting", line: "POST http://service.image.myqcloud.com/ocr/bankcard HTTP/1.1",
		header: "Content-Type: multipart/form-data; boundary=3f1fa1ff0d1c4b8f9e5f3c2a1b0d9e8f\r\nAccept-Encoding: gzip, deflate\r\nConnection: keep-alive\r\n",
		text:   "a=APP&b=BUCKET&k=KEY&e=L&t=N&r=123456&f=", form: true,
		body: "Content-Disposition: form-data; name=\"appid\"; filename=\"appid\"\r\n\r\nAPP" + "|" +
			"Content-Disposition: form-data; name=\"bucket\"; filename=\"bucket\"\r\n\r\nBUCKET" + "|" +
			"Content-Disposition: form-data; name=\"images[0]\"; filename=\"/home/user/card.jpg\"\r\n\r\nPICTURE"},
	{name: "a mini-program's upload: only appid, an empty b", header: "Content-Type: multipart/form-data; boundary=WebKitFormBoundary7MA4YWxkTrZu0gW\r\n",
		text: "a=APP&b=&k=KEY&e=L&t=N&r=17&u=0&f=", form: true,
		body: "Content-Disposition: form-data; name=\"image\"; filename=\"tmp_1.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nPICTURE" + "|" +
			"Content-Disposition: form-data; name=\"appid\"\r\n\r\nAPP"},
	{name: "a Go client: appid is a number", header: "Content-Type: application/json\r\nUser-Agent: Go-http-client/1.1\r\nAccept-Encoding: gzip\r\n",
		text: "a=APP&b=BUCKET&k=KEY&e=L&t=N&r=10508123456789012345&u=0&f=", body: `{"appid":APP,"bucket":"BUCKET","url":"http://example.org/card.jpg"}`},
	{name: "another: t before e", header: "Content-Type: application/json\r\n",
		text: "a=APP&b=BUCKET&k=KEY&t=N&e=L", body: `{"appid":"APP","bucket":"BUCKET","url":"http://example.org/card.jpg"}`},
	{name: "Python: decimals in e and t", header: "Content-Type: application/json\r\n",
		text: "a=APP&b=BUCKET&k=KEY&e=L.717&t=N.717&r=1&u=0&f=", body: `{"appid": "APP", "bucket": "BUCKET", "url": "http://example.org/card.jpg"}`},
	{name: "the documented sample: trailing semicolons", header: "Content-Type: multipart/form-data;boundary=-------------------------acebdf13572468\r\n",
		text: "a=APP&k=KEY&t=N&r=2&u=0&b=BUCKET&e=L", form: true,
		body: "Content-Disposition: form-data; name=\"appid\";\r\n\r\nAPP" + "|" +
			"Content-Disposition: form-data; name=\"bucket\";\r\n\r\nBUCKET" + "|" +
			"Content-Disposition: form-data; name=\"image\"; filename=\"card.jpg\"\r\nContent-Type: image/jpeg\r\n\r\nPICTURE"},
	{name: "the older storage client's scheme word, text/json", header: "Content-Type: text/json\r\nX-Scheme: QCloud\r\n",
		text: "a=APP&b=BUCKET&k=KEY&e=L&t=N&r=9&u=0&f=", body: `{"image":"data:image/jpeg;base64,BASE64","appid":"APP","session_id":"1"}`},
}

func TestClients(t *testing.T) {
	s := start(t, func(o *Options) { o.Fetcher = &fetcher{} })
	for _, c := range clients {
		fill := strings.NewReplacer("APP", demo.AppID, "BUCKET", demo.Bucket, "KEY", demo.SecretID, "BASE64", encoded, "PICTURE", string(picture),
			"=N", fmt.Sprint("=", second), "=L", fmt.Sprint("=", second+30))
		auth := signature.SignText(demo.SecretKey, fill.Replace(c.text))
		if strings.Contains(c.header, "QCloud") {
			auth = "QCloud " + auth
		}
		bodies := []string{fill.Replace(c.body)}
		if c.form {
			_, boundary, _ := strings.Cut(c.header, "boundary=")
			boundary, _, _ = strings.Cut(boundary, "\r\n")
			var b strings.Builder
			for part := range strings.SplitSeq(bodies[0], "|") {
				fmt.Fprintf(&b, "--%s\r\n%s\r\n", boundary, part)
			}
			fmt.Fprintf(&b, "--%s--\r\n", boundary)
			// Some write line feeds alone.
			bodies = []string{b.String(), strings.ReplaceAll(b.String(), "\r\n", "\n")}
		}
		line := c.line
		if line == "" {
			line = "POST /ocr/bankcard HTTP/1.1"
		}
		for i, body := range bodies {
			request := fmt.Sprintf("%s\r\nHost: recognition.image.myqcloud.com\r\nAuthorization: %s\r\n%sContent-Length: %d\r\n\r\n%s", line, auth, c.header, len(body), body)
			status, text := exchange(t, s, request)
			if status != 200 || text != documented {
				t.Errorf("%s, %d: status %d, %s", c.name, i, status, text)
			}
		}
	}
}

// exchange sends a request as it stands.
func exchange(t *testing.T, s *server, request string) (status int, body string) {
	t.Helper()
	conn, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatalf("net.Dial: %v", err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatalf("WriteString: %v", err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatalf("http.ReadResponse: %v", err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("ReadAll: %v", err)
	}
	return resp.StatusCode, string(text)
}

// The vectors of signatures, over HTTP, at their times.
func TestVectors(t *testing.T) {
	const (
		l1 = "w7t9o372UW9UZ2SIXnfGbEreqFphPTEyNTAwMDAwMDEmYj10ZXN0YnVja2V0Jms9RVhBTVBMRVNFQ1JFVElEMDAwMDAwMDAwMDAwMDAwMDAwMDEmZT0xNzAwMDAzNjAwJnQ9MTcwMDAwMDAwMCZyPTEyMzQ1Njc4OTAmdT0wJmY9"
		l2 = "tV7OqWSp9p7Xj6I8mzuFIUakvx1hPTEyNTAwMDAwMDEmYj10ZXN0YnVja2V0Jms9RVhBTVBMRVNFQ1JFVElEMDAwMDAwMDAwMDAwMDAwMDAwMDEmdD0xNzAwMDAwMDAwJmU9MTcwMDAwMzYwMA=="
		l3 = "YbB8PPcGowBdsj+S6hsCQP4UFhFhPTEyNTAwMDAwMDEmaz1FWEFNUExFU0VDUkVUSUQwMDAwMDAwMDAwMDAwMDAwMDAwMSZlPTE3MDAwMDAxMDAmdD0xNzAwMDAwMDAwJnI9NTQzMjEmdT0wJmY9"
		l4 = "tooQDdEPJoVkQ8SCl/MuNJmtYhNhPTEyNTAwMDAwMDEmYj10ZXN0YnVja2V0Jms9RVhBTVBMRVNFQ1JFVElEMDAwMDAwMDAwMDAwMDAwMDAwMDEmZT0wJnQ9MTcwMDAwMDAwMCZyPTQyJnU9MCZmPS8xMjUwMDAwMDAxL3Rlc3RidWNrZXQvY2FyZC5qcGc="

		now   = 1700000050
		space = "http://testbucket-1250000001.image.myqcloud.com/"
	)
	changed := strings.Replace(l1, "w7t9", "x7t9", 1)
	if changed == l1 {
		t.Fatal("nothing is changed")
	}
	s, at := clocked(t)
	for i, c := range []struct {
		auth               string
		now                int64
		appID, bucket, url string
		code               int
	}{
		{l1, now, demo.AppID, demo.Bucket, "", 0}, {l2, now, demo.AppID, demo.Bucket, "", 0},
		{l3, now, demo.AppID, "", "", 0},
		{l1, now, demo.AppID, demo.Bucket, "", 0}, {l1, now, demo.AppID, demo.Bucket, "", 0},
		{l1, 1700003599, demo.AppID, demo.Bucket, "", 0}, {l1, 1700003600, demo.AppID, demo.Bucket, "", 9},
		{l3, 1700000100, demo.AppID, "", "", 9},
		{"abc", now, demo.AppID, "", "", 5}, {strings.ReplaceAll(l3, "+", "-"), now, demo.AppID, "", "", 5},
		{changed, now, demo.AppID, demo.Bucket, "", 14},
		{l1, now, "1250000002", demo.Bucket, "", 6}, {l1, now, demo.AppID, "other", "", 6},
		{l3, now, demo.AppID, "other", "", 16},
		{"QCloud " + l1, now, demo.AppID, demo.Bucket, "", 0},
		{signature.SignText(demo.SecretKey, "a=1250000001&k="+demo.SecretID+"&e=1700003600.5&t=1700000000.25"), now, demo.AppID, "", "", 0},
		{l4, now, demo.AppID, "", space + "other.jpg", 6}, {l4, now, demo.AppID, "", space + "card.jpg", 0}, {l4, now, demo.AppID, "", space + "card.jpg", 13},
	} {
		at(c.now)
		v := object{"appid": c.appID, "image": encoded}
		if c.bucket != "" {
			v["bucket"] = c.bucket
		}
		if c.url != "" {
			v["url"] = c.url
		}
		call := jsonCall(v)
		call.auth = c.auth
		if a := s.do(t, call); a.Code != c.code {
			t.Errorf("%d: %s, want %d", i, a.text, c.code)
		}
	}
}
