package legacy

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
)

// The quirks of clients' forms, each as it goes over the wire.
func TestForms(t *testing.T) {
	s := start(t, nil)
	lf := func(c testCall) testCall {
		c.body = []byte(strings.ReplaceAll(string(c.body), "\r\n", "\n"))
		return c
	}
	with := func(contentType string, c testCall) testCall {
		c.contentType = contentType
		return c
	}
	sample := formCall(
		part{`Content-Disposition: form-data; name="appid";`, demo.AppID},
		part{`Content-Disposition: form-data; name="bucket";`, demo.Bucket},
		part{`Content-Disposition: form-data; name="image"; filename="card.jpg"` + "\r\nContent-Type: image/jpeg", string(picture)},
	)
	boundary := strings.TrimPrefix(sample.contentType, "multipart/form-data; boundary=")
	many := func(n int) testCall {
		parts := []part{text("appid", demo.AppID)}
		for i := range n {
			parts = append(parts, file(fmt.Sprintf("image[%d]", i), picture))
		}
		return formCall(parts...)
	}
	truncated := sample
	truncated.body = sample.body[:len(sample.body)-60]
	for name, c := range map[string]struct {
		call testCall
		code int
	}{
		"documented sample, trailing semicolons":    {sample, 0},
		"the same with bare line feeds":             {lf(sample), 0},
		"no blank before boundary":                  {with("multipart/form-data;boundary="+boundary, sample), 0},
		"quoted boundary":                           {with(`multipart/form-data; boundary="`+boundary+`"`, sample), 0},
		"charset behind the boundary":               {with("multipart/form-data; boundary="+boundary+"; charset=utf-8", sample), 0},
		"type in capitals":                          {with("Multipart/Form-Data; boundary="+boundary, sample), 0},
		"a header without boundary":                 {with("multipart/form-data", sample), 0},
		"a boundary that is not in the body":        {with("multipart/form-data; boundary=x", sample), 3},
		"Java: Content-Length in every part":        {formCall(part{"Content-Disposition: form-data; name=\"bucket\"\r\nContent-Length: 10", demo.Bucket}, part{"Content-Disposition: form-data; name=\"appid\"\r\nContent-Length: 10", demo.AppID}, part{"Content-Disposition: form-data; name=\"image\"; filename=\"card.jpg\"\r\nContent-Type: image/jpg\r\nContent-Length: " + fmt.Sprint(len(picture)), string(picture)}), 0},
		"Python: text fields with a file name":      {formCall(part{`Content-Disposition: form-data; name="appid"; filename="appid"`, demo.AppID}, part{`Content-Disposition: form-data; name="bucket"; filename="bucket"`, demo.Bucket}, part{`Content-Disposition: form-data; name="image"; filename="/home/user/pics/card.jpg"`, string(picture)}), 0},
		"Python: images[0]":                         {formCall(text("appid", demo.AppID), part{`Content-Disposition: form-data; name="images[0]"; filename="C:\pics\card.jpg"`, string(picture)}), 0},
		"PHP: image[0]":                             {formCall(text("appid", demo.AppID), file("image[0]", picture)), 0},
		"PHP: picture without file name":            {formCall(text("appid", demo.AppID), text("image", string(picture))), 0},
		"the same as base64":                        {formCall(text("appid", demo.AppID), text("image", base64.StdEncoding.EncodeToString(picture))), 0},
		"WeChat: no bucket":                         {formCall(file("image", picture), text("appid", demo.AppID)), 0},
		"npm: picture first":                        {formCall(file("image", picture), text("appid", demo.AppID)), 0},
		"blanks around the appid":                   {formCall(text("appid", " "+demo.AppID+"\r\n"), file("image", picture)), 0},
		"fields that nobody asked for":              {formCall(text("ret", "1"), file("card", []byte("junk")), text("appid", demo.AppID), file("image", picture)), 0},
		"twenty pictures":                           {many(20), 0},
		"twenty-one pictures":                       {many(21), 19},
		"over a hundred parts":                      {many(101), 3},
		"no parts":                                  {formCall(), 18},
		"no picture":                                {formCall(text("appid", demo.AppID)), 18},
		"no appid":                                  {formCall(file("image", picture)), 21},
		"appid empty":                               {formCall(text("appid", ""), file("image", picture)), -1301},
		"empty picture":                             {formCall(text("appid", demo.AppID), file("image", nil)), -1300},
		"a text file":                               {formCall(text("appid", demo.AppID), file("image", []byte("hello, world"))), -1102},
		"a text without file name":                  {formCall(text("appid", demo.AppID), text("image", "hello, world")), -1102},
		"another appid":                             {formCall(text("appid", other.AppID), file("image", picture)), 6},
		"url":                                       {formCall(text("appid", demo.AppID), text("url", "http://example.org/card.jpg"), file("image", picture)), -1308},
		"url empty":                                 {formCall(text("appid", demo.AppID), text("url", "")), 17},
		"url too long":                              {formCall(text("appid", demo.AppID), text("url", strings.Repeat("x", 2049))), -1304},
		"truncated":                                 {truncated, 3},
		"empty body":                                {testCall{contentType: sample.contentType}, 3},
		"not a form":                                {testCall{contentType: sample.contentType, body: []byte("hello")}, 3},
		"part without a name, part without a sense": {formCall(part{`Content-Disposition: attachment`, "x"}, part{"X: y", "z"}, text("appid", demo.AppID), file("image", picture)), 0},
	} {
		a := s.do(t, c.call)
		if a.Code != c.code || a.status != 200 {
			t.Errorf("%s: code %d, status %d, want code %d", name, a.Code, a.status, c.code)
		}
	}
}
