package request

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

var bounds = Limits{Image: 1 << 10, Images: 5}

var photo = []byte("\xff\xd8\xff\xe0a photograph")

var encoded = base64.StdEncoding.EncodeToString(photo)

const formType = "multipart/form-data; boundary=limit"

// form writes a form of pairs of a part's header and its content.
func form(parts ...string) string {
	var b strings.Builder
	for i := 0; i < len(parts); i += 2 {
		b.WriteString("--limit\r\n" + parts[i] + "\r\n\r\n" + parts[i+1] + "\r\n")
	}
	return b.String() + "--limit--\r\n"
}

func named(name string) string { return `Content-Disposition: form-data; name="` + name + `"` }

func file(name, file string) string { return named(name) + `; filename="` + file + `"` }

// say writes a request in one line, a photo as "photo".
func say(r *Request) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%s", r.AppID, r.Bucket)
	for _, p := range r.Images {
		switch {
		case p.Fault != None:
			fmt.Fprintf(&b, " fault%d", p.Fault)
		case p.ByURL:
			fmt.Fprintf(&b, " %s", p.URL)
		case bytes.Equal(p.Content, photo):
			b.WriteString(" photo")
		default:
			fmt.Fprintf(&b, " %q", p.Content)
		}
		if p.Name != "" {
			b.WriteString(" as " + p.Name)
		}
	}
	for _, f := range []struct {
		name string
		set  bool
	}{{"no appid", !r.HasAppID}, {"has url", r.HasURL}, {"bad", r.BadParameter}, {"long", r.TooLong}, {fmt.Sprint(r.Count, " of them"), r.Count != len(r.Images)}} {
		if f.set {
			b.WriteString(", " + f.name)
		}
	}
	return b.String()
}

func parse(t *testing.T, contentType, body string) string {
	t.Helper()
	// Reading one byte at a time shows code that relies on whole reads.
	one, errOne := Parse(contentType, iotest.OneByteReader(strings.NewReader(body)), bounds)
	r, err := Parse(contentType, strings.NewReader(body), bounds)
	if (err == nil) != (errOne == nil) || err == nil && say(one) != say(r) {
		t.Fatalf("%q: at once %v, %v; byte by byte %v, %v", body, r, err, one, errOne)
	}
	if err != nil {
		if !errors.Is(err, ErrBody) || r != nil {
			t.Fatalf("%q: %v, %v", body, r, err)
		}
		return "error"
	}
	return say(r)
}

func TestJSON(t *testing.T) {
	long := strings.Repeat("x", MaxTextLen+1)
	large := base64.StdEncoding.EncodeToString(make([]byte, 1<<10+1))
	for body, want := range map[string]string{
		`{"appid":"1","bucket":"b","image":"` + encoded + `"}`:               `1/b photo`,
		`{"image":"` + encoded + `","appid":200001}`:                         `200001/ photo`,
		`{"appid":"1","bucket":"b","url":"http://h/x"}`:                      `1/b http://h/x, has url`,
		`{"appid":"1","url":"http://h/x","image":"!!"}`:                      `1/ http://h/x, has url`,
		`{"appid":"1","url":"","image":"` + encoded + `"}`:                   `1/ photo, has url`,
		`{"appid":"1","card_type":0,"url_list":["http://h/1","http://h/2"]}`: `1/ http://h/1 http://h/2, has url`,
		`{"appid":"1","url_list":["http://h/1"],"url":"http://h/0"}`:         `1/ http://h/0, has url`,
		`{"appid":"1","url_list":["http://h/1"],"url":""}`:                   `1/ http://h/1, has url`,
		`{"appid":"1","url_list":"http://h/1"}`:                              `1/ http://h/1, has url`,
		`{"appid":"1","url":["http://h/1",""," ",7,null,"` + long + `"]}`:    `1/ http://h/1 fault3 fault3 fault2 fault3, has url, 6 of them`,
		`{"appid":"1","url":["` + long + `"]}`:                               `1/ fault4, has url`,
		`{"appid":"1","url":["",""]}`:                                        `1/, has url`,
		`{"appid":"1","url":[]}`:                                             `1/, has url`,
		`{"appid":"1","image":["` + encoded + `","","!!",7,null]}`:           `1/ photo "" fault2 fault2 ""`,
		`{"appid":"1","image":["` + large + `","` + encoded + `"]}`:          `1/ fault1 photo`,
		`{"appid":"1","image":[]}`:                                           `1/`,
		`{"appid":"1","image":["","","","","","","` + encoded + `"]}`:        `1/ "" "" "" "" "", 7 of them`,
		`{"appid":"1","image":""}`:                                           `1/ ""`,
		`{"appid":"1","image":"!!"}`:                                         `1/ fault2`,
		`{"appid":"1","image":7}`:                                            `1/, bad`,
		`{"appid":"1","image":{"a":1}}`:                                      `1/, bad`,
		`{"appid":"1","url":7}`:                                              `1/, bad`,
		`{"appid":"` + long + `","bucket":"` + long + `"}`:                   `/, long`,
		`{"appid":""}`:   `/`,
		`{"appid":" "}`:  `/`,
		`{"appid":null}`: `/, no appid`,
		`{"appid":1.5}`:  `/, no appid, bad`,
		`{"appid":-1}`:   `/, no appid, bad`,
		`{"appid":{}}`:   `/, no appid, bad`,
		`{}`:             `/, no appid`,
		` { } `:          `/, no appid`,
		"\ufeff{}":       `/, no appid`,
		`{"appid":"1","appid":"2","image":"!!","image":"` + encoded + `"}`: `2/ photo`,
		`{"\u0061ppid":"1"}`: `1/`,
		`{"APPID":"1","Image":"` + encoded + `","image_type":"jpg","session_id":"1"}`:     `/, no appid`,
		`{"appid":"1","image":"` + strings.ReplaceAll(encoded, "/", `\/`) + `","x":[{}]}`: `1/ photo`,
		``: `error`, `null`: `error`, `[]`: `error`, `7`: `error`, `{`: `error`, `{"appid"`: `error`, `{"appid":"1"`: `error`, `{"appid":"1",}`: `error`,
		`{"appid":"1"}{}`: `error`, `{"appid":"1"}]`: `error`, `{"appid":"1" "x":1}`: `error`, `{"url":["a",]}`: `error`, `{"url":["a"}`: `error`, `{7:1}`: `error`, `{"a":}`: `error`,
	} {
		if got := parse(t, "application/json", body); got != want {
			t.Errorf("%.80s\n got %.200s\nwant %s", body, got, want)
		}
	}
}

