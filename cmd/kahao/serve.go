package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/KimMachineGun/automemlimit/memlimit"
	"github.com/spf13/cobra"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/config"
	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/internal/redaction"
	"github.com/kahao/kahao/internal/server"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/tracing"
)

type serveOptions struct {
	*env
	json, quiet bool
	loader      config.Loader
}

func newServeCommand(e *env) *cobra.Command {
	o := &serveOptions{env: e}
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "answer POST /ocr/bankcard",
		Example: `  kahao serve --data demo
  kahao serve --config kahao.toml
  KAHAO_LISTEN=127.0.0.1:0 kahao serve --data demo --json`,
		Long: `
Serves the legacy bank card API (docs/legacy.md), with /healthz and /readyz, and
with --data or --database-url the console for browsers (docs/console.md). The
first start on an empty --data creates a demo account there and prints it.
"kahao account", "kahao key" and others create more, while the server runs or
not; "kahao sign" signs requests.

Every flag but --json and --quiet may also be given by the environment, as
KAHAO_LISTEN for --listen, or by a file: docs/configuration.md.

An interrupt or SIGTERM stops it in order: requests that were accepted are
answered. A second interrupt stops it at once. The log goes to standard error
and never holds a card number.

With --json the first line of standard output is
{"listen":"127.0.0.1:41234","url":"http://127.0.0.1:41234","appid":"...",
"bucket":"...","secret_id":"...","secret_key":"..."}, printed once the address is
bound. The key is left out if an earlier start created it, the account if there
is no demo account. With a console it has "console", its URL, and "setup", the
one-time link that sets the operator's password, while he has none.

SIGHUP makes it read the certificate, the accounts file, the issuers file and the
metrics token again. See docs/operations.md.`,
		Args: takes(0, 0),
		RunE: e.action(o.run),
	}
	cmd.Flags().BoolVar(&o.json, "json", false, "print the address and the account as JSON")
	cmd.Flags().BoolVar(&o.quiet, "quiet", false, "log warnings and errors only, as --log-level warn")
	addSettings(cmd.Flags(), o.loader.Flags, config.GroupOf)
	completeLuhn(cmd)
	complete(cmd, "log-format", "text", "json")
	complete(cmd, "log-level", "debug", "info", "warn", "error")
	return cmd
}

func (o *serveOptions) run(ctx context.Context, _ []string) error {
	settings, _, err := o.loader.Load(os.Environ(), server.Check)
	if err != nil {
		return misuse("%v", err)
	}
	if o.quiet {
		settings.LogLevel = "warn"
	}
	r, err := open(settings, settings.Luhn)
	if err != nil {
		return err
	}
	logger, versions := newLogger(o.err, settings), r.Versions()
	tracer := tracing.FromEnvironment(ctx, versions.Kahao, logger)
	defer func() {
		if err := tracer.Close(); err != nil {
			logger.Warn("the last traces were not sent", "cause", err)
		}
	}()
	running, err := server.New(ctx, server.Config{
		Server:          settings,
		Reader:          r,
		Open:            func(m kahao.LuhnMode) (server.Reader, error) { return open(settings, m) },
		Finder:          func() (redaction.Finder, error) { return finder(settings) },
		Logger:          logger,
		MemoryAvailable: limitMemory(settings.MemoryLimit, memlimit.FromCgroup, programSize()),
		Versions:        versions,
		Tracer:          tracer,
	})
	if err != nil {
		return err
	}
	defer running.Close()
	defer handleSignals(running)()
	if err := o.announce(settings, running); err != nil {
		return err
	}
	return running.Run(ctx)
}

// open opens a reader with the limits of the settings.
func open(s config.Server, m kahao.LuhnMode) (*kahao.Reader, error) {
	return kahao.New(kahao.Options{Luhn: m, MaxPixels: s.MaxPixels})
}

