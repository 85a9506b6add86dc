package clients

import (
	"testing"
	"time"
)

// Signed texts in the orders of fields that clients use.
const (
	fullOrder   = "a={appid}&b={bucket}&k={id}&e={soon}&t={now}&r=1234567890&u=0&f="
	javaOrder   = "a={appid}&b={bucket}&k={id}&t={now}&e={soon}"
	phpOrder    = "a={appid}&b={bucket}&k={id}&e={soon}&t={now}&r=6842013579&f="
	npmOrder    = "a={appid}&k={id}&e={soon}&t={now}&r=54321&u=0&f="
	pythonOrder = "a={appid}&b={bucket}&k={id}&e={soon}&t={now}&r=2071558862&f="
)

// Heads of the clients.
const (
	java = `POST /ocr/bankcard HTTP/1.1
Host: {host}
Authorization: {sign}
Content-Type: `
	okhttp = `
Content-Length: {length}
Connection: Keep-Alive
Accept-Encoding: gzip
User-Agent: okhttp/2.7.5`

	php = `POST /ocr/bankcard HTTP/1.1
Accept: */*
Host: {host}
Authorization: {sign}
User-Agent: kahao-php
Expect:
Content-Length: {length}
Content-Type: `

	python = `POST http://service.image.myqcloud.com/ocr/bankcard HTTP/1.1
Host: service.image.myqcloud.com
User-Agent: python-requests/2.18.4
Accept-Encoding: gzip, deflate
Accept: */*
Connection: keep-alive
Authorization: {sign}
Content-Length: {length}
Content-Type: multipart/form-data; boundary=7f1e0e6d1c5a4a8a9f3d2b6c8e0a1b2c`
)