func TestForm(t *testing.T) {
	long := strings.Repeat("x", MaxTextLen+1)
	for i, c := range []struct{ body, want string }{
		{form(named("appid"), "1", named("bucket"), "b", file("image", "card.jpg"), string(photo)), `1/b photo as card.jpg`},
		{form(file("image", `C:\pics\card.jpg`), string(photo), file("appid", "appid"), " 1\r\n"), `1/ photo as C:\pics\card.jpg`},
		{form(file("images[0]", "/home/a/1.jpg"), string(photo), named("appid"), "1"), `1/ photo as /home/a/1.jpg`},
		{form(named("image"), string(photo), named("appid")+";", "1"), `1/ photo`},
		{form(named("image"), encoded[:10]+"\r\n"+encoded[10:]), `/ photo, no appid`},
		{form(file("image", "card.jpg"), encoded), `/ "` + encoded + `" as card.jpg, no appid`},
		{form(file("image[1]", "b"), "2", file("image[0]", "a"), "1", file("image[10]", "c"), "3", file("image[1]", "d"), "4"), `/ "1" as a "3" as c "2" as b "4" as d, no appid`},
		{form(file("image0", ""), "", file("image1", "x"), strings.Repeat("x", 1<<10+1), file("image2", "y"), strings.Repeat("y", 1<<10)), `/ "" fault1 as x "` + strings.Repeat("y", 1<<10) + `" as y, no appid`},
		{form(named("image"), strings.Repeat("A", 2<<10)+strings.Repeat("\n", MaxTextLen)), `/ fault1, no appid`},
		{form(strings.Fields(strings.Repeat(`name=image x `, 6))...), `error`}, // parts without a colon in their header
		{form(file("image", "1"), "1", file("image", "2"), "2", file("image", "3"), "3", file("image", "4"), "4", file("image", "5"), "5", file("image", "6"), "6"),
			`/ "1" as 1 "2" as 2 "3" as 3 "4" as 4 "5" as 5, no appid, 6 of them`},
		{form(named("url"), " http://h/x ", named("url"), "http://h/y", named("image"), "1"), `/ http://h/x, no appid, has url`},
		{form(named("url_list[0]"), "http://h/x", named("url_list[1]"), "http://h/y"), `/ http://h/x http://h/y, no appid, has url`},
		{form(named("url"), "", named("image"), "1"), `/ "1", no appid, has url`},
		{form(named("url"), ""), `/, no appid, has url`},
		{form(named("url"), long), `/ fault4, no appid, has url`},
		{form(named("appid"), long, named("bucket"), long), `/, long`},
		{form(named("appid"), ""), `/`},
		{form(named("appid"), "1", named("appid"), "2", named("ret"), "x", "X: y", "z", "Content-Disposition: attachment", "z"), `1/`},
		{form(), `/, no appid`},
		{strings.ReplaceAll(form(named("appid"), "1"), "\r\n", "\n"), `1/`},
		{form(named("appid"), "1")[:60], `error`},
		{"", `error`},
		{"appid=1", `error`},
		{form(strings.Split(strings.Repeat(named("x")+"|1|", maxOtherParts+bounds.Images)+named("x")+"|1", "|")...), `error`},
		{form(strings.Split(strings.Repeat(named("x")+"|1|", maxOtherParts+bounds.Images-1)+named("appid")+"|1", "|")...), `1/`},
	} {
		if got := parse(t, formType, c.body); got != c.want {
			t.Errorf("%d: got %.300s\nwant %s", i, got, c.want)
		}
	}
}

