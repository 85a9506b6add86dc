package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"os"

	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/server"
)

var serveCommand = &command{
	name:  "serve",
	brief: "answers POST /ocr/bankcard",
	help: `
Serves the legacy bank-card interface, as docs/legacy.md describes it, with
/healthz and /readyz beside it. The first start on an empty --data makes a demo
account there and prints it; "kahao account", "kahao key" and others make more
and may be run beside the server; "kahao sign" signs requests.

Every flag but --json and --quiet may also be given by the environment, as
KAHAO_LISTEN for --listen, or by a file: docs/configuration.md.

An interrupt or SIGTERM stops it in order: what was begun is answered. A second
interrupt stops it at once. The log goes to standard error and never holds a number.

With --json the first line of standard output is
{"listen":"127.0.0.1:41234","url":"http://127.0.0.1:41234","appid":"...",
"bucket":"...","secret_id":"...","secret_key":"..."}, printed once the address
is taken; without the key where an earlier start made it, and without the
account where there is no demo account.

At SIGHUP the certificate, the accounts file and the metrics token are read
again. docs/operations.md says more.`,
	define: func(fs *flag.FlagSet) action {
		o := &serveOptions{}
		fs.BoolVar(&o.json, "json", false, "print the address and the account as JSON")
		fs.BoolVar(&o.quiet, "quiet", false, "log nothing but warnings, as --log-level warn")
		o.loader.Flags(fs)
		return o.run
	},
}

type serveOptions struct {
	json, quiet bool
	loader      config.Loader
}

func (o *serveOptions) run(c *call) error {
	if len(c.args) > 0 {
		return misuse("serve takes flags alone")
	}
	settings, _, err := o.loader.Load(os.Environ())
	if err = errors.Join(err, server.Check(settings)); err != nil {
		return misuse("%v", err)
	}
	if o.quiet {
		settings.LogLevel = "warn"
	}
	var mode luhnMode
	if err := mode.Set(settings.Luhn); err != nil {
		return misuse("--luhn: %v", err)
	}
	r, err := kahao.New(kahao.Options{Luhn: kahao.LuhnMode(mode), MaxPixels: settings.MaxPixels})
	if err != nil {
		return err
	}
	server, err := server.New(c.ctx, server.Config{
		Server:          settings,
		Reader:          cardReader{r.ReadAll},
		Weigh:           weigh(r),
		Logger:          newLogger(c, settings),
		MemoryAvailable: limitMemory(settings.MemoryLimit, memlimit.FromCgroup),
		Version:         r.Versions().Kahao,
	})
	if err != nil {
		return err
	}
	defer server.Close()
	defer handleSignals(server)()
	if err := o.announce(c, settings, server); err != nil {
		return err
	}
	return server.Run(c.ctx)
}

// newLogger makes the log that the settings ask for.
func newLogger(c *call, s config.Server) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // the settings are checked
	options := &slog.HandlerOptions{Level: level}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(c.err, options))
	}
	return slog.New(slog.NewTextHandler(c.err, options))
}

// announcement is what serve prints; without a demo account the address alone.
type announcement struct {
	Listen    string `json:"listen"`
	URL       string `json:"url"`
	Metrics   string `json:"metrics,omitempty"`
	AppID     string `json:"appid,omitempty"`
	Bucket    string `json:"bucket,omitempty"`
	SecretID  string `json:"secret_id,omitempty"`
	SecretKey string `json:"secret_key,omitempty"`
}

func (o *serveOptions) announce(c *call, s config.Server, server *server.App) error {
	a, at, metrics := server.Account(), server.Addr().String(), ""
	if m := server.MetricsAddr(); m != nil {
		metrics = m.String()
	}
	url := "http://" + at
	if server.Secure() {
		url = "https://" + at
	}
	if o.json {
		secret := string(a.SecretKey)
		if !server.AccountIsNew() {
			secret = "" // it was told when it was made
		}
		return json.NewEncoder(c.out).Encode(announcement{at, url, metrics, a.AppID, a.Bucket, a.SecretID, secret})
	}
	fmt.Fprintf(c.out, "listening on %s\n", url)
	if metrics != "" {
		fmt.Fprintf(c.out, "metrics on %s\n", metrics)
	}
	switch {
	case s.AccountsFile != "":
		fmt.Fprintf(c.out, "accounts from %s\n", s.AccountsFile)
	case s.URL != "":
		fmt.Fprintf(c.out, "accounts and books in %s\n", s.URL)
	case s.Data == "":
		fmt.Fprintln(c.out, "demo account, which ends with this process:")
	case server.AccountIsNew():
		fmt.Fprintf(c.out, "accounts and books in %s, new, with a demo account whose secret key is shown this once:\n", s.Data)
	case a.AppID != "":
		fmt.Fprintf(c.out, "accounts and books in %s, with the demo account %s\n", s.Data, a.AppID)
	default:
		fmt.Fprintf(c.out, "accounts and books in %s\n", s.Data)
	}
	if !server.AccountIsNew() {
		return nil
	}
	fmt.Fprintf(c.out, "  appid       %s\n  bucket      %s\n  secret id   %s\n  secret key  %s\n", a.AppID, a.Bucket, a.SecretID, string(a.SecretKey))
	if s.Data == "" {
		return nil
	}
	_, err := fmt.Fprintf(c.out, whatNext, s.Data, url)
	return err
}

// whatNext is told at the first start: the folder thrice, between them the
// address.
const whatNext = `
a request, from another terminal:

  curl %[2]s/ocr/bankcard -F image=@card.jpg \
    -H "Authorization: $(kahao sign --data %[1]s)" \
    -F appid=$(kahao sign --data %[1]s --print appid)

and then: kahao usage --data %[1]s, kahao account create --data %[1]s NAME
`
