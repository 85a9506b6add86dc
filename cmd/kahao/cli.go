package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// What goes where: results to standard output, in the order of the
// arguments; progress, summaries and complaints to standard error. With
// --json standard output holds JSON alone, one value a line. Card numbers are
// masked everywhere unless --reveal is given.

// command is one subcommand. define declares its flags and returns what runs
// once they are parsed.
type command struct {
	name   string
	args   string // what follows the flags, for the usage line
	brief  string // one line for the list
	help   string // paragraphs below the usage line
	define func(*flag.FlagSet) action
}

type action func(*call) error

// call is one invocation of a command.
type call struct {
	ctx  context.Context
	args []string // what is left after the flags
	in   io.Reader
	out  io.Writer
	err  io.Writer
}

func commands() []*command {
	return []*command{readCommand, serveCommand, configCommand, signCommand, accountCommand, userCommand, keyCommand, bucketCommand, policyCommand, packCommand, usageCommand, ledgerCommand, storeCommand, evalCommand, calibrateCommand, synthCommand, benchCommand, versionCommand}
}

// run is the whole program, less the process around it. It returns the exit
// code.
func run(ctx context.Context, args []string, in io.Reader, out, errOut io.Writer) int {
	if len(args) == 0 {
		overview(errOut)
		return exitUsage
	}
	name := args[0]
	switch name {
	case "help", "-h", "-help", "--help":
		return help(args[1:], out, errOut)
	case "-v", "-version", "--version":
		name = versionCommand.name
	}
	cmd := find(name)
	if cmd == nil {
		unknown(errOut, name)
		return exitUsage
	}
	// The first interrupt ends the work in an orderly way, the second at once.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	err := cmd.run(&call{ctx: ctx, args: args[1:], in: in, out: out, err: errOut})
	if err == nil {
		return exitOK
	}
	if errors.Is(err, flag.ErrHelp) {
		cmd.usage(out)
		return exitOK
	}
	report(errOut, cmd.name, err)
	return exitCode(err)
}

func report(w io.Writer, name string, err error) {
	var silent *failedFiles
	var misuse *usageError
	switch {
	case errors.As(err, &silent): // said where it happened
	case errors.As(err, &misuse):
		fmt.Fprintf(w, "kahao %s: %v\nRun 'kahao help %s'.\n", name, err, name)
	case errors.Is(err, context.Canceled):
		fmt.Fprintf(w, "kahao %s: interrupted\n", name)
	default:
		fmt.Fprintf(w, "kahao %s: %v\n", name, err)
	}
}

func (c *command) run(to *call) error {
	fs, do := c.flags()
	args, err := parse(fs, to.args)
	if err != nil {
		return err
	}
	to.args = args
	return do(to)
}

func (c *command) flags() (*flag.FlagSet, action) {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {}
	return fs, c.define(fs)
}

// parse reads flags wherever they stand among the arguments, until "--".
func parse(fs *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, &usageError{strings.Replace(err.Error(), ": -", ": --", 1)}
		}
		left := fs.Args()
		if n := len(args) - len(left); n > 0 && args[n-1] == "--" {
			return append(rest, left...), nil
		}
		if len(left) == 0 {
			return rest, nil
		}
		rest, args = append(rest, left[0]), left[1:]
	}
}

func find(name string) *command {
	for _, c := range commands() {
		if c.name == name {
			return c
		}
	}
	return nil
}
