package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/signature"
	"github.com/kahao/kahao/internal/testutil"
	"github.com/kahao/kahao/issuer"
)

// answer is what the interface answers.
type answer struct {
	status int
	header http.Header
	Code   int
	Data   struct {
		SessionID string `json:"session_id"`
	}
}

// send posts a JSON body signed by an account, with header besides.
func (r *running) send(t *testing.T, a account.Credentials, p signature.Params, header http.Header, fields map[string]string) answer {
	t.Helper()
	fields["appid"] = a.AppID
	body, _ := json.Marshal(fields)
	req, _ := http.NewRequest("POST", r.url+"/ocr/bankcard", bytes.NewReader(body))
	for k, v := range header {
		req.Header[k] = v
	}
	p.AppID, p.Bucket, p.SecretID = a.AppID, a.Bucket, a.SecretID
	req.Header.Set("Authorization", signature.Sign(a.SecretKey, p))
	req.Header.Set("Content-Type", "application/json")
	return r.do(t, req)
}

func (r *running) do(t *testing.T, req *http.Request) answer {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("Do: %v", err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	got := answer{status: resp.StatusCode, header: resp.Header}
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return got
}

// forAnHour are the parameters of a multi-effect signature.
func forAnHour() signature.Params {
	now := time.Now().Unix()
	return signature.Params{Created: now, Expires: now + 3600}
}

var picture = func() map[string]string { return map[string]string{"image": "cGljdHVyZQ=="} }

func accountsFile(t *testing.T, file string, accounts ...string) string {
	t.Helper()
	if file == "" {
		file = filepath.Join(t.TempDir(), "accounts.json")
	}
	if err := os.WriteFile(file, []byte(`{"accounts":[`+strings.Join(accounts, ",")+`]}`), 0o600); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	return file
}

func entry(a account.Credentials, more string) string {
	return fmt.Sprintf(`{"appid":%q,"buckets":[%q],"keys":[{"secret_id":%q,"secret_key":%q}]%s}`, a.AppID, a.Bucket, a.SecretID, string(a.SecretKey), more)
}

var (
	alice = account.Credentials{AppID: "1250000001", Bucket: "a", SecretID: "EXAMPLEIDA", SecretKey: "EXAMPLEKEYA"}
	bob   = account.Credentials{AppID: "1250000002", Bucket: "b", SecretID: "EXAMPLEIDB", SecretKey: "EXAMPLEKEYB"}
)

// The accounts of a file are served, from whichever store is open, and others
// at once when it changes; a broken file changes nothing. A key that leaves the
// file is disabled, after a restart too.
func TestAccountsFile(t *testing.T) {
	for name, data := range map[string]string{"in memory": "", "in a directory": t.TempDir()} {
		t.Run(name, func(t *testing.T) { testAccountsFile(t, data) })
	}
}

// The issuers file is read at the start and at SIGHUP; a broken one changes
// nothing.
func TestIssuersFile(t *testing.T) {
	defer issuer.Use(nil)
	file := filepath.Join(t.TempDir(), "own.tsv")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatalf("WriteFile: %v", err)
		}
	}
	check := func(want string) {
		t.Helper()
		if got := issuer.Lookup("4009990000000000").Issuer; got != want {
			t.Errorf("issuer %q, want %q", got, want)
		}
	}
	write(issuer.OverlayHeader + "\n400999\t16\t\t\t\tFirst Bank\t\n")
	var log testutil.Buffer
	r := start(t, &fakeReader{}, func(c *Config) { c.IssuersFile, c.Logger = file, slog.New(slog.NewTextHandler(&log, nil)) })
	check("First Bank")
	write(issuer.OverlayHeader + "\n400999\t16\t\t\t\tSecond Bank\t\n")
	check("First Bank") // not yet
	r.Reload()
	check("Second Bank")
	write("broken")
	r.Reload()
	check("Second Bank")
	if text := log.String(); !strings.Contains(text, "issuers unchanged") {
		t.Errorf("the log lacks the refusal of the broken file:\n%s", text)
	}
}

