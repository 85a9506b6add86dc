// Package clients tests kahao serve with published clients, unmodified, and
// with the recorded shapes of those that do not run here. The server is the
// real binary, started here. Nothing of a client is in kahao: they are pinned
// in package-lock.json, and this module is not a part of the product's.
package clients

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/kahao/kahao/test/reliability/server"
)

// kahao is the binary, and card a drawn picture of the number.
var (
	kahao  string
	card   []byte
	number string
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "clients")
	if err != nil {
		return failed(err)
	}
	defer os.RemoveAll(dir)
	if kahao = os.Getenv("KAHAO_BINARY"); kahao == "" { // such as one that was released
		if kahao, err = server.Build(context.Background(), "../..", dir); err != nil {
			return failed(err)
		}
	}
	if card, err = os.ReadFile(cardFile); err != nil {
		return failed(err)
	}
	if number, err = labelled("card.jpg"); err != nil {
		return failed(err)
	}
	return m.Run()
}

func failed(err error) int {
	fmt.Fprintln(os.Stderr, err)
	return 1
}

var cardFile, _ = filepath.Abs("../../testdata/card.jpg")

// labelled returns the number that is on a picture of testdata.
func labelled(name string) (string, error) {
	f, err := os.Open("../../testdata/labels.jsonl")
	if err != nil {
		return "", err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var label struct {
			File  string
			Cards []struct{ Number string }
		}
		if err := json.Unmarshal(lines.Bytes(), &label); err != nil {
			return "", err
		}
		if label.File == name {
			return label.Cards[0].Number, nil
		}
	}
	return "", fmt.Errorf("testdata/labels.jsonl does not name %s", name)
}

// start starts a server for a test.
func start(t *testing.T, args ...string) *server.Server {
	t.Helper()
	s, err := server.Start(kahao, server.Options{Args: append([]string{"--drain", "0s"}, args...)})
	if err != nil {
		t.Fatalf("server.Start: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Errorf("Stop: %v", err)
		}
	})
	return s
}

// program says where a program is that a test cannot do without. Where CI is
// set its absence is a failure.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not here: this was NOT tested", name)
	}
	t.Skipf("SKIPPED: %s is not here: this was NOT tested", name)
	return ""
}

// items are the names of a reply's items, in the documented order.
var items = []string{"卡号", "卡类型", "卡名字", "银行信息", "有效期"}

// read fails the test unless the body is the documented reply to card, and
// returns its session.
func read(t *testing.T, body []byte) (session string) {
	t.Helper()
	var r server.Reply
	if err := json.Unmarshal(body, &r); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if r.Code != 0 || r.Message != "OK" {
		t.Fatalf("code %d, %q; want 0, OK", r.Code, r.Message)
	}
	var names []string
	for _, i := range r.Data.Items {
		names = append(names, i.Item)
	}
	if !slices.Equal(names, items) {
		t.Errorf("items %q, want %q", names, items)
	}
	if r.Number() != number {
		t.Error("the number is not the one on the card")
	}
	if r.Data.SessionID == "" {
		t.Error("no session_id")
	}
	return r.Data.SessionID
}

// refused fails the test unless the body has the code and nothing of a card.
func refused(t *testing.T, body []byte, code int) {
	t.Helper()
	var r struct {
		Code    *int
		Message *string
		Data    json.RawMessage
	}
	if err := json.Unmarshal(body, &r); err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if r.Code == nil || *r.Code != code || r.Message == nil || *r.Message == "" {
		t.Errorf("%s, want code %d with a message", body, code)
	}
	if r.Data != nil && string(r.Data) != "{}" {
		t.Errorf("a failure with data: %s", body)
	}
}
