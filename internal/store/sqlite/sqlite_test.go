package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/store/db"
)

func open(t testing.TB, dir string) *DB {
	t.Helper()
	d, err := Open(context.Background(), dir, Options{})
	if err != nil {
		t.Fatalf("Open failed: %v", err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func TestSettings(t *testing.T) {
	d := open(t, t.TempDir())
	want := map[string]string{
		"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "trusted_schema": "0",
		"secure_delete": "1", "auto_vacuum": "2", "busy_timeout": "10000", "mmap_size": "0",
	}
	read := func(tx *db.Tx) error {
		for pragma, value := range want {
			var got string
			if err := tx.Row("PRAGMA " + pragma).Scan(&got); err != nil && pragma != "mmap_size" {
				return err
			} else if got != value && got != "" {
				t.Errorf("%s is %s, want %s", pragma, got, value)
			}
		}
		return nil
	}
	if err := d.Write(context.Background(), read); err != nil {
		t.Fatalf("Write failed: %v", err)
	}
	err := d.Read(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO lease (key, full_at) VALUES ('a', 1)`)
		return err
	})
	if err == nil {
		t.Error("a reader can write")
	}
	if err := d.Write(context.Background(), func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO lease (key, full_at) VALUES ("a", 1)`)
		return err
	}); err == nil {
		t.Error("a double-quoted text passes")
	}
}

func TestLocked(t *testing.T) {
	dir := t.TempDir()
	d := open(t, dir)
	_, err := Open(t.Context(), dir, Options{})
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("a second Open: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatalf("Close failed: %v", err)
	}
	if text := read(t, dir, pidName); len(text) != 0 {
		t.Errorf("after Close the PID file has %q, want nothing", text)
	}
	open(t, dir)
}

// Nobody but the owner may read the database.
func TestPermissions(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	open(t, dir)
	for _, name := range []string{"", FileName, FileName + "-wal", FileName + "-shm", SequenceName, lockName, pidName} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatalf("Stat failed: %v", err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the permissions %v", name, info.Mode())
		}
	}
}

// A directory that other users can write, and files that they can read, are
// refused with what to do, unless a setting accepts them.
func TestAccess(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permissions")
	}
	for name, mode := range map[string]os.FileMode{
		"": 0o777, FileName: 0o666, FileName + "-wal": 0o604, FileName + "-shm": 0o602, SequenceName: 0o646,
	} {
		dir := t.TempDir()
		d := open(t, dir)
		path := filepath.Join(dir, name)
		before, err := os.Stat(path)
		if err != nil {
			t.Fatalf("Stat failed: %v", err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatalf("Chmod failed: %v", err)
		}
		if _, err := OpenShared(t.Context(), dir, Options{}); !errors.Is(err, ErrAccess) {
			t.Errorf("%q with mode %v: OpenShared = %v, want ErrAccess", name, mode, err)
		}
		if s, err := OpenShared(t.Context(), dir, Options{Insecure: true}); err != nil {
			t.Errorf("%q with mode %v: Insecure: %v", name, mode, err)
		} else if err := s.Close(); err != nil {
			t.Errorf("Close failed: %v", err)
		}
		_, err = Open(t.Context(), dir, Options{})
		if !errors.Is(err, ErrAccess) || !strings.Contains(err.Error(), fmt.Sprintf("(mode %04o): run chmod o-", mode)) || !strings.HasSuffix(err.Error(), path) {
			t.Errorf("%q with mode %v: Open = %v, want ErrAccess and the command", name, mode, err)
		}
		if err := errors.Join(os.Chmod(path, before.Mode().Perm()), d.Close()); err != nil {
			t.Fatalf("restoring the mode: %v", err)
		}
		if err := open(t, dir).Close(); err != nil { // as the command leaves it
			t.Errorf("Close failed: %v", err)
		}
	}
}

func TestOddFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "50% off? #1 &_pragma=x é")
	d := open(t, dir)
	if _, err := os.Stat(filepath.Join(dir, FileName)); err != nil {
		t.Errorf("Stat failed: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Errorf("Close failed: %v", err)
	}
}

