package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/kahao/kahao"
)

// What goes where: results to standard output, in the order of the arguments;
// progress, summaries and errors to standard error. With --json standard output
// is JSON, one value a line. Card numbers are masked unless --reveal is given.

// env is what surrounds a command. Tests replace it.
type env struct {
	in       io.Reader
	out, err io.Writer
	open     func(kahao.Options) (reader, error)
	started  bool // the command line was accepted, the command runs
}

// reader is the part of kahao.Reader that commands use.
type reader interface {
	ReadAll(ctx context.Context, image []byte) (*kahao.Reading, error)
	ReadLine(ctx context.Context, image []byte) (*kahao.Reading, error)
	Versions() kahao.Versions
}

func newEnv() *env {
	return &env{in: os.Stdin, out: os.Stdout, err: os.Stderr, open: func(o kahao.Options) (reader, error) { return kahao.New(o) }}
}

// Groups of commands in the help.
const (
	groupRead    = "read"
	groupServe   = "serve"
	groupAccount = "account"
	groupMeasure = "measure"
)

// newRootCommand returns the whole command. A new command is one file with one
// constructor, added here.
func newRootCommand(e *env) *cobra.Command {
	cobra.EnableCommandSorting = false
	root := &cobra.Command{
		Use:   "kahao",
		Short: "read bank cards",
		Long:  "kahao reads bank cards: number, expiry, type, name and bank, offline.",
		Example: `  kahao read photo.jpg
  kahao serve --data demo
  kahao eval --benchmark v1`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(e.in)
	root.SetOut(e.out)
	root.SetErr(e.err)
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { printHelp(cmd.OutOrStdout(), cmd, true) })
	root.SetFlagErrorFunc(flagError)
	root.DisableAutoGenTag = true // man pages must not depend on the day
	root.AddGroup(
		&cobra.Group{ID: groupRead, Title: "Reading"},
		&cobra.Group{ID: groupServe, Title: "Serving"},
		&cobra.Group{ID: groupAccount, Title: "Accounts and ledger"},
		&cobra.Group{ID: groupMeasure, Title: "Measuring"})
	add := func(group string, commands ...*cobra.Command) {
		for _, c := range commands {
			c.GroupID = group
		}
		root.AddCommand(commands...)
	}
	add(groupRead, newReadCommand(e), newScanCommand(e), newRedactCommand(e), newIssuerCommand(e))
	add(groupServe, newServeCommand(e), newMCPCommand(e), newHealthCommand(e), newConfigCommand(e), newSignCommand(e))
	add(groupAccount, newAccountCommand(e), newUserCommand(e), newKeyCommand(e), newBucketCommand(e), newPolicyCommand(e),
		newPackCommand(e), newUsageCommand(e), newLedgerCommand(e), newConsoleCommand(e), newAuditCommand(e), newDBCommand(e))
	add(groupMeasure, newEvalCommand(e), newCalibrateCommand(e), newSynthCommand(e), newBenchCommand(e))
	version := newVersionCommand(e)
	root.AddCommand(version, newDocsCommand(e))
	helpCommand(root, e)
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() == "completion" {
			c.Short, c.Example = "print the completion script of a shell", "  source <(kahao completion bash)"
			group(c)
		}
	}
	root.Flags().BoolP("version", "v", false, "print the version")
	group(root)
	unknown := root.RunE
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if cmd.Flags().Changed("version") {
			return version.RunE(version, nil)
		}
		if len(args) == 0 {
			printHelp(e.err, cmd, true)
			return &reportedError{exitUsage}
		}
		return unknown(cmd, args)
	}
	return root
}

// run is the program without its process. It returns the exit code.
func run(ctx context.Context, args []string, e *env) int {
	// The first interrupt stops the work in an orderly way, the second at once.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	root := newRootCommand(e)
	if args == nil {
		args = []string{} // cobra would take those of the process
	}
	root.SetArgs(negativeLast(root, args))
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && !e.started && !errors.As(err, new(*reportedError)) && !errors.As(err, new(*usageError)) {
		err = misuse("%v", err)
	}
	report(e.err, cmd, err)
	return exitCode(err)
}

// negativeKey annotates a command whose last argument may be a negative number.
const negativeKey = "negative"

// negativeArguments lets a command's last argument be a negative number, which
// would be taken for flags.
func negativeArguments(cmd *cobra.Command) { cmd.Annotations = map[string]string{negativeKey: "yes"} }

