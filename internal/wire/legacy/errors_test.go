package legacy

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

// published are the codes that the vendor's table of this endpoint has
// (spec/legacy-api.md, section 9), and success.
func published(code int) bool {
	switch code {
	case 0, -1102, -1300, -1301, -1304, -5208, -9010, -9011:
		return true
	}
	return code >= 3 && code <= 21 || code >= 200 && code <= 203
}

// TestMain asks, after a whole run, that every row of the table was produced
// end to end by some test.
func TestMain(m *testing.M) {
	code := m.Run()
	if code == 0 && flag.Lookup("test.run").Value.String() == "" && flag.Lookup("test.fuzz").Value.String() == "" {
		for c := OK; c < conditions; c++ {
			if _, ok := reached.Load(c.String()); !ok {
				fmt.Println("no test produces the condition", c)
				code = 1
			}
		}
	}
	os.Exit(code)
}

func TestTable(t *testing.T) {
	names := map[string]bool{}
	for c := OK; c < conditions; c++ {
		r := c.Row()
		if r.Name == "" || r.When == "" || r.Message == "" || r.HTTP == 0 || r.HTTP2017 == 0 {
			t.Errorf("condition %d: the row is not complete: %+v", c, r)
		}
		if names[r.Name] {
			t.Errorf("%s stands twice", r.Name)
		}
		names[r.Name] = true
		if to := c.strict(); !published(to.Row().Code) {
			t.Errorf("%s: strict mode sends %d", r.Name, to.Row().Code)
		}
		if published(r.Code) && c.strict() != c {
			t.Errorf("%s: code %d is published, and strict mode changes it", r.Name, r.Code)
		}
		// Clients take a code of theirs from -1 to -4 for a failure on their
		// own side (section 4).
		if r.Code < 0 && r.Code >= -4 {
			t.Errorf("%s: code %d is a client's own", r.Name, r.Code)
		}
	}
}

// The second target that section 9 leaves open is decided here for good.
func TestStrictFolding(t *testing.T) {
	for from, to := range map[Condition]int{
		BodyTooLarge: 20, AuthUnavailable: -5208, DownloadFailed: 21, BadURL: 21, PictureUnsupported: -1102,
		NotACard: -9011, IllegalNumber: -9011, PictureMalformed: -1102, SignatureMismatch: 14,
	} {
		if got := from.strict().Row().Code; got != to {
			t.Errorf("%v becomes %d, want %d", from, got, to)
		}
	}
}

func TestModes(t *testing.T) {
	gif := formCall(text("appid", demo.AppID), file("image", []byte("GIF89a")))
	none := formCall(text("appid", demo.AppID), file("image", []byte("none")))
	big := testCall{body: make([]byte, 6<<20+1)}
	unsigned := testCall{noAuth: true, body: []byte("{}")}
	get := testCall{method: "GET"}
	other := testCall{path: "/ocr/idcard"}
	noBucket := jsonCall(object{"appid": demo.AppID, "bucket": "nobucket", "image": encoded})
	for _, c := range []struct {
		name                                           string
		call                                           testCall
		code, status, status2017, strict, strictStatus int
	}{
		{"GIF", gif, -1400, 200, 200, -1102, 200},
		{"no card", none, -9013, 200, 200, -9011, 200},
		{"body over 6 MiB", big, 23, 413, 413, 20, 413},
		{"no signature", unsigned, 4, 200, 401, 4, 200},
		{"GET", get, 3, 405, 424, 3, 405},
		{"no such path", other, 3, 404, 404, 3, 404},
		{"another bucket", noBucket, 6, 200, 403, 6, 200},
	} {
		for mode, want := range map[string][2]int{"default": {c.code, c.status}, "2017": {c.code, c.status2017}, "strict": {c.strict, c.strictStatus}} {
			s := start(t, func(o *Options) { o.HTTP2017 = mode == "2017"; o.Strict = mode == "strict" })
			if a := s.do(t, c.call); a.Code != want[0] || a.status != want[1] {
				t.Errorf("%s, %s: code %d, status %d, want %v", c.name, mode, a.Code, a.status, want)
			}
		}
	}
}

// errorsPage is docs/errors.md. KAHAO_UPDATE=1 go test writes it anew.
const errorsPage = "../../../docs/errors.md"

func TestErrorsPageIsTheTable(t *testing.T) {
	want := errorsMarkdown()
	if os.Getenv("KAHAO_UPDATE") != "" {
		if err := os.WriteFile(errorsPage, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(errorsPage)
	if err != nil {
		t.Fatal(err)
	}
	if strings.ReplaceAll(string(got), "\r\n", "\n") != want {
		t.Error("docs/errors.md is not the table: run KAHAO_UPDATE=1 go test ./internal/wire/legacy and read the diff")
	}
}

func errorsMarkdown() string {
	var b strings.Builder
	b.WriteString(`# Error codes of ` + "`POST " + Path + "`" + `

Generated from the table in ` + "`internal/wire/legacy/errors.go`" + ` by its tests. The reply to every request is
` + "`{\"code\":N,\"message\":\"…\"}`" + `; code 0 comes with ` + "`data`" + `.

* **HTTP**: 200 for every code by default, so that clients read the body; real statuses only where the request did not get
  as far as the interface. ` + "`--http-status 2017`" + ` sends those of the second column.
* **strict**: what ` + "`--strict`" + ` sends in its place, which keeps to the codes that the vendor publishes for this endpoint.
* **again**: the same request may succeed later.
* The condition is the word for it in the log.

Codes, and messages in capitals, are the vendor's. Which code a condition has where the vendor's pages do not say, the
other messages and the statuses are kahao's choice. The first failure counts: path and method, signature, room in the
server, size and form of the body, whether signature and body agree, parameters, picture, card.

| code | message | HTTP | 2017 | strict | again | condition | when |
|---|---|---|---|---|---|---|---|
`)
	for c := OK; c < conditions; c++ {
		r := c.Row()
		strict, again := "", ""
		if to := c.strict(); to != c {
			strict = fmt.Sprint(to.Row().Code)
		}
		if r.Retryable {
			again = "yes"
		}
		fmt.Fprintf(&b, "| %d | `%s` | %d | %d | %s | %s | `%s` | %s |\n", r.Code, r.Message, r.HTTP, r.HTTP2017, strict, again, r.Name, r.When)
	}
	return b.String()
}