// finder opens what finds card numbers to cover.
func finder(s config.Server) (*pipeline.Reader, error) {
	return pipeline.New(pipeline.Options{MaxPixels: s.MaxPixels, Anywhere: true})
}

// newLogger returns the log that the settings describe.
func newLogger(w io.Writer, s config.Server) *slog.Logger {
	var level slog.Level
	_ = level.UnmarshalText([]byte(s.LogLevel)) // the settings are checked
	// Times are in the zone of billing days, as all others.
	zone, err := billing.NewCalendar(s.TimeZone)
	if err != nil {
		zone = billing.Calendar{} // the store reports it
	}
	options := &slog.HandlerOptions{Level: level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey && len(groups) == 0 {
			a.Value = slog.TimeValue(zone.In(a.Value.Time()))
		}
		return a
	}}
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// announcement is the first line of serve --json. Without a demo account it has
// the address only.
type announcement struct {
	Listen    string `json:"listen"`
	URL       string `json:"url"`
	Metrics   string `json:"metrics,omitempty"`
	Console   string `json:"console,omitempty"`
	Setup     string `json:"setup,omitempty"`
	AppID     string `json:"appid,omitempty"`
	Bucket    string `json:"bucket,omitempty"`
	SecretID  string `json:"secret_id,omitempty"`
	SecretKey string `json:"secret_key,omitempty"`
}

func (o *serveOptions) announce(s config.Server, server *server.Server) error {
	a, at, metrics := server.Account(), server.Addr().String(), ""
	if m := server.MetricsAddr(); m != nil {
		metrics = m.String()
	}
	url := "http://" + at
	if server.Secure() {
		url = "https://" + at
	}
	console, setup := server.Console()
	if o.json {
		secret := string(a.SecretKey)
		if !server.AccountIsNew() {
			secret = "" // it was printed at the start that created it
		}
		return writeJSON(o.out, announcement{at, url, metrics, console, setup, a.AppID, a.Bucket, a.SecretID, secret})
	}
	fmt.Fprintf(o.out, "listening on %s\n", url)
	if console != "" {
		fmt.Fprintf(o.out, "console on %s\n", console)
	}
	if setup != "" {
		fmt.Fprintf(o.out, "set the operator's password, once, within 30 minutes: %s\n", setup)
	}
	if metrics != "" {
		fmt.Fprintf(o.out, "metrics on %s\n", metrics)
	}
	switch {
	case s.AccountsFile != "":
		fmt.Fprintf(o.out, "accounts from %s\n", s.AccountsFile)
	case s.URL != "":
		fmt.Fprintf(o.out, "accounts and ledger in %s\n", s.URL)
	case s.Data == "":
		fmt.Fprintln(o.out, "demo account, for the life of this process:")
	case server.AccountIsNew():
		fmt.Fprintf(o.out, "accounts and ledger in %s, new, with a demo account:\n", s.Data)
	case a.AppID != "":
		fmt.Fprintf(o.out, "accounts and ledger in %s, with the demo account %s; kahao key show-once --data %s prints its secret key until it is used\n",
			s.Data, a.AppID, s.Data)
	default:
		fmt.Fprintf(o.out, "accounts and ledger in %s\n", s.Data)
	}
	if !server.AccountIsNew() {
		return nil
	}
	fmt.Fprintf(o.out, "  appid       %s\n  bucket      %s\n  secret id   %s\n  secret key  %s\n", a.AppID, a.Bucket, a.SecretID, string(a.SecretKey))
	if s.Data == "" {
		return nil
	}
	_, err := fmt.Fprintf(o.out, quickstart, s.Data, url)
	return err
}

// quickstart is printed at the first start, with the data directory and the URL.
const quickstart = `
a request, from another terminal:

  curl %[2]s/ocr/bankcard -F image=@card.jpg \
    -H "Authorization: $(kahao sign --data %[1]s)" \
    -F appid=$(kahao sign --data %[1]s --print appid)

and then: kahao usage --data %[1]s, kahao account create --data %[1]s NAME
`
