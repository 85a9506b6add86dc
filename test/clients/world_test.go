package clients

import (
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/test/clients/driver"
	"github.com/kahao/kahao/test/reliability/server"
)

// world is a server with an account, and what the calls need besides.
type world struct {
	*server.Server
	images  *httptest.Server
	dir     string   // of files
	store   []string // flags of the commands on its database
	poor    key      // of an account without units
	limited *world   // has a low rate, and no other
}

// key signs calls.
type key struct {
	ID     string `json:"secret_id"`
	Secret string `json:"secret_key"`
}

func (k key) call() driver.Case { return driver.Case{SecretID: k.ID, SecretKey: k.Secret} }

// users are the keys that an SDK's calls are signed with. Each belongs to a
// sub-account of its own, so that the usage of one SDK can be told from that of
// another.
type users struct {
	reader, slow, sub, denied, bare key

	rated, retrying key // of accounts of the limited world
}

// slowRate lets the first call with a key through, and no second one.
const slowRate = "0.001"

// accountRate is that of the limited world's accounts. It refuses a second call
// that comes right after the first, and lets it through when an SDK repeats it
// after one and two seconds more.
const accountRate = "0.4"

// newWorld starts a server on a store, and one with a low rate.
func newWorld(t *testing.T, store []string) *world {
	t.Helper()
	images, _ := pictures(t)
	w := &world{images: images, dir: t.TempDir(), store: store}
	w.writeFiles(t)
	w.kahao(t, nil, "db", "init")
	// The rate of the default is for clients that do not call as fast as they can.
	w.Server = start(t, append([]string{"--fetch", "--fetch-permit", images.Listener.Addr().String(), "--free-units", "0", "--api3-rate", "1000"}, store...)...)
	w.Account = w.customer(t, "clients")
	w.kahao(t, nil, "pack", "add", w.AppID, "100000", "--paid")
	w.poor = keyOf(w.customer(t, "without units"))

	l := &world{store: []string{"--data", t.TempDir()}}
	l.kahao(t, nil, "db", "init")
	l.Server = start(t, append([]string{"--api3-rate", accountRate}, l.store...)...)
	w.limited = l
	return w
}

// customer creates an account.
func (w *world) customer(t *testing.T, name string) (a server.Account) {
	t.Helper()
	w.kahao(t, &a, "account", "create", name)
	return a
}

func keyOf(a server.Account) key { return key{a.SecretID, a.SecretKey} }

// kahao runs a command on the store, and decodes what it prints into v.
func (w *world) kahao(t *testing.T, v any, args ...string) {
	t.Helper()
	c := server.Command(t.Context(), kahao, append(append(args, "--json"), w.store...)...)
	var errOut strings.Builder
	c.Stderr = &errOut
	out, err := c.Output()
	if err != nil {
		t.Fatalf("kahao %s: %v: %s%s", strings.Join(args, " "), err, out, errOut.String())
	}
	if v == nil {
		return
	}
	if err := json.Unmarshal(out, v); err != nil {
		t.Fatalf("kahao %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// newUsers creates the sub-accounts of an SDK's calls.
func (w *world) newUsers(t *testing.T, s sdk) (u users) {
	t.Helper()
	const all = "QcloudOCRFullAccess"
	deny := w.file("deny.json")
	for _, c := range []struct {
		key    *key
		name   string
		policy []string
		rate   string
	}{
		{&u.reader, "reader", []string{all}, ""},
		{&u.slow, "slow", []string{all}, slowRate},
		{&u.sub, "sub", []string{all}, ""},
		{&u.denied, "denied", []string{all, "no-cards"}, ""},
		{&u.bare, "bare", nil, ""},
	} {
		name := s.user(c.name)
		var user struct {
			UIN string `json:"uin"`
		}
		w.kahao(t, &user, "user", "create", w.AppID, name)
		for _, p := range c.policy {
			attach := []string{"policy", "attach", user.UIN, p}
			if p != all {
				attach = append(attach, "--document", deny)
			}
			w.kahao(t, nil, attach...)
		}
		create := []string{"key", "create", w.AppID, "--user", name}
		if c.rate != "" {
			create = append(create, "--rate", c.rate, "--burst", "1")
		}
		w.kahao(t, c.key, create...)
	}
	u.rated, u.retrying = keyOf(w.limited.customer(t, s.name)), keyOf(w.limited.customer(t, s.name+" retrying"))
	return u
}

// user is the name of a sub-account of an SDK.
func (s sdk) user(name string) string { return strings.ReplaceAll(s.name, " ", "-") + "-" + name }

// file is the path of a file that writeFiles wrote.
func (w *world) file(name string) string { return filepath.Join(w.dir, name) }

// tooLarge is more than the 10 MiB of base64 that the action takes.
const tooLarge = 8 << 20

func (w *world) writeFiles(t *testing.T) {
	t.Helper()
	blank := image.NewGray(image.Rect(0, 0, 640, 480))
	for i := range blank.Pix {
		blank.Pix[i] = 0xff - uint8(i%640/16)
	}
	var b strings.Builder
	if err := jpeg.Encode(&b, blank, nil); err != nil {
		t.Fatalf("jpeg.Encode: %v", err)
	}
	for name, content := range map[string]string{
		"blank.jpg": b.String(),
		"note.txt":  "this is no image\n",
		"large.jpg": string(card) + strings.Repeat("\x00", tooLarge-len(card)),
		"deny.json": `{"version":"2.0","statement":[{"effect":"deny","action":["ocr:BankCardOCR"],"resource":"*"}]}`,
	} {
		if err := os.WriteFile(w.file(name), []byte(content), 0o600); err != nil {
			t.Fatalf("WriteFile: %v", err)
		}
	}
}

// counts are the calls of a user as the usage page has them.
type counts struct{ Calls, Billed, Succeeded, Failed int }

// usage fails the test unless the usage page has the calls of every SDK's reader:
// as many as were made, and the successes billed. Calls that were refused are
// counted within seconds.
func (w *world) usage(t *testing.T, ran map[string]counts) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Second) {
		wrong := ""
		for name, want := range ran {
			var got struct{ Summary counts }
			w.kahao(t, &got, "usage", w.AppID, "--user", name)
			if got.Summary != want {
				wrong += fmt.Sprintf("%s: %+v, want %+v\n", name, got.Summary, want)
			}
		}
		if wrong == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the usage page has other calls than were made:\n%s", wrong)
		}
	}
}

// postgres creates a schema for a test.
func postgres(t *testing.T) []string {
	t.Helper()
	schema, err := server.NewSchema(t.Context(), "clients")
	if errors.Is(err, server.ErrNoPostgres) && os.Getenv("CI") == "" {
		t.Skipf("SKIPPED: %v; this was NOT tested", err)
	}
	if err != nil {
		t.Fatalf("NewSchema: %v", err)
	}
	flags, err := schema.Flags(t.TempDir())
	if err != nil {
		t.Fatalf("Flags: %v", err)
	}
	return flags
}
