//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/kahao/kahao/internal/store/db"
)

// brokenEnv names the data directory of a child process whose disk fails.
const brokenEnv = "KAHAO_SQLITE_BROKEN"

// failing writes until the disk fails, and then some more. The kernel refuses
// it files of more than so many bytes, which SQLite sees as an error of the
// disk, not as a full one.
func failing(dir string) error {
	d, err := Open(context.Background(), dir, Options{})
	if err != nil {
		return err
	}
	limit := syscall.Rlimit{Cur: 400_000, Max: 400_000}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	for i := range 1000 {
		if err = insert(d, context.Background(), fmt.Sprint(i)); err != nil {
			break
		}
		fmt.Println("written", i)
	}
	if !errors.Is(err, db.ErrBroken) {
		return fmt.Errorf("the disk failed with %w", err)
	}
	if err := insert(d, context.Background(), "later"); !errors.Is(err, db.ErrBroken) {
		return fmt.Errorf("after that a write has %w", err)
	}
	return d.Read(context.Background(), func(tx *db.Tx) error {
		var n int
		return tx.Row(`SELECT COUNT(*) FROM lease`).Scan(&n)
	})
}

// After a failure of the disk nothing more is written until the database is opened
// again, and then it has every acknowledged write.
func TestBroken(t *testing.T) {
	if dir := os.Getenv(brokenEnv); dir != "" {
		if err := failing(dir); err != nil {
			t.Fatalf("failing failed: %v", err)
		}
		return
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestBroken$")
	cmd.Env = append(os.Environ(), brokenEnv+"="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	written := strings.Count(string(out), "written ")
	if written == 0 {
		t.Fatalf("nothing was written:\n%s", out)
	}
	if n := count(t, open(t, dir)); n != written {
		t.Errorf("%d writes were acknowledged, and there are %d rows", written, n)
	}
}