func TestContentTypes(t *testing.T) {
	f := form(named("appid"), "1")
	for contentType, want := range map[string]string{
		"multipart/form-data;boundary=limit": "1/", `Multipart/Form-Data; boundary="limit"`: "1/", "multipart/form-data; boundary=limit; charset=utf-8": "1/",
		"multipart/form-data": "1/", "multipart/form-data; odd; boundary=limit": "1/", "multipart/form-data; boundary=other": "error",
		"": "error", "text/plain": "error", "application/json": "error", "multipart/mixed; boundary=limit": "error",
	} {
		if got := parse(t, contentType, f); !strings.HasPrefix(got, want) {
			t.Errorf("%q: %s", contentType, got)
		}
	}
	for _, contentType := range []string{"application/json", "APPLICATION/JSON;charset=UTF-8", "text/json", "application/json; odd"} {
		if got := parse(t, contentType, `{"appid":"1"}`); got != "1/" {
			t.Errorf("%q: %s", contentType, got)
		}
	}
}

// The reader's own complaint about a body that is too large passes, from
// wherever it comes.
func TestTooLarge(t *testing.T) {
	for contentType, body := range map[string]string{
		"application/json": `{"appid":"1","image":"` + encoded + `"}      `, formType: form(named("appid"), "1", file("image", "x"), string(photo)), "multipart/form-data": form(named("appid"), "1"),
	} {
		for most := range int64(len(body) - 8) {
			_, err := Parse(contentType, http.MaxBytesReader(nil, io.NopCloser(strings.NewReader(body)), most), bounds)
			var tooLarge *http.MaxBytesError
			if !errors.As(err, &tooLarge) {
				t.Fatalf("%s, %d bytes: %v", contentType, most, err)
			}
		}
	}
}

// A body that breaks off is no body, however much of it was good.
func TestBroken(t *testing.T) {
	for contentType, start := range map[string]string{
		"application/json": "{\"appid\":\"1\"",
		formType:           form(named("appid"), "1")[:30],
	} {
		for _, cause := range []error{io.ErrUnexpectedEOF, errors.New("connection reset")} {
			for _, text := range []string{"", start} {
				body := io.MultiReader(strings.NewReader(text), iotest.ErrReader(cause))
				if r, err := Parse(contentType, body, bounds); err != ErrBroken || r != nil {
					t.Errorf("%s, %q, %v: %v", contentType, text, cause, err)
				}
			}
		}
	}
}

// FuzzParse: a body of either type gives a request that keeps to the limits or
// ErrBody; and what encoding/json takes for an object is taken here, nothing
// else.
func FuzzParse(f *testing.F) {
	f.Add("application/json", []byte(`{"appid":1,"bucket":"b","image":"data:image/png;base64,AAAA","url":null}`))
	f.Add("text/json;charset=utf-8", []byte(`{"appid":"1","image":["_-8="],"url":["","x"],"url_list":[[]]}`))
	f.Add(formType, []byte(form(named("appid"), "1", file("image[0]", "x"), string(photo), file("image[1]", "y"), "z")))
	f.Add(formType, []byte(form(named("appid")+";", "1", named("image"), encoded, named("url"), "http://x/")))
	f.Add("multipart/form-data", []byte(form("Content-Transfer-Encoding: quoted-printable\r\nContent-Disposition: form-data; name=image", "=41=4")))
	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		l := Limits{Image: 64, Images: 3}
		r, err := Parse(contentType, bytes.NewReader(body), l)
		if kind, _ := mediaType(contentType); kind == "application/json" {
			var object map[string]json.RawMessage
			known := json.Unmarshal(bytes.TrimPrefix(body, []byte("\ufeff")), &object) == nil && object != nil
			if known != (err == nil) {
				t.Fatalf("%v, and encoding/json: %v", err, known)
			}
		}
		if err != nil {
			if !errors.Is(err, ErrBody) || r != nil {
				t.Fatalf("%v, %v", r, err)
			}
			return
		}
		if len(r.Images) > l.Images || len(r.Images) > r.Count || r.Count <= l.Images && len(r.Images) != r.Count {
			t.Fatalf("%d images of %d", len(r.Images), r.Count)
		}
		if len(r.AppID) > MaxTextLen || len(r.Bucket) > MaxTextLen {
			t.Fatal("a long text")
		}
		for _, p := range r.Images {
			if int64(len(p.Content)) > l.Image || len(p.URL) > MaxTextLen || p.ByURL && (p.URL == "") == (p.Fault == None) || p.Fault != None && p.Content != nil {
				t.Fatalf("%+v", p)
			}
		}
	})
}
