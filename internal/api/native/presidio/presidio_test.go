package presidio

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/api/native/body"
)

func TestParseData(t *testing.T) {
	black, gray, colour := [3]uint8{}, [3]uint8{200, 200, 200}, [3]uint8{255, 0, 7}
	for _, c := range []struct {
		text     string
		colour   [3]uint8
		entities []string
		bad      bool
	}{
		{text: ``, colour: black},
		{text: `{}`, colour: black},
		{text: `{'color_fill':'255,0,7'}`, colour: colour},
		{text: `{"color_fill":"255,0,7"}`, colour: colour},
		{text: `"{'color_fill':'255,0,7'}"`, colour: colour},
		{text: ` {'color_fill': '255, 0, 7'} `, colour: colour},
		{text: `{'color_fill':'200'}`, colour: gray},
		{text: `{'color_fill':200}`, colour: gray},
		{text: `{'color_fill':''}`, colour: black},
		{text: `{'color_fill':null}`, colour: black},
		{text: `{'score':1}`, colour: black},
		{text: `{'analyzer_entities':['PERSON','CREDIT_CARD']}`, entities: []string{"PERSON", "CREDIT_CARD"}},
		{text: `{'color_fill':'256'}`, bad: true},
		{text: `{'color_fill':'-1'}`, bad: true},
		{text: `{'color_fill':'0x10'}`, bad: true},
		{text: `{'color_fill':'1.5'}`, bad: true},
		{text: `{'color_fill':'1,2'}`, bad: true},
		{text: `{'color_fill':'1,2,3,4'}`, bad: true},
		{text: `{'color_fill':[1,2,3]}`, bad: true},
		{text: `{'color_fill':'red'}`, bad: true},
		{text: `{'analyzer_entities':'PERSON'}`, bad: true},
		{text: `[]`, bad: true},
		{text: `{`, bad: true},
		{text: `"`, bad: true},
	} {
		d, err := ParseData(c.text)
		if (err != nil) != c.bad || err != nil && !errors.Is(err, body.ErrField) {
			t.Errorf("%s: the error is %v, want one: %v", c.text, err, c.bad)
		}
		if d.Colour != c.colour || !slices.Equal(d.Entities, c.entities) {
			t.Errorf("%s: %v, want %v and %q", c.text, d, c.colour, c.entities)
		}
	}
}

func TestOthers(t *testing.T) {
	for _, c := range []struct {
		entities []string
		want     bool
	}{{nil, false}, {[]string{"CREDIT_CARD"}, false}, {[]string{"CREDIT_CARD", "PERSON"}, true}, {[]string{""}, true}} {
		if got := (Data{Entities: c.entities}).Others(); got != c.want {
			t.Errorf("%q: %v, want %v", c.entities, got, c.want)
		}
	}
}