func testAccountsFile(t *testing.T, data string) {
	file := accountsFile(t, "", entry(alice, ""))
	var log testutil.Buffer
	r := start(t, &fakeReader{}, func(c *Config) {
		c.Data, c.AccountsFile, c.Logger = data, file, slog.New(slog.NewTextHandler(&log, nil))
	})
	if r.Account() != (account.Credentials{}) || r.AccountIsNew() {
		t.Error("there is a demo account besides")
	}
	check := func(a account.Credentials, want int) {
		t.Helper()
		if got := r.send(t, a, forAnHour(), nil, picture()); got.Code != want {
			t.Errorf("%s: code %d, want %d", a.AppID, got.Code, want)
		}
	}
	check(alice, 0)
	check(bob, 10)
	accountsFile(t, file, entry(bob, ""))
	check(bob, 10) // not yet
	r.Reload()
	check(bob, 0)
	check(alice, 11)
	for _, broken := range []string{"", "{", entry(alice, "") + "," + entry(alice, "")} {
		accountsFile(t, file, broken)
		r.Reload()
		check(bob, 0)
	}
	if text := log.String(); !strings.Contains(text, "accounts unchanged") || strings.Contains(text, "EXAMPLEKEY") {
		t.Errorf("the log lacks the refusal, or has a secret:\n%s", text)
	}
	if data == "" {
		return
	}
	if err := errors.Join(r.stop(), r.Close()); err != nil {
		t.Fatalf("stopping: %v", err)
	}
	accountsFile(t, file, entry(alice, ""))
	r = start(t, &fakeReader{}, func(c *Config) { c.Data, c.AccountsFile = data, file })
	check(alice, 0)
	check(bob, 11) // it left the file while no server ran
}

// Settings that name what cannot be used are found before anything starts.
func TestCheck(t *testing.T) {
	c := config.Defaults()
	if err := Check(c); err != nil {
		t.Errorf("Check: %v", err)
	}
	c.AccountsFile, c.Fetch, c.FetchHosts = accountsFile(t, "", entry(alice, `,"standing":"rich"`)), true, []string{"a b"}
	err := Check(c)
	for _, want := range []string{c.AccountsFile, "--fetch-hosts", "rich"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not told: %s, in %v", want, err)
		}
	}
}

// A single-use signature is accepted once, whether or not the server restarts
// in between. A server that forgets at a restart refuses those from before it.
func TestOneOff(t *testing.T) {
	once := signature.Params{Created: time.Now().Unix(), FileID: "card.jpg"}
	memory := start(t, &fakeReader{}, nil)
	fresh := signature.Params{Created: time.Now().Unix(), FileID: "card.jpg"}
	for i, want := range []int{0, 13} {
		if got := memory.send(t, memory.Account(), fresh, nil, picture()); got.Code != want {
			t.Errorf("in memory, use %d: code %d, want %d", i+1, got.Code, want)
		}
	}
	before := signature.Params{Created: time.Now().Add(-2 * time.Minute).Unix(), FileID: "card.jpg"}
	if got := memory.send(t, memory.Account(), before, nil, picture()); got.Code != 9 {
		t.Errorf("in memory, made before the start: code %d, want 9", got.Code)
	}
	dir := t.TempDir()
	keep := func(c *Config) { c.Data = dir }
	r := start(t, &fakeReader{}, keep)
	for i, want := range []int{0, 13, 13} {
		if got := r.send(t, r.Account(), once, nil, picture()); got.Code != want {
			t.Errorf("use %d: code %d, want %d", i+1, got.Code, want)
		}
	}
	c := Config{Server: config.Defaults(), Reader: &fakeReader{}}
	c.Listen, c.Data = "127.0.0.1:0", dir
	if second, err := New(context.Background(), c); err == nil {
		second.Close()
		t.Error("a second server opened the same data directory")
	}
	if err := r.stop(); err != nil {
		t.Fatalf("stop: %v", err)
	}
	if err := r.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	r = start(t, &fakeReader{}, keep)
	if got := r.send(t, r.Account(), once, nil, picture()); got.Code != 13 {
		t.Errorf("after a restart: code %d", got.Code)
	}
	old := signature.Params{Created: time.Now().Add(-25 * time.Hour).Unix(), FileID: "old.jpg"}
	if got := r.send(t, r.Account(), old, nil, picture()); got.Code == 0 {
		t.Error("one older than --single-use-age is accepted")
	}
}

