package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/testutil"
)

// TestServe starts the server as a user does, signs with "kahao sign" and
// posts a form; then stops it with the context, as an interrupt does.
func TestServe(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, said := io.Pipe()
	var log bytes.Buffer
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"serve", "--listen", "127.0.0.1:0", "--data", data, "--drain", "0s", "--json"}, realEnv(said, &log))
		said.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("%v: %s", err, log.String())
	}
	var at announcement
	if err := json.Unmarshal([]byte(line), &at); err != nil || at.Listen == "" || at.AppID == "" || at.SecretKey == "" {
		t.Fatalf("first line %q: %v", line, err)
	}
	if got := say(t, "sign", "--data", data, "--print", "appid"); got != at.AppID {
		t.Errorf("sign knows app id %q, serve said %q", got, at.AppID)
	}
	reply := post(t, at, say(t, "sign", "--data", data), []byte("not a picture"))
	if !strings.HasPrefix(reply, `{"code":-1102,`) {
		t.Errorf("not a picture: %s", reply)
	}
	if reply := post(t, at, "nonsense", []byte("not a picture")); !strings.HasPrefix(reply, `{"code":5,`) {
		t.Errorf("not a signature: %s", reply)
	}
	card, err := os.ReadFile(filepath.Join(testdata, "card.jpg"))
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	reply = post(t, at, say(t, "sign", "--data", data), card)
	for _, want := range []string{`{"code":0,"message":"OK","data":{"session_id":"` + at.AppID, `"item":"卡号"`,
		`"itemstring":"6227000000000000003"`, `"itemstring":"建设银行(01050000)"`, `"itemstring":"05/2015"`} {
		if !strings.Contains(reply, want) {
			t.Errorf("the example's reply lacks %s: %s", want, reply)
		}
	}
	stop()
	if got := <-code; got != exitOK {
		t.Errorf("exit code %d: %s", got, log.String())
	}
	// The ledger has the reading; the failed request counts as a call, too.
	if used := say(t, "usage", "--data", data, "--json"); !strings.HasPrefix(used, `{"summary":{"calls":2,"billed":1,"succeeded":1,"failed":1,`) {
		t.Errorf("usage: %s", used)
	}
	say(t, "ledger", "verify", "--data", data)
	for _, secret := range []string{at.SecretKey, "0000000000"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log holds the key or the number: %s", log.String())
		}
	}
}

// The second start knows the account that the first made, and does not tell its
// key again; the first tells people what to do next.
func TestServeAgain(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	start := func(args ...string) string {
		ctx, stop := context.WithCancel(t.Context())
		defer stop()
		var out testutil.Buffer
		code := make(chan int, 1)
		go func() {
			code <- run(ctx, append([]string{"serve", "--listen", "127.0.0.1:0", "--data", data, "--drain", "0s", "--quiet"}, args...), realEnv(&out, io.Discard))
		}()
		for out.String() == "" || args == nil && !strings.Contains(out.String(), "kahao account create") {
			select {
			case got := <-code:
				t.Fatalf("exit code %d: %s", got, out.String())
			case <-time.After(time.Millisecond):
			}
		}
		stop()
		if got := <-code; got != exitOK {
			t.Errorf("exit code %d", got)
		}
		return out.String()
	}
	first := start()
	for _, want := range []string{"secret key", "curl http://127.0.0.1:", "kahao sign --data " + data} {
		if !strings.Contains(first, want) {
			t.Errorf("the first start does not say %q:\n%s", want, first)
		}
	}
	var at announcement
	if err := json.Unmarshal([]byte(start("--json")), &at); err != nil || at.SecretKey != "" || !strings.Contains(first, at.AppID) || !strings.Contains(first, at.SecretID) {
		t.Errorf("the second start: %v, appid %s", err, at.AppID)
	}
}

// A first start that fails, here because the port is in use, creates no account:
// its secret would never be seen.
func TestServeOnAUsedPort(t *testing.T) {
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("net.Listen: %v", err)
	}
	defer other.Close()
	data := filepath.Join(t.TempDir(), "data")
	var out, errOut strings.Builder
	if code := run(t.Context(), []string{"serve", "--listen", other.Addr().String(), "--data", data}, realEnv(&out, &errOut)); code != exitError {
		t.Errorf("exit code %d: %s, want %d", code, errOut.String(), exitError)
	}
	if !strings.Contains(errOut.String(), "cannot listen on "+other.Addr().String()) {
		t.Errorf("the error is %q, want one that names the address", errOut.String())
	}
	if code := run(t.Context(), []string{"account", "list", "--data", data}, realEnv(&out, &errOut)); code != exitUnreadable {
		t.Errorf("account list after the failed start: exit code %d and %q, want %d: there is no database", code, out.String(), exitUnreadable)
	}
}

// say runs a command and returns what it prints, without the line's end.
func say(t *testing.T, args ...string) string {
	t.Helper()
	var out, errOut strings.Builder
	if code := run(t.Context(), args, realEnv(&out, &errOut)); code != exitOK {
		t.Fatalf("kahao %s: exit code %d: %s", args[0], code, errOut.String())
	}
	return strings.TrimSpace(out.String())
}

func post(t *testing.T, at announcement, authorization string, picture []byte) string {
	t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	_ = form.WriteField("appid", at.AppID)
	part, _ := form.CreateFormFile("image", "card.jpg")
	_, _ = part.Write(picture)
	form.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+at.Listen+"/ocr/bankcard", &body)
	if err != nil {
		t.Fatalf("http.NewRequestWithContext: %v", err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Authorization", authorization)
	reply, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatalf("Do: %v", err)
	}
	defer reply.Body.Close()
	text, err := io.ReadAll(reply.Body)
	if err != nil {
		t.Fatalf("ReadAll: %v", err)
	}
	return string(text)
}