// damaged returns a data directory whose database a process left without closing,
// and whose table of charges is partly overwritten.
func damaged(t *testing.T, at float64) string {
	t.Helper()
	dir := t.TempDir()
	d := open(t, dir)
	if err := d.Write(t.Context(), func(tx *db.Tx) error {
		for i := range 2000 {
			if _, err := tx.Exec(`INSERT INTO lease (key, full_at) VALUES (?, ?)`, fmt.Sprintf("%050d", i), i); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatalf("Write: %v", err)
	}
	if err := d.Close(); err != nil {
		t.Fatalf("Close failed: %v", err)
	}
	file := read(t, dir, FileName)
	copy(file[int(at*float64(len(file))):], bytes.Repeat([]byte{0xA5}, 300))
	if err := os.WriteFile(filepath.Join(dir, FileName), file, 0o600); err != nil {
		t.Fatalf("WriteFile failed: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, pidName), []byte("4711\n"), 0o600); err != nil {
		t.Fatalf("WriteFile failed: %v", err)
	}
	return dir
}

// After an unclean stop a damaged file is refused, and again the next time.
func TestDamaged(t *testing.T) {
	for name, at := range map[string]float64{"a page": 0.9, "the head": 0} {
		t.Run(name, func(t *testing.T) {
			dir := damaged(t, at)
			for range 2 {
				if _, err := Open(t.Context(), dir, Options{}); !errors.Is(err, ErrDamaged) {
					t.Errorf("got %v", err)
				}
			}
		})
	}
}

func TestCheck(t *testing.T) {
	d := open(t, t.TempDir())
	if err := d.Check(t.Context()); err != nil {
		t.Errorf("Check failed: %v", err)
	}
	dir := damaged(t, 0.9)
	if err := os.WriteFile(filepath.Join(dir, pidName), nil, 0o600); err != nil {
		t.Fatalf("WriteFile failed: %v", err)
	}
	// Its last stop was clean, so Open does not look at every page.
	if err := open(t, dir).Check(t.Context()); !errors.Is(err, ErrDamaged) {
		t.Errorf("got %v", err)
	}
}

func TestBackup(t *testing.T) {
	d := open(t, t.TempDir())
	row := func(key string) error {
		return d.Write(t.Context(), func(tx *db.Tx) error {
			_, err := tx.Exec(`INSERT INTO lease (key, full_at) VALUES (?, 1)`, key)
			return err
		})
	}
	if err := row("before"); err != nil {
		t.Fatalf("row failed: %v", err)
	}
	to := t.TempDir()
	if err := d.Backup(t.Context(), filepath.Join(to, FileName)); err != nil {
		t.Fatalf("Backup failed: %v", err)
	}
	if err := row("after"); err != nil {
		t.Fatalf("row failed: %v", err)
	}
	if err := d.Backup(t.Context(), filepath.Join(to, FileName)); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second backup over the first: %v", err)
	}
	if info, err := os.Stat(filepath.Join(to, FileName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if n := count(t, open(t, to)); n != 1 {
		t.Errorf("the backup has %d rows", n)
	}
}

// SQLite's own go.mod says which libc it was translated for.
func TestPinned(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite").Output()
	if err != nil {
		t.Fatalf("Output failed: %v", err)
	}
	text, err := os.ReadFile(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatalf("ReadFile failed: %v", err)
	}
	if want := libcModule + " " + libcVersion; !strings.Contains(string(text), want+"\n") {
		t.Errorf("modernc.org/sqlite asks for another libc than %s:\n%s", want, text)
	}
	own, err := os.ReadFile("../../../go.mod")
	if err != nil || !strings.Contains(string(own), libcModule+" "+libcVersion+" ") {
		t.Errorf("go.mod does not pin %s: %v", libcVersion, err)
	}
	if err := pinned(); err != nil {
		t.Errorf("pinned failed: %v", err)
	}
}
