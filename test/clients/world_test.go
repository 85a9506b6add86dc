package clients

import (
	"encoding/json"
	"errors"
	"image"
	"image/jpeg"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kahao/kahao/test/clients/driver"
	"github.com/kahao/kahao/test/reliability/server"
)

// world is a server with an account, and what the calls need besides.
type world struct {
	*server.Server
	images *httptest.Server
	dir    string   // of files
	store  []string // flags of the commands on its database
	poor   key      // of an account without units
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
	reader, slow, retrying, sub, denied, bare key

	names []string
}

// slowRate lets the first call of a test through, and no second one.
const slowRate = "0.001"

// retryRate makes the second call wait for longer than the first can take.
const retryRate = "0.2"

// newWorld starts a server on a store.
func newWorld(t *testing.T, store []string) *world {
	t.Helper()
	images, _ := pictures(t)
	w := &world{images: images, dir: t.TempDir(), store: store}
	w.writeFiles(t)
	w.kahao(t, nil, "db", "init")
	w.Server = start(t, append([]string{"--fetch", "--fetch-permit", images.Listener.Addr().String(), "--free-units", "0"}, store...)...)
	var account server.Account
	w.kahao(t, &account, "account", "create", "clients")
	w.Account = account
	w.kahao(t, nil, "pack", "add", account.AppID, "100000", "--paid")
	w.kahao(t, &w.poor, "account", "create", "without units")
	return w
}

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
		{&u.retrying, "retrying", []string{all}, retryRate},
		{&u.sub, "sub", []string{all}, ""},
		{&u.denied, "denied", []string{all, "no-cards"}, ""},
		{&u.bare, "bare", nil, ""},
	} {
		name := strings.ReplaceAll(s.name, " ", "-") + "-" + c.name
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
		u.names = append(u.names, name)
	}
	return u
}

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

// checkUsage fails the test unless the usage page has the calls of an SDK: as
// many as the rows that reached a key, and the successes billed.
func (w *world) checkUsage(t *testing.T, u users, s sdk) {
	t.Helper()
	for i, name := range u.names {
		var want struct{ succeeded, failed int }
		for _, r := range matrix {
			if r.only != nil && !r.only(s) {
				continue
			}
			c := r.call(w, u)
			if k := []key{u.reader, u.slow, u.retrying, u.sub, u.denied, u.bare}[i]; c.SecretID != k.ID {
				continue
			}
			if r.code == "" {
				want.succeeded++
			} else if !slices.Contains([]string{"AuthFailure.SignatureFailure"}, r.code) {
				want.failed++
			}
		}
		var got struct {
			Summary struct {
				Calls, Billed, Succeeded, Failed int
			}
		}
		w.kahao(t, &got, "usage", w.AppID, "--user", name)
		if got.Summary.Succeeded != want.succeeded || got.Summary.Billed != want.succeeded {
			t.Errorf("%s: %d succeeded, %d billed; want %d", name, got.Summary.Succeeded, got.Summary.Billed, want.succeeded)
		}
		if s.retries && strings.HasSuffix(name, "-retrying") {
			if got.Summary.Failed == 0 {
				t.Errorf("%s: no call failed: the SDK had nothing to retry", name)
			}
			continue
		}
		if got.Summary.Failed != want.failed {
			t.Errorf("%s: %d failed, want %d", name, got.Summary.Failed, want.failed)
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
