package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

// database is the PostgreSQL server that scripts/with-postgres has started.
type database struct {
	*rig
	url, data, ctl string
}

// killEvery says in which rounds of B8 the database is killed, too.
const killEvery = 4

// crashesPostgres is B8: the loop of B7, with the database killed besides.
func crashesPostgres(r *rig) error {
	d, err := r.database()
	if err != nil {
		return err
	}
	keys, err := d.keys()
	if err != nil {
		return err
	}
	c, err := r.crashing("--database-url", d.url, "--key-file", keys, "--auto-migrate")
	if err != nil {
		return err
	}
	if c.account, err = r.openAccount(c.store...); err != nil {
		return err
	}
	killed := 0
	err = c.loop(pick(r, 20, 200), func(round int) error {
		if round%killEvery != killEvery-1 {
			return nil
		}
		killed++
		time.Sleep(time.Duration(20+c.rng.IntN(200)) * time.Millisecond)
		return d.restart()
	})
	r.say("  the database was killed %d times", killed)
	return err
}

// database makes a schema of its own on the server.
func (r *rig) database() (*database, error) {
	address, data, ctl := os.Getenv("KAHAO_TEST_POSTGRES"), os.Getenv("KAHAO_TEST_PGDATA"), os.Getenv("KAHAO_TEST_PGCTL")
	if address == "" || data == "" || ctl == "" {
		return nil, errors.New("there is no PostgreSQL to kill: run this with scripts/with-postgres")
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	schema := fmt.Sprintf("bar_%d", time.Now().UnixNano())
	d := &database{rig: r, data: data, ctl: ctl}
	d.url = address
	if _, err := d.query("CREATE SCHEMA " + schema); err != nil {
		return nil, err
	}
	q := u.Query()
	q.Set("search_path", schema)
	u.RawQuery = q.Encode()
	d.url = u.String()
	return d, nil
}

// query runs a statement by psql, and returns what that prints.
func (d *database) query(statement string) (string, error) {
	u, err := url.Parse(d.url)
	if err != nil {
		return "", err
	}
	q := u.Query()
	q.Del("search_path") // which libpq does not take
	u.RawQuery = q.Encode()
	out, err := exec.CommandContext(d.ctx, filepath.Join(filepath.Dir(d.ctl), "psql"), "-XAtq", "-c", statement, u.String()).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("psql: %w: %s", err, out)
	}
	return string(out), nil
}

// keys makes a file with a key-encryption key.
func (d *database) keys() (string, error) {
	var key [32]byte
	_, _ = rand.Read(key[:]) // it never fails
	file := filepath.Join(d.dir, "keys")
	return file, os.WriteFile(file, []byte("k1:"+base64.StdEncoding.EncodeToString(key[:])+"\n"), 0o600)
}

// openAccount makes an account in a store.
func (r *rig) openAccount(store ...string) (server.Account, error) {
	out, err := exec.CommandContext(r.ctx, r.binary, append([]string{"account", "create", "bar", "--json"}, store...)...).Output()
	if err != nil {
		return server.Account{}, fmt.Errorf("kahao account create: %w: %s", err, out)
	}
	var a server.Account
	return a, json.Unmarshal(out, &a)
}

// restart kills the database and starts it again.
func (d *database) restart() error {
	if err := d.control("-m", "immediate", "stop"); err != nil {
		return err
	}
	return d.control("-w", "-t", "60", "start")
}

// control runs pg_ctl as the user who owns the server.
func (d *database) control(args ...string) error {
	argv := append([]string{d.ctl, "-D", d.data, "-l", filepath.Join(d.data, "server.log")}, args...)
	if os.Geteuid() == 0 {
		argv = append([]string{"runuser", "-u", "postgres", "--"}, argv...)
	}
	c := exec.CommandContext(d.ctx, argv[0], argv[1:]...)
	c.Dir = "/"
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("pg_ctl: %w: %s", err, out)
	}
	return nil
}