// A reply can be asked for again by its session id where that is switched on.
func TestKeepResults(t *testing.T) {
	for keep, want := range map[time.Duration]int{0: 404, time.Hour: 200} {
		r := start(t, &fakeReader{}, func(c *Config) { c.KeepResults = keep })
		first := r.send(t, r.Account(), forAnHour(), nil, picture())
		req, _ := http.NewRequest("GET", r.url+"/ocr/session/"+first.Data.SessionID, nil)
		req.Header.Set("Authorization", r.sign())
		again := r.do(t, req)
		if again.status != want || want == 200 && again.Data.SessionID != first.Data.SessionID {
			t.Errorf("kept for %v: %+v", keep, again)
		}
	}
}

// Images are fetched where that is switched on, from permitted addresses;
// not, where it is not.
func TestFetch(t *testing.T) {
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "picture") }))
	defer store.Close()
	at := netip.MustParseAddrPort(store.Listener.Addr().String())
	for _, c := range []struct {
		name string
		set  func(*Config)
		ok   bool
	}{
		{"off", func(*Config) {}, false},
		{"on", func(c *Config) { c.Fetch = true; c.FetchTimeout = 50 * time.Millisecond }, false}, // loopback is not public
		{"permitted", func(c *Config) { c.Fetch, c.FetchPermit = true, []netip.AddrPort{at} }, true},
		{"another host is allowed", func(c *Config) {
			c.Fetch, c.FetchPermit, c.FetchHosts, c.FetchTimeout = true, []netip.AddrPort{at}, []string{"example.com"}, 50*time.Millisecond
		}, false},
	} {
		r := start(t, &fakeReader{}, c.set)
		got := r.send(t, r.Account(), forAnHour(), nil, map[string]string{"url": store.URL + "/card.jpg"})
		if (got.Code == 0) != c.ok {
			t.Errorf("%s: code %d", c.name, got.Code)
		}
	}
}

// Rates count by account and by address: behind a trusted proxy, by that of
// the client.
func TestRates(t *testing.T) {
	from := func(address string) http.Header { return http.Header{"X-Forwarded-For": {address}} }
	r := start(t, &fakeReader{}, func(c *Config) {
		c.AccountsFile = accountsFile(t, "", entry(alice, ""), entry(bob, `,"rate":{"per_second":0.001,"burst":3}`))
		c.Rate, c.Burst = 0.001, 1
	})
	for i, c := range []struct {
		a    account.Credentials
		want int
	}{{alice, 0}, {alice, 15}, {bob, 0}, {bob, 0}, {bob, 0}, {bob, 15}} {
		got := r.send(t, c.a, forAnHour(), nil, picture())
		if got.Code != c.want || c.want == 15 && got.header.Get("Retry-After") == "" {
			t.Errorf("%d, %s: %+v, want code %d", i, c.a.AppID, got, c.want)
		}
	}
	r = start(t, &fakeReader{}, func(c *Config) {
		c.RatePerIP = 0.001
		c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	for i, c := range []struct {
		from string
		want int
	}{{"192.0.2.1", 0}, {"192.0.2.1", 15}, {"198.51.100.7, 192.0.2.1", 15}, {"192.0.2.2", 0}, {"2001:db8::1", 0}, {"2001:db8::2", 15}} {
		if got := r.send(t, r.Account(), forAnHour(), from(c.from), picture()); got.Code != c.want {
			t.Errorf("%d, from %s: code %d, want %d", i, c.from, got.Code, c.want)
		}
	}
	r = start(t, &fakeReader{}, func(c *Config) { c.RatePerIP = 0.001 })
	for i, want := range []int{0, 15, 15} {
		if got := r.send(t, r.Account(), forAnHour(), from(fmt.Sprintf("192.0.2.%d", i)), picture()); got.Code != want {
			t.Errorf("%d, from a stranger with a header: code %d, want %d", i, got.Code, want)
		}
	}
}

// Bodies and pictures have the bounds that are set.
func TestSizes(t *testing.T) {
	r := start(t, &fakeReader{}, func(c *Config) { c.MaxImage, c.MaxBody = 1000, 70_000 })
	for size, want := range map[int]int{1000: 0, 1001: 20, 60_000: 23} {
		image := strings.Repeat("QUFB", (size+2)/3)
		if size%3 != 0 {
			image = image[:len(image)-4] + map[int]string{1: "QQ==", 2: "QUE="}[size%3]
		}
		if got := r.send(t, r.Account(), forAnHour(), nil, map[string]string{"image": image}); got.Code != want {
			t.Errorf("%d bytes: code %d, want %d", size, got.Code, want)
		}
	}
}
