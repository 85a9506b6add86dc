//go:build linux

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// lockedBuffer takes the output of a process while a test reads it.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// debian is a minimal Debian in a directory.
type debian struct {
	t    *testing.T
	root string
}

// newDebian makes one with debootstrap, and keeps an archive of it in the user's
// cache directory for the next time.
func newDebian(t *testing.T) debian {
	t.Helper()
	needRoot(t)
	if _, err := exec.LookPath("debootstrap"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("debootstrap is missing")
		}
		t.Skip("debootstrap is missing")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	archive := filepath.Join(cache, "kahao", "debian-bookworm.tar")
	d := debian{t, filepath.Join(t.TempDir(), "debian")}
	if err := os.MkdirAll(filepath.Dir(archive), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(archive); err != nil {
		d.host("debootstrap", "--variant=minbase", "bookworm", d.root)
		d.host("tar", "-C", d.root, "-cf", archive+".part", ".")
		d.host("mv", archive+".part", archive)
	} else {
		d.host("mkdir", d.root)
		d.host("tar", "-C", d.root, "-xf", archive)
	}
	reachable(t, d.root)
	return d
}

func (d debian) host(name string, args ...string) {
	d.t.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		d.t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
}

// run runs a program in the Debian.
func (d debian) run(args ...string) string {
	d.t.Helper()
	out, err := d.command(args...).CombinedOutput()
	if err != nil {
		d.t.Fatalf("%v: %v\n%s", args, err, out)
	}
	return strings.TrimSpace(string(out))
}

func (d debian) command(args ...string) *exec.Cmd {
	return exec.Command("chroot", append([]string{d.root}, args...)...)
}

var execStart = regexp.MustCompile(`(?m)^ExecStart=(.+)$`)

// TestDebianPackage installs the package in a clean Debian, starts the service by
// the ExecStart of its unit, as there is no systemd, reads a card, upgrades with
// the data kept, and removes it. The first package has the version of the newest
// release.
func TestDebianPackage(t *testing.T) {
	d := newDebian(t)
	r := here(t)
	binary := built(t, r)
	current, later := string(section.FindSubmatch(read(t, "../../CHANGELOG.md"))[1]), "99.0.0"
	packages := map[string]string{}
	for _, version := range []string{current, later} {
		r.version, r.files = version, nil
		if err := r.pack("deb", r.targets[0], binary); err != nil {
			t.Fatal(err)
		}
		packages[version] = "/" + r.files[0]
		d.host("cp", filepath.Join(r.out, r.files[0]), d.root)
	}

	d.run("dpkg", "--install", packages[current])
	d.run("kahao", "config", "check", "--config", "/etc/kahao/kahao.toml")
	if owner := d.run("stat", "-c", "%U %a", "/var/lib/kahao"); owner != "kahao 700" {
		t.Errorf("/var/lib/kahao belongs to %s, want kahao 700", owner)
	}
	port := freePort(t)
	d.run("sed", "-i", "s/127.0.0.1:8080/127.0.0.1:"+port+"/", "/etc/kahao/kahao.toml")
	before := d.serve(r.source, port)

	d.run("dpkg", "--install", packages[later])
	if config := d.run("cat", "/etc/kahao/kahao.toml"); !strings.Contains(config, port) {
		t.Error("the upgrade replaced the changed configuration")
	}
	if after := d.serve(r.source, port); after != before {
		t.Errorf("after the upgrade the account is %s, before it was %s", after, before)
	}
	d.run("dpkg", "--remove", "kahao")
	if _, err := os.Stat(filepath.Join(d.root, "usr/bin/kahao")); err == nil {
		t.Error("the binary is still there after dpkg --remove")
	}
	if said := d.run("dpkg", "--purge", "kahao"); !strings.Contains(said, "/var/lib/kahao was kept") {
		t.Errorf("dpkg --purge does not say that the data is kept: %s", said)
	}
	if _, err := os.Stat(filepath.Join(d.root, "var/lib/kahao/kahao.db")); err != nil {
		t.Error("dpkg --purge lost the ledger:", err)
	}
}

// serve starts the service, reads a card and stops it. It returns the account.
func (d debian) serve(source, port string) string {
	d.t.Helper()
	unit := d.run("cat", "/usr/lib/systemd/system/kahao.service")
	line := execStart.FindStringSubmatch(unit)
	if line == nil {
		d.t.Fatalf("the unit has no ExecStart:\n%s", unit)
	}
	asUser := []string{"setpriv", "--reuid=kahao", "--regid=kahao", "--clear-groups", "--no-new-privs"}
	cmd := d.command(append(asUser, strings.Fields(line[1])...)...)
	output := start(d.t, cmd)
	eventually(d.t, output, func() error {
		return d.command("kahao", "health", "--config", "/etc/kahao/kahao.toml").Run()
	})
	kahao := func(args ...string) []byte {
		return []byte(d.run(append(append(asUser, "kahao"), append(args, "--config", "/etc/kahao/kahao.toml")...)...))
	}
	readCard(d.t, source, port, kahao)
	account := string(kahao("sign", "--print", "appid"))
	stop(d.t, cmd, output)
	return account
}