func TestParse(t *testing.T) {
	const form = "multipart/form-data; boundary=b"
	part := func(name, content string) string {
		return "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + content + "\r\n"
	}
	for _, c := range []struct {
		name, kind, body, image string
		base64                  bool
		want                    error
	}{
		{"form", form, part("image", "abc") + part("data", "{'color_fill':'1'}") + "--b--\r\n", "abc", false, nil},
		{"another part", form, part("lang", "x") + part("image", "abc") + "--b--\r\n", "abc", false, nil},
		{"no image", form, part("data", "") + "--b--\r\n", "", false, body.ErrNone},
		{"two images", form, part("image", "a") + part("image", "b") + "--b--\r\n", "", false, body.ErrTooMany},
		{"data twice", form, part("data", "") + part("data", "") + part("image", "a") + "--b--\r\n", "", false, body.ErrField},
		{"bad data", form, part("data", "4111111111111111") + part("image", "a") + "--b--\r\n", "", false, body.ErrField},
		{"long data", form, part("data", strings.Repeat(" ", maxData+1)) + part("image", "a") + "--b--\r\n", "", false, body.ErrField},
		{"large image", form, part("image", strings.Repeat("x", 65)) + "--b--\r\n", "", false, body.ErrTooLarge},
		{"cut off", form, part("image", "abc"), "", false, body.ErrForm},
		{"no boundary", "multipart/form-data", "", "", false, body.ErrForm},
		{"JSON", "application/json", `{"image":"YWJj","analyzer_entities":["CREDIT_CARD"],"x":1}`, "abc", true, nil},
		{"JSON without an image", "application/json", `{}`, "", false, body.ErrNone},
		{"no base64", "application/json", `{"image":"!"}`, "", false, body.ErrField},
		{"a large image in JSON", "application/json", `{"image":"` + strings.Repeat("YWJj", 22) + `"}`, "", false, body.ErrTooLarge},
		{"entities that are no list", "application/json", `{"image":"YWJj","analyzer_entities":"PERSON"}`, "", false, body.ErrForm},
		{"a list", "application/json", `[]`, "", false, body.ErrForm},
		{"an image alone", "image/png", "abc", "", false, body.ErrType},
		{"no type", "", "", "", false, body.ErrType},
	} {
		q, err := Parse(c.kind, strings.NewReader(c.body), 64)
		if !errors.Is(err, c.want) || c.want == nil && err != nil {
			t.Errorf("%s: the error is %v, want %v", c.name, err, c.want)
		}
		if err == nil && (string(q.Image) != c.image || q.Base64 != c.base64) {
			t.Errorf("%s: image %q, base64 %v; want %q, %v", c.name, q.Image, q.Base64, c.image, c.base64)
		}
		if err != nil && strings.Contains(err.Error(), "4111") {
			t.Errorf("%s: the error quotes the body: %v", c.name, err)
		}
	}
}

// What breaks while it is received is not a mistake of the client's form.
func TestBrokenBody(t *testing.T) {
	cut := errors.New("connection reset")
	for _, kind := range []string{"application/json", "multipart/form-data; boundary=b"} {
		_, err := Parse(kind, io.MultiReader(strings.NewReader("--b\r\n"), failing{cut}), 64)
		if !errors.Is(err, body.ErrReceive) || !errors.Is(err, cut) {
			t.Errorf("%s: %v, want ErrReceive with its cause", kind, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// usual is the form of the options in Presidio's documentation.
var usual = regexp.MustCompile(`^\{'color_fill':'([0-9]{1,3})(?:,([0-9]{1,3}),([0-9]{1,3}))?'\}$`)

// FuzzParseData expects that options of the usual form are what a regular
// expression says, that what was parsed parses alike when it is written again, and
// that errors quote nothing.
func FuzzParseData(f *testing.F) {
	for _, seed := range []string{
		"", `{}`, `{'color_fill':'0,0,0'}`, `{'color_fill':'255'}`, `"{'color_fill':'1,2,3'}"`, `{"color_fill":"300,1,1"}`,
		`{'analyzer_entities':['CREDIT_CARD']}`, `{'color_fill':7}`, `"'`, `{'color_fill':'1,2'}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := ParseData(text)
		if want, legal, ok := oracle(text); ok && (legal != (err == nil) || legal && d.Colour != want) {
			t.Errorf("%s: %v, %v; want %v, legal %v", text, d.Colour, err, want, legal)
		}
		if err != nil {
			if len(text) > 12 && strings.Contains(err.Error(), text) && !strings.Contains("want an object such as {'color_fill':'0,0,0'}", text) {
				t.Errorf("the error %q quotes the options", err)
			}
			return
		}
		c := d.Colour
		again, err := ParseData(fmt.Sprintf(`"{'color_fill':'%d,%d,%d'}"`, c[0], c[1], c[2]))
		if err != nil || again.Colour != c {
			t.Errorf("%s: written again it is %v, %v; want %v", text, again.Colour, err, c)
		}
	})
}

// oracle reads options of the usual form in another way; ok is false for any other.
func oracle(text string) (c [3]uint8, legal, ok bool) {
	m := usual.FindStringSubmatch(text)
	if m == nil {
		return c, false, false
	}
	for i := range c {
		value := m[1+i]
		if m[2] == "" {
			value = m[1]
		}
		n, _ := strconv.Atoi(value)
		if n > 255 {
			return [3]uint8{}, false, true
		}
		c[i] = uint8(n)
	}
	return c, true, true
}
