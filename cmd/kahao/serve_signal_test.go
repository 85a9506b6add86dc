//go:build unix

package main

import (
	"bufio"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// child starts the command as a process of its own, which testscript.Main has
// put on the path, and returns what it says first and its log.
func child(t *testing.T, args ...string) (*exec.Cmd, announcement, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command("kahao", args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatalf("cmd.StdoutPipe: %v", err)
	}
	log, err := cmd.StderrPipe()
	if err != nil {
		t.Fatalf("cmd.StderrPipe: %v", err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("cmd.Start: %v", err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	lines := bufio.NewScanner(log)
	line, err := bufio.NewReader(out).ReadString('\n')
	var at announcement
	if err == nil {
		err = json.Unmarshal([]byte(line), &at)
	}
	if err != nil {
		t.Fatalf("first line %q: %v", line, err)
	}
	return cmd, at, lines
}

// until reads the log up to a line with the text in it.
func until(t *testing.T, log *bufio.Scanner, text string) {
	t.Helper()
	for log.Scan() {
		if strings.Contains(log.Text(), text) {
			return
		}
	}
	t.Fatalf("the log ended before %q", text)
}

// SIGHUP reads the accounts again, and SIGTERM stops in order, however often
// it comes.
func TestSignals(t *testing.T) {
	file := filepath.Join(t.TempDir(), "accounts.json")
	write := func(appID string) {
		t.Helper()
		text := `{"accounts":[{"appid":"` + appID + `","buckets":["b"],"keys":[{"secret_id":"EXAMPLEID","secret_key":"EXAMPLEKEY"}]}]}`
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatalf("WriteFile: %v", err)
		}
	}
	write("1250000001")
	cmd, at, log := child(t, "serve", "--listen", "127.0.0.1:0", "--accounts-file", file, "--drain", "300ms", "--json")
	if at.AppID != "" || at.SecretKey != "" {
		t.Errorf("an account of the file is announced: %+v", at.AppID)
	}
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("EXAMPLEKEY"), 0o600); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	ask := func(appID, want string) {
		t.Helper()
		at.AppID = appID
		reply := post(t, at, say(t, "sign", "--appid", appID, "--bucket", "b", "--secret-id", "EXAMPLEID", "--secret-key-file", key), []byte("no picture"))
		if !strings.HasPrefix(reply, `{"code":`+want+`,`) {
			t.Errorf("%s: %s, want code %s", appID, reply, want)
		}
	}
	ask("1250000001", "-1102")
	ask("1250000002", "10")
	write("1250000002")
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatalf("Signal: %v", err)
	}
	until(t, log, "reloaded")
	ask("1250000002", "-1102")
	ask("1250000001", "12") // the account stays, its key is the other's
	http.DefaultClient.CloseIdleConnections()
	for range 3 {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatalf("Signal: %v", err)
		}
	}
	until(t, log, "msg=stopped")
	if err := cmd.Wait(); err != nil {
		t.Errorf("cmd.Wait: %v", err)
	}
}
