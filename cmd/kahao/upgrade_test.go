package main

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestUpgradeOfOldData opens data directories that older versions made: accounts,
// packs, usage and the ledger are as they were, keys still sign, and the server
// charges. The archives are made by a server of that time after two readings of
// testdata/card.jpg; their number is the last migration that it knew.
func TestUpgradeOfOldData(t *testing.T) {
	archives, err := filepath.Glob("testdata/upgrade/schema-*.tar.gz")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no data of older versions was found (%v)", err)
	}
	for _, archive := range archives {
		t.Run(filepath.Base(archive), func(t *testing.T) {
			data := filepath.Join(t.TempDir(), "data")
			unpack(t, archive, data)
			const appID, auditor = "1222868183", "100995820433"
			for _, c := range []struct{ command, want string }{
				{"ledger verify", "2 accounts, 2 packs, 2 charges (0 held), 2 entries for 2 units"},
				{"account list --json", `"name":"Example Ltd.","closed":false,"post_pay":true`},
				{"user list --json " + appID, `"uin":"` + auditor + `","appid":"` + appID + `","name":"auditor"`},
				{"pack list --json " + appID, `"units":1000,"left":998`},
				{"usage --json --from 2026-11-30 --to 2026-11-30", `"calls":2,"billed":2,"succeeded":2,"failed":0`},
				{"sign --print appid", appID},
			} {
				if got := say(t, append(strings.Fields(c.command), "--data", data)...); !strings.Contains(got, c.want) {
					t.Errorf("kahao %s prints %q, want %q in it", c.command, got, c.want)
				}
			}
			readOnce(t, data)
			if got, want := say(t, "ledger", "verify", "--data", data), "3 charges (0 held), 3 entries for 3 units"; !strings.Contains(got, want) {
				t.Errorf("after a reading the ledger has %q, want %q", got, want)
			}
		})
	}
}

// readOnce starts the server on a directory, and has it read a card for a key that
// is there.
func readOnce(t *testing.T, data string) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out, said := io.Pipe()
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"serve", "--listen", "127.0.0.1:0", "--console", "off", "--data", data, "--drain", "0s", "--quiet", "--json"}, realEnv(said, io.Discard))
		said.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	var at announcement
	if err == nil {
		err = json.Unmarshal([]byte(line), &at)
	}
	if err != nil {
		t.Fatalf("first line %q: %v", line, err)
	}
	card, err := os.ReadFile(filepath.Join(testdata, "card.jpg"))
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	if reply := post(t, at, say(t, "sign", "--data", data), card); !strings.HasPrefix(reply, `{"code":0,`) {
		t.Errorf("a reading after the upgrade: %s", reply)
	}
	stop()
	if got := <-code; got != exitOK {
		t.Errorf("serve exits with %d, want %d", got, exitOK)
	}
}

// unpack writes the files of an archive into a new directory.
func unpack(t *testing.T, archive, dir string) {
	t.Helper()
	f, err := os.Open(archive)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatalf("gzip.NewReader: %v", err)
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatalf("Mkdir: %v", err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t.Fatalf("%s: %v", archive, err)
		}
		text, err := io.ReadAll(r)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(h.Name)), text, 0o600)
		}
		if err != nil {
			t.Fatalf("%s: %v", h.Name, err)
		}
	}
}
