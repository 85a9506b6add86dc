package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestDemoAccountIsKept(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data")
	a, created, err := demoAccount(dir)
	if err != nil || !created {
		t.Fatal(err, created)
	}
	b, created, err := demoAccount(dir)
	if err != nil || created || a != b {
		t.Errorf("a second start: %v, created %v, the same account %v", err, created, a == b)
	}
	info, err := os.Stat(filepath.Join(dir, accountFile))
	if err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Errorf("%d files, %v", len(files), err)
	}
}

func TestDemoAccountWithoutFolder(t *testing.T) {
	a, created, err := demoAccount("")
	b, _, _ := demoAccount("")
	if err != nil || !created || a == b {
		t.Error(err, created, a == b)
	}
}

// Two first starts at once agree on one account.
func TestDemoAccountIsMadeOnce(t *testing.T) {
	dir := t.TempDir()
	var wg sync.WaitGroup
	ids := make([]string, 8)
	for i := range ids {
		wg.Go(func() {
			a, _, err := demoAccount(dir)
			if err != nil {
				t.Error(err)
			}
			ids[i] = a.SecretID
		})
	}
	wg.Wait()
	for _, id := range ids {
		if id != ids[0] {
			t.Fatal("two accounts were made")
		}
	}
}

func TestDemoAccountRefuses(t *testing.T) {
	const good = `{"appid":"1250000001","bucket":"kahao","secret_id":"ID","secret_key":"EXAMPLEKEY"}`
	for name, c := range map[string]struct {
		text string
		mode os.FileMode
		want string
	}{
		"others can read it": {good, 0o644, "chmod 600"},
		"the group can":      {good, 0o640, "chmod 600"},
		"no JSON":            {"{", 0o600, "damaged"},
		"empty":              {"", 0o600, "damaged"},
		"no key":             {strings.Replace(good, "EXAMPLEKEY", "", 1), 0o600, "no secret key"},
		"a bad app id":       {strings.Replace(good, "1250000001", "12x", 1), 0o600, "app id"},
	} {
		if runtime.GOOS == "windows" && c.mode != 0o600 {
			continue
		}
		dir := t.TempDir()
		file := filepath.Join(dir, accountFile)
		if err := os.WriteFile(file, []byte(c.text), c.mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, c.mode); err != nil { // whatever the umask
			t.Fatal(err)
		}
		_, _, err := demoAccount(dir)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "EXAMPLEKEY") {
			t.Errorf("%s: %v", name, err)
		}
		if after, _ := os.ReadFile(file); string(after) != c.text {
			t.Errorf("%s: the file was changed", name)
		}
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := demoAccount(file); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file in place of the folder: %v", err)
	}
}
