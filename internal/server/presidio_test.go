package server

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"image"
	"image/color"
	_ "image/jpeg" // of the card
	"image/png"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/internal/redaction"
	"github.com/kahao/kahao/internal/service/account"
)

// specimenNumber is that of the drawn card, a specimen's.
const specimenNumber = "6227000000000000003"

// redactorClient is a client of Presidio's image redactor: it knows nothing of kahao but
// the address.
type redactorClient struct{ address string }

// form sends a file as a multipart form, with data as Presidio's documentation
// writes it.
func (c redactorClient) form(t *testing.T, file []byte, data string) *http.Response {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	part, err := w.CreateFormFile("image", "card.jpg")
	ok(t, err)
	_, err = part.Write(file)
	ok(t, err)
	ok(t, w.WriteField("data", data))
	ok(t, w.Close())
	return c.post(t, w.FormDataContentType(), &b)
}

// json sends a file as base64.
func (c redactorClient) json(t *testing.T, file []byte, entities []string) *http.Response {
	t.Helper()
	text, err := json.Marshal(map[string]any{"image": base64.StdEncoding.EncodeToString(file), "analyzer_entities": entities})
	ok(t, err)
	return c.post(t, "application/json", bytes.NewReader(text))
}

func (c redactorClient) post(t *testing.T, contentType string, body io.Reader) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.address+"/redact", body)
	ok(t, err)
	r.Header.Set("Content-Type", contentType)
	resp, err := http.DefaultClient.Do(r)
	ok(t, err)
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// startPresidio starts a server that redacts, and returns a client with a key in
// its address.
func startPresidio(t *testing.T) (*running, redactorClient) {
	t.Helper()
	reader, err := kahao.New(kahao.Options{})
	ok(t, err)
	r := start(t, reader, func(c *Config) {
		c.Presidio = true
		c.Finder = func() (redaction.Finder, error) { return pipeline.New(pipeline.Options{Anywhere: true}) }
	})
	users, err := r.store.Accounts.ListUsers(t.Context(), r.demo.AppID)
	ok(t, err)
	key, err := r.store.Accounts.CreateKey(t.Context(), users[0].ID, account.KeySettings{Kind: account.Bearer})
	ok(t, err)
	return r, redactorClient{strings.Replace(r.url, "http://", "http://presidio:"+string(key.SecretKey)+"@", 1)}
}

// content reads a reply with status 200.
func content(t *testing.T, resp *http.Response) []byte {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	ok(t, err)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("status %d, want 200: %s", resp.StatusCode, b)
	}
	if got := resp.Header.Get("Content-Type"); got != "application/octet-stream" {
		t.Errorf("the reply is of %s, want application/octet-stream", got)
	}
	return b
}

// numbersIn returns the numbers that can be read in a file, on cards or not.
func numbersIn(t *testing.T, r *kahao.Reader, file []byte) (all []string) {
	t.Helper()
	reading, err := r.ReadAll(t.Context(), file)
	ok(t, err)
	for _, c := range reading.Cards {
		all = append(all, c.PAN.Reveal())
	}
	return all
}

// share returns which part of an image has about the colour.
func share(t *testing.T, file []byte, want color.NRGBA) float64 {
	t.Helper()
	m, _, err := image.Decode(bytes.NewReader(file))
	ok(t, err)
	near := func(a uint32, b uint8) bool { return max(int(a>>8)-int(b), int(b)-int(a>>8)) <= 12 }
	n, b := 0, m.Bounds()
	for y := b.Min.Y; y < b.Max.Y; y++ {
		for x := b.Min.X; x < b.Max.X; x++ {
			red, green, blue, _ := m.At(x, y).RGBA()
			if near(red, want.R) && near(green, want.G) && near(blue, want.B) {
				n++
			}
		}
	}
	return float64(n) / float64(b.Dx()*b.Dy())
}

