package clients

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/kahao/kahao/test/reliability/server"
)

// nodeClient is the pinned version of npm's image-node-sdk.
const nodeClient = "1.0.7"

// nodeCall is one call of the client, for an account, with one of three ways
// to give the picture.
type nodeCall struct {
	AppId, SecretId, SecretKey string

	URL    string `json:"url,omitempty"`
	Base64 string `json:"base64,omitempty"` // file
	Stream string `json:"stream,omitempty"` // file
}

// nodeCalls are a picture's file sent both ways for an account.
func nodeCalls(a server.Account, file string) []nodeCall {
	return []nodeCall{
		{AppId: a.AppID, SecretId: a.SecretID, SecretKey: a.SecretKey, Base64: file},
		{AppId: a.AppID, SecretId: a.SecretID, SecretKey: a.SecretKey, Stream: file},
	}
}

type nodeReply struct {
	StatusCode int
	Body       string
}

// callNode runs the published client. Loading it takes seconds: make the calls
// of one server at once.
func callNode(t *testing.T, s *server.Server, calls ...nodeCall) []nodeReply {
	t.Helper()
	node := program(t, "node")
	manifest, err := os.ReadFile("node_modules/image-node-sdk/package.json")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%v: run npm ci in test/clients/", err)
		}
		t.Skipf("SKIPPED: %v: run npm ci in test/clients/; this was NOT tested", err)
	}
	var installed struct{ Version string }
	if err := json.Unmarshal(manifest, &installed); err != nil || installed.Version != nodeClient {
		t.Fatalf("image-node-sdk %s is installed, %s is wanted: run npm ci in test/clients/ (%v)", installed.Version, nodeClient, err)
	}
	job, err := json.Marshal(map[string]any{"host": s.Addr, "calls": calls})
	if err != nil {
		t.Fatalf("json.Marshal: %v", err)
	}
	var out, errOut bytes.Buffer
	c := exec.CommandContext(t.Context(), node, "--no-deprecation", "node/bankcard.js")
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(job), &out, &errOut
	c.Env = withoutProxy(os.Environ())
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %s", err, errOut.String())
	}
	var replies []nodeReply
	if err := json.Unmarshal(out.Bytes(), &replies); err != nil || len(replies) != len(calls) {
		t.Fatalf("%v: %s", err, out.String())
	}
	return replies
}

// The picture as base64 in JSON and as a stream in a form, and what the
// client's user sees of failures: it resolves with status and body whatever
// they are.
func TestNode(t *testing.T) {
	note := filepath.Join(t.TempDir(), "note.txt")
	if err := os.WriteFile(note, []byte("this is no picture\n"), 0o600); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	for _, mode := range []struct {
		name     string
		args     []string
		statuses map[int]int // by code
	}{
		{"default", nil, map[int]int{0: 200, 14: 200, 10: 200, -1102: 200}},
		{"2017", []string{"--http-status", "2017"}, map[int]int{0: 200, 14: 401, 10: 401, -1102: 200}},
	} {
		t.Run(mode.name, func(t *testing.T) {
			s := start(t, mode.args...)
			wrongKey, unknownApp := s.Account, s.Account
			wrongKey.SecretKey = "EXAMPLESECRETKEY0000000000000001"
			unknownApp.AppID = "1999999999"
			var calls []nodeCall
			var codes []int
			for _, c := range []struct {
				account server.Account
				file    string
				code    int
			}{
				{s.Account, cardFile, 0},
				{wrongKey, cardFile, 14},
				{unknownApp, cardFile, 10},
				{s.Account, note, -1102},
			} {
				calls = append(calls, nodeCalls(c.account, c.file)...)
				codes = append(codes, c.code, c.code)
			}
			for i, r := range callNode(t, s, calls...) {
				t.Run(fmt.Sprintf("%d %d", i, codes[i]), func(t *testing.T) {
					if want := mode.statuses[codes[i]]; r.StatusCode != want {
						t.Errorf("status %d, want %d", r.StatusCode, want)
					}
					if codes[i] == 0 {
						read(t, []byte(r.Body))
					} else {
						refused(t, []byte(r.Body), codes[i])
					}
				})
			}
		})
	}
}
