// Command reliability holds kahao serve to the bars of docs/reliability.md. It
// builds the real binary, starts it as an operator would, does to it what the
// bar says, and prints the figure and whether it was reached:
//
//	go run ./test/reliability b5          # one bar, in full
//	go run ./test/reliability -short all  # all of them, as CI does
//
// The exit code is 1 when a bar was missed. The short forms judge what does
// not depend on how busy the machine is: answers, codes, memory, ends. The
// times they only print; the full forms judge them too.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

// bar is one promise, held by a function that prints figures and says with
// rig.check what was not reached. An error means that it could not be tried.
type bar struct {
	name, promise string
	hold          func(*rig) error
}

var bars = []bar{
	{"b3", "every bomb is refused in 50 ms and 32 MB", bombs},
	{"b4", "no picture's address leads to an address that is not public", addresses},
	{"b5", "every malformed request is answered 400, and its connection closed", smuggling},
	{"b6", "slow clients are cut off at their deadlines and hurt nobody", slowloris},
	{"b7", "servers killed at random and where it hurts lose no charge and make none twice", crashesSQLite},
	{"b8", "the same on PostgreSQL, which is killed, too", crashesPostgres},
	{"b9", "a one-off signature is taken once, whichever of three replicas it comes to", replays},
	{"b11", "three replicas together let no more through than the account's rate", pace},
	{"b12", "SIGTERM under load drops no accepted request", stopping},
	{"b13", "four times too much work in 512 MB: turned away quickly, nothing killed", overload},
	{"b14", "no card number is found anywhere but in its reply", canary},
	{"share", "what a request costs the database that one, two or three replicas share", share},
	{"load", "requests a second and latencies, with 1 to 64 clients", load},
}

func main() { os.Exit(run(os.Args[1:], os.Stdout)) }

func run(args []string, out io.Writer) int {
	flags := flag.NewFlagSet("reliability", flag.ContinueOnError)
	r := &rig{out: out}
	flags.BoolVar(&r.short, "short", false, "the form for CI: less of everything, and times are not judged")
	flags.IntVar(&r.nonces, "nonces", 1_000_000, "send `n` one-off signatures in the full form of b9")
	flags.StringVar(&r.binary, "binary", "", "judge this `file` in place of one built from the checkout")
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "Usage: go run ./test/reliability [FLAGS] BAR...|all")
		for _, b := range bars {
			fmt.Fprintf(flags.Output(), "  %-5s %s\n", b.name, b.promise)
		}
		flags.PrintDefaults()
	}
	if err := flags.Parse(args); err != nil {
		return 2
	}
	wanted, err := choose(flags.Args())
	if err != nil {
		fmt.Fprintln(flags.Output(), err)
		flags.Usage()
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	r.ctx = ctx
	failed, err := r.hold(wanted)
	if err != nil {
		fmt.Fprintln(out, err)
		return 1
	}
	if len(failed) > 0 {
		fmt.Fprintln(out, "NOT reached:", strings.Join(failed, ", "))
		return 1
	}
	return 0
}

// choose returns the bars that are named; "all" is every one but share and
// load, which have no bar of their own.
func choose(names []string) ([]bar, error) {
	if slices.Equal(names, []string{"all"}) {
		return bars[:len(bars)-2], nil
	}
	var wanted []bar
	for _, name := range names {
		i := slices.IndexFunc(bars, func(b bar) bool { return b.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no bar %q", name)
		}
		wanted = append(wanted, bars[i])
	}
	if len(wanted) == 0 {
		return nil, fmt.Errorf("which bar?")
	}
	return wanted, nil
}

// rig is what a bar works with.
type rig struct {
	ctx    context.Context
	out    io.Writer
	short  bool
	root   string // of the module
	binary string
	dir    string // temporary
	nonces int
	missed int // by the bar under way
}

// hold tries the bars one after another and returns the names of those that
// were not reached.
func (r *rig) hold(wanted []bar) (failed []string, err error) {
	if r.dir, err = os.MkdirTemp("", "reliability"); err != nil {
		return nil, err
	}
	defer os.RemoveAll(r.dir)
	root, err := exec.CommandContext(r.ctx, "go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		return nil, fmt.Errorf("run this inside kahao's checkout: %w", err)
	}
	r.root = strings.TrimSpace(string(root))
	if r.binary == "" {
		if r.binary, err = server.Build(r.ctx, r.root, r.dir); err != nil {
			return nil, err
		}
	}
	for _, b := range wanted {
		if r.ctx.Err() != nil {
			return failed, r.ctx.Err()
		}
		r.missed = 0
		r.say("\n== %s: %s", b.name, b.promise)
		begun := time.Now()
		if err := b.hold(r); err != nil {
			r.check(false, "%v", err)
		}
		verdict := "PASS"
		if r.missed > 0 {
			verdict = "FAIL"
			failed = append(failed, b.name)
		}
		r.say("%s %s in %.0f s", verdict, b.name, time.Since(begun).Seconds())
	}
	return failed, nil
}

// say prints a line.
func (r *rig) say(format string, args ...any) { fmt.Fprintf(r.out, format+"\n", args...) }

// check prints a line where ok is false, and the bar is missed.
func (r *rig) check(ok bool, format string, args ...any) {
	if !ok {
		r.missed++
		r.say("  MISSED: "+format, args...)
	}
}

// timed is check for what depends on how busy the machine is: the short form
// prints it and goes on.
func (r *rig) timed(ok bool, format string, args ...any) {
	switch {
	case ok:
	case r.short:
		r.say("  not judged in the short form: "+format, args...)
	default:
		r.check(false, format, args...)
	}
}

// pick returns the figure of the form that runs.
func pick[T any](r *rig, short, full T) T {
	if r.short {
		return short
	}
	return full
}

// start starts the server; quiet, for a log line a request would be in the way
// of what is measured only where it goes to a slow place.
func (r *rig) start(args ...string) (*server.Server, error) {
	return server.Start(r.binary, server.Options{Args: args})
}

// client is an HTTP client that keeps up to n connections and knows no proxy.
func client(n int) *http.Client {
	return &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: n, MaxConnsPerHost: 0, DisableCompression: true},
		Timeout:   2 * time.Minute,
	}
}