// A client of Presidio that knows another address gets a drawn card back without
// its number, in the format and the encoding in which it sent it.
func TestPresidioClient(t *testing.T) {
	_, client := startPresidio(t)
	card, err := os.ReadFile("../../testdata/card.jpg")
	ok(t, err)
	reader, err := kahao.New(kahao.Options{Anywhere: true})
	ok(t, err)
	if got := numbersIn(t, reader, card); len(got) != 1 || got[0] != specimenNumber {
		t.Fatalf("%d numbers are read in the card as it is, want its own", len(got))
	}
	m, _, err := image.Decode(bytes.NewReader(card))
	ok(t, err)
	var encoded bytes.Buffer
	ok(t, png.Encode(&encoded, m))

	magenta := color.NRGBA{R: 255, B: 255, A: 255}
	for _, c := range []struct {
		name, data, format string
		file               []byte
		colour             color.NRGBA
	}{
		{"JPEG", `{'color_fill':'255,0,255'}`, "jpeg", card, magenta},
		{"PNG", `"{'color_fill':'0'}"`, "png", encoded.Bytes(), color.NRGBA{A: 255}},
	} {
		covered := content(t, client.form(t, c.file, c.data))
		if _, format, err := image.Decode(bytes.NewReader(covered)); err != nil || format != c.format {
			t.Errorf("%s: the reply is %s, %v; want %s", c.name, format, err, c.format)
		}
		if before, after := share(t, c.file, c.colour), share(t, covered, c.colour); after < before+0.01 {
			t.Errorf("%s: %.4f of the image has the colour of covers, before %.4f; want a hundredth more", c.name, after, before)
		}
		if got := numbersIn(t, reader, covered); slices.Contains(got, specimenNumber) {
			t.Errorf("%s: the number can still be read", c.name)
		}
	}

	resp := client.json(t, card, []string{"CREDIT_CARD"})
	text := content(t, resp)
	covered, err := base64.StdEncoding.DecodeString(string(text))
	if err != nil {
		t.Fatalf("the reply to JSON is not base64: %v", err)
	}
	if got := numbersIn(t, reader, covered); slices.Contains(got, specimenNumber) {
		t.Error("JSON: the number can still be read")
	}
	if got := resp.Header.Get("Kahao-Entities"); got != "CREDIT_CARD" {
		t.Errorf("Kahao-Entities: %q, want CREDIT_CARD", got)
	}
}

// An image without a number comes back byte by byte, one that is cut off does not
// come back, and other entities are refused.
func TestPresidioRefusals(t *testing.T) {
	_, client := startPresidio(t)
	blank := image.NewGray(image.Rect(0, 0, 320, 200))
	for i := range blank.Pix {
		blank.Pix[i] = uint8(90 + i%320/4)
	}
	var plain bytes.Buffer
	ok(t, png.Encode(&plain, blank))
	if got := content(t, client.form(t, plain.Bytes(), "")); !bytes.Equal(got, plain.Bytes()) {
		t.Errorf("an image without a number: %d bytes, want the same %d", len(got), plain.Len())
	}
	card, err := os.ReadFile("../../testdata/card.jpg")
	ok(t, err)
	for _, c := range []struct {
		name, code string
		resp       *http.Response
	}{
		{"a cut-off file", "unsure", client.form(t, card[:len(card)*3/5], "")},
		{"another entity", "entity_not_covered", client.json(t, card, []string{"CREDIT_CARD", "PERSON"})},
		{"no image", "no_image", client.post(t, "application/json", strings.NewReader("{}"))},
		{"no image at all", "image_malformed", client.form(t, []byte("GIF87 or so"), "")},
	} {
		text, err := io.ReadAll(c.resp.Body)
		ok(t, err)
		var p struct{ Error, Code string }
		if err := json.Unmarshal(text, &p); err != nil || c.resp.StatusCode != http.StatusUnprocessableEntity || p.Code != c.code || p.Error == "" {
			t.Errorf("%s: status %d, %.200q, want 422 and %s", c.name, c.resp.StatusCode, text, c.code)
		}
	}
}

// Without the setting the paths are none of the server's.
func TestPresidioIsOff(t *testing.T) {
	if config.Defaults().Presidio {
		t.Fatal("the setting presidio is on by default")
	}
	r := start(t, &fakeReader{}, nil)
	on := start(t, &fakeReader{}, func(c *Config) { c.Presidio = true })
	for _, c := range []struct {
		url    string
		status int
		text   string
	}{{r.url, http.StatusNotFound, ""}, {on.url, http.StatusOK, "ok"}} {
		resp, err := http.Get(c.url + "/health")
		ok(t, err)
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		ok(t, err)
		if resp.StatusCode != c.status || c.text != "" && strings.TrimSpace(string(text)) != c.text {
			t.Errorf("GET /health: status %d, %q, want %d, %q", resp.StatusCode, text, c.status, c.text)
		}
	}
	for url, listed := range map[string]bool{r.url: false, on.url: true} {
		resp, err := http.Get(url + "/openapi.json")
		ok(t, err)
		text, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		ok(t, err)
		if strings.Contains(string(text), `"/redact"`) != listed {
			t.Errorf("GET /openapi.json: /redact is listed: %v, want %v", !listed, listed)
		}
	}
	var off, without struct{ Error string }
	for _, c := range []struct {
		url string
		to  *struct{ Error string }
		is  int
	}{{r.url, &off, http.StatusNotFound}, {on.url, &without, http.StatusUnauthorized}} {
		resp := redactorClient{c.url}.post(t, "application/json", strings.NewReader("{}"))
		_ = json.NewDecoder(resp.Body).Decode(c.to)
		if resp.StatusCode != c.is {
			t.Errorf("POST /redact: status %d, want %d", resp.StatusCode, c.is)
		}
	}
	if off.Error != "" || without.Error == "" {
		t.Errorf("errors %q and %q, want none in Presidio's form, and one", off.Error, without.Error)
	}
}