// The recorded shapes of clients that do not run here. Python's and those with
// numbered pictures are of sibling interfaces: the shape is what counts.
var shapes = []shape{
	{
		client: "Java, picture in a form", signed: javaOrder, valid: 300 * time.Second,
		head:  java + "multipart/form-data; boundary=0d9d1f57-4b4e-4b0e-9d0f-1f8b4f0c7a11" + okhttp,
		bound: "0d9d1f57-4b4e-4b0e-9d0f-1f8b4f0c7a11",
		parts: []part{
			{"Content-Disposition: form-data; name=\"bucket\"\nContent-Length: {size}", "{bucket}"},
			{"Content-Disposition: form-data; name=\"appid\"\nContent-Length: {size}", "{appid}"},
			{"Content-Disposition: form-data; name=\"image\"; filename=\"card.jpg\"\nContent-Type: image/jpg\nContent-Length: {size}", "{picture}"},
		},
		times: 3, // in one second, with one signature
	},
	{
		client: "Java, numbered picture", signed: javaOrder, valid: 300 * time.Second,
		head:  java + "multipart/form-data; boundary=0d9d1f57-4b4e-4b0e-9d0f-1f8b4f0c7a11" + okhttp,
		bound: "0d9d1f57-4b4e-4b0e-9d0f-1f8b4f0c7a11",
		parts: []part{
			{"Content-Disposition: form-data; name=\"bucket\"\nContent-Length: {size}", "{bucket}"},
			{"Content-Disposition: form-data; name=\"appid\"\nContent-Length: {size}", "{appid}"},
			{"Content-Disposition: form-data; name=\"image[0]\"; filename=\"card.jpg\"\nContent-Type: image/jpg\nContent-Length: {size}", "{picture}"},
		},
	},
	{
		client: "Java, charset in JSON", signed: javaOrder, valid: 300 * time.Second,
		head: java + "application/json; charset=utf-8" + okhttp,
		body: `{"bucket":"{bucket}","appid":"{appid}","image":"{base64}"}`,
	},
	{
		client: "Java, wrong key", signed: "a={appid}&b={bucket}&k=NOBODYSSECRETID&t={now}&e={soon}", valid: 300 * time.Second,
		head: java + "application/json; charset=utf-8" + okhttp,
		body: `{"bucket":"{bucket}","appid":"{appid}","url":"http://example.com/x.jpg"}`,
		code: 11,
	},
	{
		client: "PHP, JSON", signed: phpOrder, valid: 30 * time.Second,
		head: php + "application/json",
		body: `{"appid":"{appid}","bucket":"{bucket}","image":"{base64}"}`,
	},
	{
		client: "PHP, buffer mode: no file name and no type", signed: phpOrder, valid: 30 * time.Second,
		head:  php + "multipart/form-data; boundary=------------------------b1f0f8e3a2c4d5e6",
		bound: "------------------------b1f0f8e3a2c4d5e6",
		parts: []part{
			{`Content-Disposition: form-data; name="appid"`, "{appid}"},
			{`Content-Disposition: form-data; name="bucket"`, "{bucket}"},
			{`Content-Disposition: form-data; name="image"`, "{picture}"},
		},
	},
	{
		client: "PHP, buffer mode with base64", signed: phpOrder, valid: 30 * time.Second,
		head:  php + "multipart/form-data; boundary=------------------------b1f0f8e3a2c4d5e6",
		bound: "------------------------b1f0f8e3a2c4d5e6",
		parts: []part{
			{`Content-Disposition: form-data; name="appid"`, "{appid}"},
			{`Content-Disposition: form-data; name="image"`, "{base64}"},
		},
	},
	{
		client: "PHP through a proxy setting", signed: phpOrder, valid: 30 * time.Second,
		head: `POST http://recognition.image.myqcloud.com/ocr/bankcard HTTP/1.1
Host: recognition.image.myqcloud.com
Accept: */*
Proxy-Connection: Keep-Alive
Authorization: {sign}
Expect:
Content-Type: application/json
Content-Length: {length}`,
		body: `{"appid":"{appid}","bucket":"{bucket}","image":"{base64}"}`,
	},
	{
		client: "Python: file names on text fields, a path as the picture's, absolute form", signed: pythonOrder, valid: 30 * time.Second,
		head:  python,
		bound: "7f1e0e6d1c5a4a8a9f3d2b6c8e0a1b2c",
		parts: []part{
			{`Content-Disposition: form-data; name="appid"; filename="appid"`, "{appid}"},
			{`Content-Disposition: form-data; name="bucket"; filename="bucket"`, "{bucket}"},
			{`Content-Disposition: form-data; name="images[0]"; filename="/srv/pictures/2018/card one.jpg"`, "{picture}"},
		},
	},
	{
		client: "Python, a Windows path", signed: pythonOrder, valid: 30 * time.Second,
		head:  python,
		bound: "7f1e0e6d1c5a4a8a9f3d2b6c8e0a1b2c",
		parts: []part{
			{`Content-Disposition: form-data; name="images[0]"; filename="C:\pictures\card.jpg"`, "{picture}"},
			{`Content-Disposition: form-data; name="bucket"; filename="bucket"`, "{bucket}"},
			{`Content-Disposition: form-data; name="appid"; filename="appid"`, "{appid}"},
		},
	},
	{
		client: "third-party Python: decimals in its times",
		signed: "a={appid}&b={bucket}&k={id}&e={soon.}&t={now.}&r=123456789&u=0&f=", valid: 30 * time.Minute,
		head: `POST /ocr/bankcard HTTP/1.1
Host: {host}
Accept-Encoding: identity
Content-Length: {length}
User-Agent: Python-urllib/3.6
Content-Type: application/json
Authorization: {sign}
Connection: close`,
		body: `{"appid": "{appid}", "bucket": "{bucket}", "image": "{base64-lines}"}`,
	},
	{
		client: "mini-program: appid alone, and an empty b", signed: "a={appid}&b=&k={id}&e={soon}&t={now}&r=271828&u=0&f=", valid: time.Hour,
		head: `POST /ocr/bankcard HTTP/1.1
charset: utf-8
authorization: {sign}
referer: https://servicewechat.com/wx0000000000000000/devtools/page-frame.html
user-agent: Mozilla/5.0 (Linux; Android 8.0) MicroMessenger/6.6.7 MicroProgram
content-type: multipart/form-data; boundary=wxmpboundary1529400000000
content-length: {length}
host: {host}
connection: Keep-Alive
accept-encoding: gzip`,
		bound: "wxmpboundary1529400000000",
		parts: []part{
			{"Content-Disposition: form-data; name=\"appid\"\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit", "{appid}"},
			{"Content-Disposition: form-data; name=\"image\"; filename=\"tmp_1529400000.jpg\"\nContent-Type: image/jpeg\nContent-Transfer-Encoding: binary", "{picture}"},
		},
	},
	{
		client: "third-party Go: appid is a number", signed: fullOrder, valid: 30 * 24 * time.Hour,
		head: `POST /ocr/bankcard HTTP/1.1
Host: {host}
User-Agent: Go-http-client/1.1
Content-Length: {length}
Authorization: {sign}
Content-Type: application/json
Accept-Encoding: gzip`,
		body: `{"appid":{appid},"bucket":"{bucket}","image":"{base64}"}`,
	},
	{
		client: "npm: picture before appid, the vendor's Host", signed: npmOrder, valid: 100 * time.Second,
		head: `POST /ocr/bankcard HTTP/1.1
host: recognition.image.myqcloud.com
content-type: multipart/form-data; boundary=--------------------------015412345678901234567890
authorization: {sign}
content-length: {length}
Connection: close`,
		bound: "--------------------------015412345678901234567890",
		parts: []part{
			{"Content-Disposition: form-data; name=\"image\"; filename=\"card.jpg\"\nContent-Type: image/jpeg", "{picture}"},
			{`Content-Disposition: form-data; name="appid"`, "{appid}"},
		},
	},
	{
		client: "the vendor's sample: trailing semicolon, no blank before boundary", signed: fullOrder, valid: 30 * 24 * time.Hour,
		head:  sample,
		bound: "-------------------------acebdf13572468",
		parts: sampleParts,
	},
	{
		client: "the vendor's sample, with bare LF in the form", signed: fullOrder, valid: 30 * 24 * time.Hour,
		head:  sample,
		bound: "-------------------------acebdf13572468",
		parts: sampleParts, newline: "\n",
	},
	{
		client: "the vendor's sample as text/json, with the storage interface's prefix", signed: fullOrder, valid: 30 * 24 * time.Hour,
		head: `POST /ocr/creditcardocr HTTP/1.1
Authorization: QCloud {sign}
Host: recognition.image.myqcloud.com
Content-Length: {length}
Content-Type: text/json`,
		body: `{
  "appid":"{appid}",
  "bucket":"{bucket}",
  "image":"{base64}"
}`,
	},
}

