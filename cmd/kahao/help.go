package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// helpWidth is the width of help texts in columns.
const helpWidth = 80

// groupKey annotates a flag with the heading that it is listed under.
const groupKey = "group"

// helpCommand makes cobra's help command fail for an unknown command.
func helpCommand(root *cobra.Command, e *env) {
	root.InitDefaultHelpCmd()
	cmd, _, _ := root.Find([]string{"help"})
	cmd.Use, cmd.Short, cmd.Long, cmd.Run = "help [COMMAND]...", "explain a command", "", nil
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		found, rest, err := root.Find(args)
		if err == nil && len(rest) > 0 {
			err = misuse("unknown command %q%s", rest[0], suggestion(found, rest[0]))
		}
		if err == nil {
			printHelp(e.out, found, true)
		}
		return err
	}
}

// printHelp prints how a command is used: examples, the explanation, its
// commands, and its flags by group. Flags that it has from its parent are left
// out unless inherited is set.
func printHelp(w io.Writer, cmd *cobra.Command, inherited bool) { helpPage{}.print(w, cmd, inherited) }

// helpPage remembers groups of flags by their text, with the command that had
// them: a page of many commands lists each once.
type helpPage map[string]string

func (p helpPage) print(w io.Writer, cmd *cobra.Command, inherited bool) {
	use := strings.TrimSuffix(cmd.UseLine(), " [flags]")
	flags := flagGroups(cmd, inherited)
	if cmd.HasAvailableSubCommands() {
		use += " COMMAND"
	}
	if len(flags) > 0 || !inherited && cmd.HasAvailableInheritedFlags() {
		use += " [flags]"
	}
	fmt.Fprintf(w, "Usage: %s\n", use)
	if cmd.Example != "" {
		fmt.Fprintf(w, "\nExamples:\n%s\n", strings.TrimRight(cmd.Example, "\n"))
	}
	long := strings.TrimSpace(cmd.Long)
	if long == "" {
		long = strings.ToUpper(cmd.Short[:1]) + strings.TrimSuffix(cmd.Short[1:], ".") + "."
	}
	fmt.Fprintf(w, "\n%s\n", long)
	printCommands(w, cmd)
	for _, g := range flags {
		text := fmt.Sprintf("\n%s:\n%s", g.title, g.flags.FlagUsagesWrapped(helpWidth))
		if of, seen := p[text]; seen && strings.Count(text, "\n") > 4 {
			text = fmt.Sprintf("\n%s: those of %s\n", g.title, of)
		} else {
			p[text] = cmd.CommandPath()
		}
		fmt.Fprint(w, text)
	}
	if !cmd.HasParent() {
		fmt.Fprint(w, "\nFlags may stand before or after arguments; '--' ends them. Exit codes:\n\n")
		for _, x := range exits {
			fmt.Fprintf(w, "  %3d  %s\n", x.exit, x.meaning)
		}
	}
}

// printCommands lists a command's commands, by group.
func printCommands(w io.Writer, cmd *cobra.Command) {
	width := 0
	for _, c := range cmd.Commands() {
		width = max(width, len(useOf(c)))
	}
	list := func(title, id string) {
		for _, c := range cmd.Commands() {
			if c.GroupID != id || c.Hidden || !c.IsAvailableCommand() && c.Name() != "help" {
				continue
			}
			if title != "" {
				fmt.Fprintf(w, "\n%s:\n", title)
				title = ""
			}
			fmt.Fprintf(w, "  %-*s  %s\n", width, useOf(c), c.Short)
		}
	}
	for _, g := range cmd.Groups() {
		list(g.Title, g.ID)
	}
	if len(cmd.Groups()) > 0 {
		list("Other", "")
	} else {
		list("Commands", "")
	}
}

// useOf is a command's name with, below the root, its arguments.
func useOf(c *cobra.Command) string {
	if c.HasParent() && c.Parent().HasParent() {
		return c.Use
	}
	return c.Name()
}

// flagGroup is a list of flags with a heading.
type flagGroup struct {
	title string
	flags *pflag.FlagSet
}

// flagGroups returns the flags of a command, those without a heading first.
func flagGroups(cmd *cobra.Command, inherited bool) []flagGroup {
	groups := []flagGroup{{"Flags", pflag.NewFlagSet("", pflag.ContinueOnError)}}
	add := func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		title := "Flags"
		if f.Annotations[groupKey] != nil {
			title = f.Annotations[groupKey][0]
		}
		i := slices.IndexFunc(groups, func(g flagGroup) bool { return g.title == title })
		if i < 0 {
			i = len(groups)
			groups = append(groups, flagGroup{title, pflag.NewFlagSet("", pflag.ContinueOnError)})
			groups[i].flags.SortFlags = false // settings are listed in the order of their table
		}
		groups[i].flags.AddFlag(shownFlag(f))
	}
	cmd.Flags().SortFlags, cmd.PersistentFlags().SortFlags = false, false
	cmd.LocalFlags().VisitAll(add)
	if inherited {
		cmd.InheritedFlags().VisitAll(add)
	}
	return slices.DeleteFunc(groups, func(g flagGroup) bool { return !g.flags.HasFlags() })
}

// shownFlag is a copy of a flag for a listing: the name of its value in
// capitals, and no default that is a zero.
func shownFlag(f *pflag.Flag) *pflag.Flag {
	shown := *f
	name, text := pflag.UnquoteUsage(f)
	kind := strings.ToUpper(name)
	if f.NoOptDefVal != "" {
		kind = "bool"
	}
	shown.Usage, shown.Value = text, shownValue{f.Value, kind}
	if f.DefValue == "0s" {
		shown.DefValue = ""
	}
	return &shown
}

// shownValue is a value with the name that a listing shows for it.
type shownValue struct {
	pflag.Value
	kind string
}

// Type is the value's name.
func (v shownValue) Type() string { return v.kind }

// groupFlags puts flags of a command below a heading.
func groupFlags(cmd *cobra.Command, title string, names ...string) {
	for _, name := range names {
		f := cmd.Flags().Lookup(name)
		f.Annotations = map[string][]string{groupKey: {title}}
	}
}

// addSettings declares the settings of the server as flags, each below the
// heading that title returns.
func addSettings(fs *pflag.FlagSet, declare func(*pflag.FlagSet), title func(name string) string) {
	settings := pflag.NewFlagSet("", pflag.ContinueOnError)
	settings.SortFlags = false
	declare(settings)
	settings.VisitAll(func(f *pflag.Flag) {
		if t := title(f.Name); t != "" {
			f.Annotations = map[string][]string{groupKey: {t}}
		}
		fs.AddFlag(f)
	})
}