// negativeLast returns the arguments of such a command with its negative number
// behind "--".
func negativeLast(root *cobra.Command, args []string) []string {
	cmd, _, err := root.Find(args)
	if err != nil || cmd.Annotations[negativeKey] == "" || slices.Contains(args, "--") {
		return args
	}
	var kept, numbers []string
	for i, arg := range args {
		if negative.MatchString(arg) && !(i > 0 && takesValue(cmd, args[i-1])) {
			numbers = append(numbers, arg)
		} else {
			kept = append(kept, arg)
		}
	}
	if len(numbers) == 0 {
		return args
	}
	return append(append(kept, "--"), numbers...)
}

var negative = regexp.MustCompile(`^-[0-9]+([.,][0-9]*)?$`)

// takesValue reports whether the argument after this one is a flag's value.
func takesValue(cmd *cobra.Command, arg string) bool {
	name, long := strings.CutPrefix(arg, "--")
	f := cmd.Flag(name)
	return long && f != nil && f.NoOptDefVal == ""
}

// report prints an error in one line that begins with the command's name.
func report(w io.Writer, cmd *cobra.Command, err error) {
	name := cmd.CommandPath()
	switch {
	case err == nil, errors.As(err, new(*reportedError)):
	case errors.As(err, new(*usageError)):
		fmt.Fprintf(w, "%s: %v (see '%s --help')\n", name, err, name)
	case errors.Is(err, context.Canceled):
		fmt.Fprintf(w, "%s: interrupted\n", name)
	default:
		fmt.Fprintf(w, "%s: %v\n", name, err)
	}
}

// action is the RunE of a command: do with its arguments.
func (e *env) action(do func(ctx context.Context, args []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		e.started = true
		return do(cmd.Context(), args)
	}
}

// unlimited is a number of arguments.
const unlimited = 1 << 30

// takes returns a validator of the number of arguments.
func takes(least, most int) cobra.PositionalArgs {
	check := cobra.RangeArgs(least, most)
	return func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) != nil {
			return misuse("usage: %s", cmd.UseLine())
		}
		return nil
	}
}

// group makes a command one that only holds others: without one of their
// names it fails and suggests the nearest.
func group(cmd *cobra.Command) {
	cmd.Args = cobra.ArbitraryArgs
	cmd.FParseErrWhitelist.UnknownFlags = true // they may be of the command that is not known
	cmd.SuggestionsMinimumDistance = 2
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var names []string
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() {
				names = append(names, c.Name())
			}
		}
		if len(args) == 0 {
			return misuse("name a command: %s", strings.Join(names, ", "))
		}
		return misuse("unknown command %q%s", args[0], suggestion(cmd, args[0]))
	}
}

// suggestion ends a message about an unknown name: with the nearest command's,
// first of all one that the name is the beginning of.
func suggestion(cmd *cobra.Command, name string) string {
	near := cmd.SuggestionsFor(name)
	if len(near) == 0 {
		return ""
	}
	slices.SortStableFunc(near, func(a, b string) int { return cmp.Compare(edits(name, a), edits(name, b)) })
	if i := slices.IndexFunc(near, func(s string) bool { return strings.HasPrefix(s, name) }); i > 0 {
		near = near[i:]
	}
	return fmt.Sprintf("; did you mean %q?", near[0])
}

// edits is the Levenshtein distance of two names: how many letters must be
// inserted, left out or replaced.
func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replace := diagonal
			if a[i] != b[j] {
				replace++
			}
			diagonal = row[j+1]
			row[j+1] = min(row[j]+1, row[j+1]+1, replace)
		}
	}
	return row[len(b)]
}

// flagError turns an error of the flags into one about the command line. To an
// unknown flag it adds the nearest known one.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return misuse("%v", err)
	}
	if all := unknown.GetSpecifiedShortnames(); all != "" {
		if cmd.Flags().Lookup(all) != nil {
			return misuse("unknown flag -%s; did you mean %q?", all, "--"+all)
		}
		return misuse("unknown flag -%s", all)
	}
	near := &cobra.Command{SuggestionsMinimumDistance: 2} // cobra's distance, for flags
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		near.AddCommand(&cobra.Command{Use: "--" + f.Name, Run: func(*cobra.Command, []string) {}})
	})
	name := "--" + unknown.GetSpecifiedName()
	return misuse("unknown flag %s%s", name, suggestion(near, name))
}

// complete makes the shell offer the values of a flag.
func complete(cmd *cobra.Command, flag string, values ...string) {
	_ = cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
}
