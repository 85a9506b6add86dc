package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/sqlite"
)

// files are the contents of a data directory, by name.
type files map[string][]byte

func readDir(t *testing.T, dir string) files {
	t.Helper()
	all := files{}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatalf("reading %s: %v", dir, err)
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatalf("reading a file: %v", err)
		}
		all[e.Name()] = content
	}
	return all
}

func (f files) write(t *testing.T, dir string) {
	t.Helper()
	for name, content := range f {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatalf("writing a file: %v", err)
		}
	}
}

// killed is a data directory as a SIGKILL left it.
type killed struct {
	files
	earlier      []files  // the directory at earlier times
	acknowledged []string // charges
}

// kill kills a child that charges, some time after a checkpoint.
func kill(t *testing.T, charges int) killed {
	t.Helper()
	for range 10 {
		if k := killOne(t, charges); len(k.earlier) >= 2 && commits(k.files[sqlite.FileName+"-wal"]) >= 5 {
			return k
		}
	}
	t.Fatal("no child left a log with some commits")
	panic("not reached")
}

// firstPage is an offset in the first page of a log.
const firstPage = 32 + 24 + 100

// commits counts the commits in a log since the last checkpoint.
func commits(log []byte) (n int) {
	const header, frame = 32, 24 + 4096
	for at := header; at+frame <= len(log); at += frame {
		if string(log[at+8:at+16]) != string(log[16:24]) { // the salts
			break
		}
		if string(log[at+4:at+8]) != "\x00\x00\x00\x00" {
			n++
		}
	}
	return n
}

// killOne runs a child that charges, copies its directory from time to time,
// and kills it.
func killOne(t *testing.T, charges int) (k killed) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestDamage$")
	cmd.Env = append(os.Environ(), damageChildEnv+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatalf("StdoutPipe: %v", err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatalf("StdinPipe: %v", err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("starting the child: %v", err)
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		said, id, _ := strings.Cut(lines.Text(), " ")
		switch said {
		case "paused": // until it gets a line
			k.earlier = append(k.earlier, readDir(t, dir))
			if _, err := io.WriteString(in, "\n"); err != nil {
				t.Fatalf("resuming the child: %v", err)
			}
		case "posted":
			if k.acknowledged = append(k.acknowledged, id); len(k.acknowledged) == charges {
				_ = cmd.Process.Kill() // its remaining output counts
			}
		default:
			t.Fatalf("the child printed %q", lines.Text())
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
		t.Fatalf("the child was not killed: %v", err)
	}
	k.files = readDir(t, dir)
	return k
}

// chargeUntilKilled is the child.
func chargeUntilKilled(dir string) error {
	ctx := context.Background()
	c := config.Defaults().Store
	c.Data, c.FreeUnits = dir, 1_000_000
	s, err := Open(ctx, Options{Store: c})
	if err != nil {
		return err
	}
	a, _, err := s.EnsureDemo(ctx)
	if err != nil {
		return err
	}
	resume := bufio.NewReader(os.Stdin)
	for round := range 1000 {
		var all sync.WaitGroup
		failed := make(chan error, 4)
		for worker := range 4 {
			all.Go(func() {
				for i := range 20 {
					id := fmt.Sprintf("%d-%d-%d", round, worker, i)
					_, err := s.Ledger.Hold(ctx, ledger.Hold{ID: id, At: s.Now(), Units: 1, Caller: ledger.Caller{Account: a.AppID, API: "legacy"}})
					if err == nil {
						err = s.Ledger.Post(ctx, id, ledger.Outcome{At: s.Now(), Calls: []ledger.Call{{Billed: true}}})
					}
					if err != nil {
						failed <- err
						return
					}
					_, _ = io.WriteString(os.Stdout, "posted "+id+"\n")
				}
			})
		}
		all.Wait()
		close(failed)
		if err := <-failed; err != nil {
			return err
		}
		_, _ = io.WriteString(os.Stdout, "paused\n")
		if _, err := resume.ReadString('\n'); err != nil {
			return err
		}
	}
	return errors.New("not killed")
}
