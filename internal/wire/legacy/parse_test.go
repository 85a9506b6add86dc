package legacy

import (
	"bytes"
	"errors"
	"testing"
)

// FuzzParse: a body of either type gives a request or errBody, and a request
// keeps to the limits.
func FuzzParse(f *testing.F) {
	f.Add("application/json", []byte(`{"appid":1,"bucket":"b","image":"data:image/png;base64,AAAA","url":null}`))
	f.Add("text/json;charset=utf-8", []byte(`{"appid":"1","image":"_-8=","url":""}`))
	f.Add("multipart/form-data", formCall(text("appid", "1"), file("image[0]", picture)).body)
	for _, c := range []testCall{
		formCall(text("appid", "1"), text("image", encoded), text("url", "http://x/")),
		formCall(part{`Content-Disposition: form-data; name="appid";`, "1"}, part{"Content-Transfer-Encoding: quoted-printable\r\nContent-Disposition: form-data; name=image", "=41=4"}),
	} {
		f.Add(c.contentType, c.body)
	}
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		l := limits{picture: 64, pictures: 3}
		r, err := parse(contentType, bytes.NewReader(body), l)
		if err != nil {
			if !errors.Is(err, errBody) || r != nil {
				t.Fatalf("%v, %v", r, err)
			}
			return
		}
		if int64(len(r.picture)) > l.picture {
			t.Fatalf("a picture of %d bytes", len(r.picture))
		}
		if !r.hasPicture && (r.picture != nil || r.pictures != 0) || r.hasPicture && r.pictures == 0 {
			t.Fatalf("%+v", r)
		}
		if len(r.url) > longestText && !r.tooLong {
			t.Fatalf("a url of %d bytes", len(r.url))
		}
	})
}
