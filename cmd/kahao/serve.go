package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/app"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/signature"
)

var serveCommand = &command{
	name:  "serve",
	brief: "answers POST /ocr/bankcard",
	help: `
Serves the legacy bank-card interface, as docs/legacy.md describes it, with
/healthz and /readyz beside it. Requests must be signed for the demo account
that the first start makes in --data and prints; "kahao sign" does that.

An interrupt stops it in order: what was begun is answered. A second one stops
it at once. The log goes to standard error and never holds a number.

With --json the first line of standard output is
{"listen":"127.0.0.1:41234","appid":"...","bucket":"...","secret_id":"...",
"secret_key":"..."}, printed once the address is taken.`,
	define: func(fs *flag.FlagSet) action {
		o := &serveOptions{config: config.Defaults()}
		c := &o.config
		fs.BoolVar(&o.json, "json", false, "print the address and the account as JSON")
		fs.BoolVar(&o.quiet, "quiet", false, "log nothing but warnings")
		fs.StringVar(&c.Listen, "listen", c.Listen, "`address`; port 0 takes a free one")
		fs.StringVar(&c.Data, "data", c.Data, "keep the demo account in `dir`; without it the account ends with the process")
		fs.BoolVar(&c.Insecure, "insecure", c.Insecure, "allow plain HTTP on an address that others can reach")
		fs.StringVar(&c.HTTPStatus, "http-status", c.HTTPStatus, "`which`: 200 for status 200 with every code, 2017 for that documentation's")
		fs.BoolVar(&c.Strict, "strict", c.Strict, "send only the codes that the vendor publishes")
		fs.BoolVar(&c.ConcealKeys, "conceal-keys", c.ConcealKeys, "do not disclose which keys exist")
		fs.IntVar(&c.Workers, "workers", c.Workers, "read `n` cards at once (default: as many as there are CPUs)")
		fs.IntVar(&c.Queue, "queue", c.Queue, "let `n` requests wait besides (default: eight a worker)")
		fs.IntVar(&c.MaxConnections, "max-connections", c.MaxConnections, "`n` connections in all")
		fs.IntVar(&c.MaxConnectionsPerIP, "max-connections-per-ip", c.MaxConnectionsPerIP, "`n` connections from one address")
		fs.DurationVar(&c.ReadTimeout, "read-timeout", c.ReadTimeout, "`time` for waiting for a worker and reading a card")
		fs.DurationVar(&c.Drain, "drain", c.Drain, "`time` for which /readyz says no before connections are refused")
		fs.DurationVar(&c.Stop, "stop", c.Stop, "`time` for the whole of stopping")
		o.luhn = luhnFlag(fs)
		return o.run
	},
}

type serveOptions struct {
	json, quiet bool
	config      config.Server
	luhn        *luhnMode
}

func (o *serveOptions) run(c *call) error {
	if len(c.args) > 0 {
		return misuse("serve takes flags alone")
	}
	if err := o.config.Validate(); err != nil {
		return misuse("%v", err)
	}
	r, err := kahao.Open(kahao.Options{Luhn: kahao.LuhnMode(*o.luhn)})
	if err != nil {
		return err
	}
	level := slog.LevelInfo
	if o.quiet {
		level = slog.LevelWarn
	}
	server, err := app.New(c.ctx, app.Config{
		Server: o.config,
		Reader: cardReader{r.Read},
		Logger: slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: level})),
	})
	if err != nil {
		return err
	}
	defer server.Close()
	if err := o.announce(c, server); err != nil {
		return err
	}
	return server.Run(c.ctx)
}

// announcement is what serve prints, and what the data folder keeps of it.
type announcement struct {
	Listen    string `json:"listen,omitempty"`
	AppID     string `json:"appid"`
	Bucket    string `json:"bucket"`
	SecretID  string `json:"secret_id"`
	SecretKey string `json:"secret_key"`
}

func (o *serveOptions) announce(c *call, server *app.App) error {
	a, at := server.Account(), server.Addr().String()
	if o.json {
		return json.NewEncoder(c.out).Encode(announcement{at, a.AppID, a.Bucket, a.SecretID, string(a.SecretKey)})
	}
	fmt.Fprintf(c.out, "listening on http://%s\n", at)
	switch {
	case o.config.Data == "":
		fmt.Fprintln(c.out, "demo account, which ends with this process:")
	case server.AccountIsNew():
		fmt.Fprintf(c.out, "demo account, new, kept in %s:\n", accountFile(o.config.Data))
	default:
		_, err := fmt.Fprintf(c.out, "demo account %s, from %s\n", a.AppID, accountFile(o.config.Data))
		return err
	}
	_, err := fmt.Fprintf(c.out, "  appid       %s\n  bucket      %s\n  secret id   %s\n  secret key  %s\n", a.AppID, a.Bucket, a.SecretID, string(a.SecretKey))
	return err
}

func accountFile(dir string) string { return filepath.Join(dir, "account.json") }

// savedAccount returns the account that serve keeps in a data folder.
func savedAccount(dir string) (account.Account, error) {
	text, err := os.ReadFile(accountFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return account.Account{}, fmt.Errorf("%s: %w: there is no account here; 'kahao serve --data %s' makes one", dir, errUnreadable, dir)
	}
	if err != nil {
		return account.Account{}, err
	}
	var s announcement
	if err := json.Unmarshal(text, &s); err != nil {
		return account.Account{}, fmt.Errorf("%s is damaged: %w", accountFile(dir), err)
	}
	a := account.Account{AppID: s.AppID, Bucket: s.Bucket, SecretID: s.SecretID, SecretKey: signature.Secret(s.SecretKey)}
	return a, a.Validate()
}
