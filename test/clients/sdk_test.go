package clients

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kahao/kahao/test/clients/driver"
)

// sdk is a vendor's published SDK, with the driver that calls it.
type sdk struct {
	name    string
	version string
	needs   string   // a file of the installation
	command []string // starts the driver
	failure string   // type of its errors

	typed   bool // has a type for the action, so that all signatures and methods work
	retries bool // repeats calls over the rate by itself
	node    bool // signs the host without its port
}

// sdks is the table of docs/clients.md. The versions are those of the lock files.
var sdks = []sdk{
	{name: "Go 2021", version: "v1.0.162", needs: "sdk/go-1.0/driver", command: []string{"sdk/go-1.0/driver"}, failure: "*errors.TencentCloudSDKError", typed: true},
	{name: "Go core", version: "v1.3.212", needs: "sdk/go-core/driver", command: []string{"sdk/go-core/driver"}, failure: "*errors.TencentCloudSDKError", retries: true},
	{name: "Node", version: "4.1.232", needs: "node_modules/tencentcloud-sdk-nodejs-ocr", command: []string{"node", "--no-deprecation", "node/api3.js"},
		failure: "TencentCloudSDKHttpException", typed: true, node: true},
	{name: "Python", version: "3.1.193", needs: "sdk/python/lib/tencentcloud", command: []string{"python3", "-W", "ignore", "sdk/python/api3.py"},
		failure: "TencentCloudSDKException", typed: true},
	{name: "Java", version: "3.1.1342", needs: "sdk/java/lib", command: []string{"java", "-XX:TieredStopAtLevel=1", "-cp", "sdk/java/lib/*", "sdk/java/Api3.java"},
		failure: "TencentCloudSDKException", typed: true},
}

// run makes the calls with the SDK and returns how they ended.
func (s sdk) run(t *testing.T, cases []driver.Case) []driver.Result {
	t.Helper()
	installed(t, s.needs)
	job, err := json.Marshal(driver.Job{Cases: cases})
	if err != nil {
		t.Fatalf("json.Marshal: %v", err)
	}
	path, err := exec.LookPath(s.command[0])
	if err != nil {
		t.Fatalf("%s: %v", s.command[0], err)
	}
	if path, err = filepath.Abs(path); err != nil {
		t.Fatalf("filepath.Abs: %v", err)
	}
	var out, errOut bytes.Buffer
	c := exec.CommandContext(t.Context(), path, s.command[1:]...)
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(job), &out, &errOut
	c.Env = append(withoutProxy(os.Environ()), "PYTHONPATH=sdk/python/lib")
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %s", err, errOut.String())
	}
	var results []driver.Result
	if err := json.Unmarshal(out.Bytes(), &results); err != nil {
		t.Fatalf("%v: %.500s", err, out.String())
	}
	if len(results) != len(cases) {
		t.Fatalf("%d results, want %d", len(results), len(cases))
	}
	return results
}

// installed skips the test, or fails it where CI is set, unless a file of an
// installation is there.
func installed(t *testing.T, file string) {
	t.Helper()
	_, err := os.Stat(file)
	switch {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("%v: run test/clients/install", err)
	default:
		t.Skipf("SKIPPED: %v: run test/clients/install; this was NOT tested", err)
	}
}

// withoutProxy is an environment without the proxies of this machine, which are
// no business of the clients'.
func withoutProxy(env []string) (kept []string) {
	for _, v := range env {
		if name, _, _ := strings.Cut(v, "="); !strings.HasSuffix(strings.ToLower(name), "_proxy") {
			kept = append(kept, v)
		}
	}
	return kept
}

// TestSDKs makes the calls of the matrix with every SDK.
func TestSDKs(t *testing.T) {
	for _, store := range []struct {
		name  string
		flags func(*testing.T) []string
	}{
		{"SQLite", func(t *testing.T) []string { return []string{"--data", t.TempDir()} }},
		{"PostgreSQL", postgres},
	} {
		t.Run(store.name, func(t *testing.T) {
			w, ran := newWorld(t, store.flags(t)), map[string]counts{}
			for _, s := range sdks {
				t.Run(s.name, func(t *testing.T) { ran[s.user("reader")] = w.matrix(t, s) })
			}
			t.Run("usage", func(t *testing.T) { w.usage(t, ran) })
		})
	}
}

// matrix makes an SDK's calls and checks how each ended. It returns how many its
// reader made.
func (w *world) matrix(t *testing.T, s sdk) (made counts) {
	u := w.newUsers(t, s)
	var rows []row
	var calls []driver.Case
	for _, r := range matrix {
		if r.only != nil && !r.only(s) {
			continue
		}
		c := r.call(w, u)
		if c.Endpoint == "" {
			c.Endpoint = w.Addr
		}
		rows, calls = append(rows, r), append(calls, c)
		if c.SecretID == u.reader.ID && c.SecretKey == u.reader.Secret && !r.uncounted {
			made.add(r.code == "")
		}
	}
	for i, got := range s.run(t, calls) {
		t.Run(rows[i].name, func(t *testing.T) { rows[i].check(t, w, s, got) })
	}
	return made
}

// add counts a call.
func (c *counts) add(succeeded bool) {
	c.Calls++
	if succeeded {
		c.Billed++
		c.Succeeded++
	} else {
		c.Failed++
	}
}
