package clients

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// pictures serves the card to the server under test, which is configured to
// allow fetching from there: it refuses other loopback addresses.
func pictures(t *testing.T) (p *httptest.Server, asked *atomic.Int64) {
	t.Helper()
	asked = new(atomic.Int64)
	p = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		switch r.URL.Path {
		case "/card.jpg":
			_, _ = w.Write(card)
		case "/note.txt":
			_, _ = w.Write([]byte("this is no picture\n"))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(p.Close)
	return p, asked
}

// urls are calls by address and the codes that they end with.
var urls = []struct {
	path string
	code int
}{
	{"/card.jpg", 0}, {"/note.txt", -1102}, {"/missing.jpg", -1403},
}

func TestNodeURL(t *testing.T) {
	p, asked := pictures(t)
	s := start(t, "--fetch", "--fetch-permit", p.Listener.Addr().String())
	var calls []nodeCall
	for _, u := range urls {
		calls = append(calls, nodeCall{AppId: s.AppID, SecretId: s.SecretID, SecretKey: s.SecretKey, URL: p.URL + u.path})
	}
	for i, r := range callNode(t, s, calls...) {
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: status %d", urls[i].path, r.StatusCode)
		}
		if urls[i].code == 0 {
			read(t, []byte(r.Body))
		} else {
			refused(t, []byte(r.Body), urls[i].code)
		}
	}
	if asked.Load() != int64(len(urls)) {
		t.Errorf("the pictures' server was asked %d times, want %d", asked.Load(), len(urls))
	}
}

// The JSON shapes with an address, of the clients that do not run here.
func TestReplaysURL(t *testing.T) {
	p, asked := pictures(t)
	s := start(t, "--fetch", "--fetch-permit", p.Listener.Addr().String())
	for _, c := range []shape{
		{client: "Java", signed: javaOrder, valid: 300 * time.Second, head: java + "application/json; charset=utf-8" + okhttp,
			body: `{"bucket":"{bucket}","appid":"{appid}","url":"{url}"}`},
		{client: "PHP", signed: phpOrder, valid: 30 * time.Second, head: php + "application/json",
			body: `{"appid":"{appid}","bucket":"{bucket}","url":"{url}"}`},
		{client: "PHP, slashes escaped", signed: phpOrder, valid: 30 * time.Second, head: php + "application/json",
			body: `{"appid":"{appid}","bucket":"{bucket}","url":"{escaped}"}`},
		{client: "third-party Go", signed: fullOrder, valid: time.Hour, head: php + "application/json",
			body: `{"appid":{appid},"bucket":"{bucket}","url":"{url}"}`},
		{client: "both given: only the address counts", signed: fullOrder, valid: time.Hour, head: php + "application/json",
			body: `{"appid":"{appid}","bucket":"{bucket}","url":"{url}","image":"bm8gcGljdHVyZQ=="}`},
	} {
		t.Run(c.client, func(t *testing.T) {
			before := asked.Load()
			url := p.URL + "/card.jpg"
			c.body = strings.NewReplacer("{url}", url, "{escaped}", strings.ReplaceAll(url, "/", `\/`)).Replace(c.body)
			read(t, c.send(t, s, c.bytes(s.Addr, s.Account, time.Now())))
			if asked.Load() != before+1 {
				t.Errorf("the pictures' server was asked %d times", asked.Load()-before)
			}
		})
	}
}

// Without leave nothing of this machine is fetched, and without --fetch nothing
// at all.
func TestURLRefused(t *testing.T) {
	p, asked := pictures(t)
	for _, c := range []struct {
		name string
		args []string
		url  string
		code int
	}{
		{"off", nil, p.URL + "/card.jpg", -1308},
		{"a port of its own", []string{"--fetch"}, p.URL + "/card.jpg", -1505},
		{"this machine", []string{"--fetch"}, "http://127.0.0.1/card.jpg", -1507},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := start(t, c.args...)
			q := shape{signed: fullOrder, valid: time.Hour, head: php + "application/json", body: `{"appid":"{appid}","url":"` + c.url + `"}`}
			refused(t, q.send(t, s, q.bytes(s.Addr, s.Account, time.Now())), c.code)
		})
	}
	if asked.Load() != 0 {
		t.Errorf("the pictures' server was asked %d times", asked.Load())
	}
}