const sample = `POST /ocr/bankcard HTTP/1.1
Authorization: {sign}
Host: recognition.image.myqcloud.com
Content-Length: {length}
Content-Type: multipart/form-data;boundary=-------------------------acebdf13572468`

var sampleParts = []part{
	{`Content-Disposition: form-data; name="appid";`, "{appid}"},
	{`Content-Disposition: form-data; name="bucket";`, "{bucket}"},
	{"Content-Disposition: form-data; name=\"image\"; filename=\"card.jpg\"\nContent-Type: image/jpeg", "{picture}"},
}

func TestReplays(t *testing.T) {
	s := start(t)
	for _, c := range shapes {
		t.Run(c.client, func(t *testing.T) {
			request := c.bytes(s.Addr, s.Account, time.Now())
			for range max(c.times, 1) {
				reply := c.send(t, s, request)
				if c.code != 0 {
					refused(t, reply, c.code)
				} else {
					read(t, reply)
				}
			}
		})
	}
}

// A signature is held against its key in every client's order of fields: with
// another key each of the shapes is refused.
func TestReplaysWithAnotherKey(t *testing.T) {
	s := start(t)
	forger := s.Account
	forger.SecretKey = "EXAMPLESECRETKEY0000000000000001"
	for _, c := range shapes {
		if c.code != 0 {
			continue
		}
		t.Run(c.client, func(t *testing.T) {
			refused(t, c.send(t, s, c.bytes(s.Addr, forger, time.Now())), 14)
		})
	}
}
